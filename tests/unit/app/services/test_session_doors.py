import asyncio
import threading
from pathlib import Path

import pytest

from app.model.kept_text import SessionFacts
from app.services.credential_keeper import CredentialKeeper
from app.services.identities import Identities
from app.services.running_session import RunningSession
from app.services.session_doors import NoWayBack, SessionDoors
from app.storage.credentials import CredentialsUnavailable, KeyringCredentials
from app.tasks import TaskOwner
from collab_server.protocol.links import parse_invitation_link

LINK = "codexpro://join/127.0.0.1:9/" + "a" * 43


def no_keyring() -> KeyringCredentials:
    raise CredentialsUnavailable("there is none")


def begin(_session: RunningSession) -> None:
    pytest.fail("a session was begun")


def doors_of(identities: Identities) -> SessionDoors:
    return SessionDoors(
        tasks=TaskOwner(),
        hosting=None,
        identities=identities,
        clock=lambda: 0.0,
        on_begun=begin,
    )


async def test_who_cannot_come_back_leaves_the_identity_to_others(tmp_path: Path) -> None:
    identities = Identities(CredentialKeeper(open_store=no_keyring), tmp_path)
    facts = SessionFacts("ws://127.0.0.1:9/ws", "room", "", "ada", "Ada", "abc", database="/1.db")

    with pytest.raises(NoWayBack):
        await doors_of(identities).come_back(facts)

    again = identities.claim("abc")
    assert again is not None
    again.release()


async def test_a_join_that_is_given_up_leaves_the_identity_to_the_next(tmp_path: Path) -> None:
    asked, answered = threading.Event(), threading.Event()

    def slow_keyring() -> KeyringCredentials:
        asked.set()
        answered.wait()
        raise CredentialsUnavailable("it was asked for too long")

    keeper = CredentialKeeper(open_store=slow_keyring, limit_s=60.0)
    identities = Identities(keeper, tmp_path)
    link = parse_invitation_link(LINK)
    joining = asyncio.create_task(
        doors_of(identities).enter(link, "Ada", allow_insecure=False), name="join"
    )
    await asyncio.to_thread(asked.wait)

    joining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await joining

    again = identities.claim_for("join", link.socket_url)
    assert not again.is_spare
    again.release()
    answered.set()
