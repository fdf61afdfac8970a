"""Signing in to a server that somebody else runs, and sharing on it from then on."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.collab.text_replica import TextReplica
from app.errors import sign_in_message
from app.model.connection import ClosedReason, LinkPhase
from app.model.notices import NoticeKind
from app.services.chosen_server import ChosenServer
from app.services.collaboration import Collaboration
from app.services.credential_keeper import CredentialKeeper
from app.services.identities import Identities
from app.services.sign_in import SignInFailed, SignIns
from app.storage.credentials import KeyringCredentials
from tests.eventually import eventually
from tests.integration.app.conftest import Desk, Someone
from tests.support.keyrings import LosingKeyring, MemoryKeyring
from tests.support.loopback_proxy import LoopbackProxy
from tests.support.server_process import ServerProcess, running_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with running_server(folder) as running:
        yield running


def identities(folder: Path, keyring: MemoryKeyring) -> Identities:
    """Return what a process with this keyring knows."""

    def opened() -> KeyringCredentials:
        credentials = KeyringCredentials(keyring)
        credentials.probe()
        return credentials

    return Identities(CredentialKeeper(open_store=opened), folder / "identities")


class SignedIn(Someone):
    """Somebody with a keyring, sharing on a server without naming a token."""

    def __init__(self, desk: Desk, known: Identities, server: str) -> None:
        super().__init__(desk.tasks, None)
        self.collaboration.deleteLater()
        self.collaboration = Collaboration(
            tasks=desk.tasks, hosting=ChosenServer(server), identities=known
        )
        self.collaboration.notice_raised.connect(self.notices.append)
        self.collaboration.invitation_ready.connect(self.links.append)
        self.collaboration.document_opened.connect(self.opened.append)
        desk.people.append(self)


async def test_after_a_sign_in_texts_are_shared_again_and_again_also_by_later_processes(
    desk: Desk, server: ServerProcess, tmp_path: Path
) -> None:
    keyring = MemoryKeyring()
    known = identities(tmp_path, keyring)

    kept = await SignIns(known, tasks=desk.tasks).sign_in(server.url, server.token("7"))

    assert kept.is_lasting
    first = SignedIn(desk, known, server.url)
    await first.share("one")
    first.collaboration.leave()
    await eventually(lambda: not first.collaboration.documents, what="the end")
    await first.share("two", "two.py")
    await first.collaboration.shutdown()
    later = SignedIn(desk, identities(tmp_path, keyring), server.url)
    link = await later.share("three")
    guest = desk.guest()
    await guest.join(link)
    assert guest.text == "three"


async def test_a_second_window_is_told_that_the_sign_in_is_in_use(
    desk: Desk, server: ServerProcess, tmp_path: Path
) -> None:
    known = identities(tmp_path, MemoryKeyring())
    sign_ins = SignIns(known, tasks=desk.tasks)
    await sign_ins.sign_in(server.url, server.token("7"))
    first, second = (SignedIn(desk, known, server.url) for _ in range(2))
    await first.share("one")

    second.collaboration.share(TextReplica("two"), path="two", name="Ada")
    await eventually(lambda: second.notices, what="a notice")
    with pytest.raises(SignInFailed) as told:
        await sign_ins.sign_in(server.url, server.token("7"))

    assert second.notices[0].kind is NoticeKind.SIGN_IN_IN_USE
    assert told.value.is_in_use


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("invalid_token", "does not know this token"),
        ("token_expired", "expired"),
        ("token_replayed", "in use elsewhere"),
    ],
)
async def test_a_token_that_is_not_taken_is_not_kept_and_told_in_a_sentence(
    desk: Desk, server: ServerProcess, tmp_path: Path, slug: str, words: str
) -> None:
    keyring = MemoryKeyring()
    sign_ins = SignIns(identities(tmp_path, keyring), tasks=desk.tasks)
    other = SignIns(identities(tmp_path / "other", MemoryKeyring()), tasks=desk.tasks)
    now_s = int(time.time())
    token = {
        "invalid_token": "nonsense",
        "token_expired": server.token(issued_at_s=now_s - 7200, expires_at_s=now_s - 3600),
        "token_replayed": server.token(),
    }[slug]
    if slug == "token_replayed":
        await other.sign_in(server.url, token)

    with pytest.raises(SignInFailed) as told:
        await sign_ins.sign_in(server.url, token)

    assert told.value.slug == slug
    assert words in sign_in_message(told.value)
    assert keyring.secrets == {}


async def test_an_address_without_a_server_and_one_in_clear_are_told_at_once(
    desk: Desk, tmp_path: Path
) -> None:
    sign_ins = SignIns(identities(tmp_path, MemoryKeyring()), tasks=desk.tasks)

    with pytest.raises(SignInFailed) as nobody:
        await sign_ins.sign_in("ws://127.0.0.1:9/ws", "token")
    with pytest.raises(SignInFailed) as in_clear:
        await sign_ins.sign_in("ws://collab.example.org/ws", "token")

    assert "No collab server answers" in sign_in_message(nobody.value)
    assert in_clear.value.reason is ClosedReason.INSECURE
    assert "wss://" in sign_in_message(in_clear.value)


async def test_without_a_keyring_a_sign_in_lasts_for_this_run(
    desk: Desk, server: ServerProcess, tmp_path: Path
) -> None:
    known = identities(tmp_path, LosingKeyring())

    kept = await SignIns(known, tasks=desk.tasks).sign_in(server.url, server.token("7"))

    assert not kept.is_lasting
    await SignedIn(desk, known, server.url).share("one")


async def test_signing_out_forgets_the_token(
    desk: Desk, server: ServerProcess, tmp_path: Path
) -> None:
    keyring = MemoryKeyring()
    known = identities(tmp_path, keyring)
    sign_ins = SignIns(known, tasks=desk.tasks)
    await sign_ins.sign_in(server.url, server.token("7"))

    await sign_ins.sign_out(server.url)

    assert keyring.secrets == {}
    someone = SignedIn(desk, known, server.url)
    someone.collaboration.share(TextReplica("one"), path="one", name="Ada")
    await eventually(lambda: someone.notices, what="a notice")
    assert someone.notices[0].kind is NoticeKind.SIGN_IN_NEEDED


async def test_signing_out_while_a_session_runs_forgets_the_token_too(
    desk: Desk, server: ServerProcess, tmp_path: Path
) -> None:
    keyring = MemoryKeyring()
    known = identities(tmp_path, keyring)
    sign_ins = SignIns(known, tasks=desk.tasks)
    await sign_ins.sign_in(server.url, server.token("7"))
    someone = SignedIn(desk, known, server.url)
    await someone.share("one")

    await sign_ins.sign_out(server.url)

    assert keyring.secrets == {}
    someone.type(0, "more ")
    await eventually(lambda: someone.is_saved and someone.text == "more one", what="a save")


async def test_a_session_that_comes_back_after_signing_out_does_not_sign_in_again(
    desk: Desk, server: ServerProcess, tmp_path: Path
) -> None:
    keyring = MemoryKeyring()
    known = identities(tmp_path, keyring)
    sign_ins = SignIns(known, tasks=desk.tasks)
    async with LoopbackProxy(server.port) as proxy:
        url = f"ws://127.0.0.1:{proxy.port}/ws"
        await sign_ins.sign_in(url, server.token("7"))
        someone = SignedIn(desk, known, url)
        await someone.share("one")
        phases: list[LinkPhase] = []
        someone.collaboration.link_changed.connect(lambda link: phases.append(link.phase))
        await sign_ins.sign_out(url)

        proxy.cut()
        await eventually(lambda: phases[-1:] == [LinkPhase.LIVE] and len(phases) > 1, what="back")
        someone.type(0, "more ")
        await eventually(lambda: someone.is_saved and someone.text == "more one", what="a save")
        await someone.collaboration.shutdown()

    assert keyring.secrets == {}


async def test_another_server_is_shared_on_from_the_next_session_on(
    desk: Desk, server: ServerProcess, tmp_path: Path
) -> None:
    someone = Someone(desk.tasks, desk.hosting)
    desk.people.append(someone)
    own_link = await someone.share("one")

    someone.collaboration.share_on(ChosenServer(server.url, server.token("7")))
    await eventually(lambda: not someone.collaboration.documents, what="the end")
    someone.links.clear()
    link = await someone.share("two")

    assert f":{server.port}/" in link
    assert f":{server.port}/" not in own_link
    assert desk.hosting.process_id is None
