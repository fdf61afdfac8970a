"""How a session is let in, and what it shows for that."""

import pytest

from app.collab.credentials import Invitation, Token
from app.collab.session_effects import (
    CloseSocket,
    LinkChanged,
    RaiseNotice,
    SignedIn,
)
from app.model.connection import ClosedReason, LinkPhase
from app.model.notices import NoticeKind
from collab_server.protocol import events
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.errors import ErrorCode
from tests.unit.app.collab.session_client import Client, notices


def test_a_token_is_shown_with_a_session_of_our_own() -> None:
    client = Client(Token("a.b.c"))
    client.start()
    client.take()

    client.connect()

    [auth] = client.sent()
    assert isinstance(auth, events.Auth)
    assert (auth.token, auth.invite) == ("a.b.c", None)
    assert auth.session is not None
    assert len(auth.session.key) == 64


def test_an_invitation_is_shown_with_a_name_until_a_token_replaces_it() -> None:
    client = Client(Invitation("code-1234567890ab", "Grace"))
    client.start()
    client.connect()
    [first] = client.sent()

    client.welcome(token="guest.to.ken", rooms={"codexpro_project_1": "rw"}, user_id="guest:1")
    effects = client.take()
    client.lose()
    client.come_back()
    [second] = client.sent()

    assert isinstance(first, events.Auth)
    assert isinstance(second, events.Auth)
    assert (first.invite, first.name, first.token) == ("code-1234567890ab", "Grace", None)
    assert (second.invite, second.token) == (None, "guest.to.ken")
    assert SignedIn("guest:1", ("codexpro_project_1",)) in effects


def test_a_return_shows_the_session_that_the_server_gave() -> None:
    client = Client()
    client.start()
    client.connect()
    client.welcome(session=events.SessionKey(id="s1", key="k1"))
    client.lose()
    client.take()

    client.come_back()

    [auth] = client.sent()
    assert isinstance(auth, events.Auth)
    assert auth.session == events.SessionKey(id="s1", key="k1")


def test_a_welcome_makes_the_session_live() -> None:
    client = Client()
    client.start()
    client.connect()
    client.take()

    client.welcome()

    assert client.take() == [
        LinkChanged(client.session.link),
        SignedIn("42", ()),
    ]
    assert client.phase is LinkPhase.LIVE


def test_a_second_welcome_changes_nothing() -> None:
    client = Client()
    client.live()

    client.welcome(user_id=43)

    assert client.take() == []


@pytest.mark.parametrize(
    "code", [ErrorCode.INVALID_TOKEN, ErrorCode.TOKEN_EXPIRED, ErrorCode.TOKEN_REPLAYED]
)
def test_a_refused_token_ends_the_session_with_its_reason(code: ErrorCode) -> None:
    client = Client()
    client.start()
    client.connect()
    client.take()

    client.hear(events.error_event(code, re=0))
    client.lose(CloseCode.INVALID_TOKEN)

    effects = client.take()
    [notice] = [effect.notice for effect in effects if isinstance(effect, RaiseNotice)]
    assert (notice.kind, notice.detail) == (NoticeKind.SIGN_IN_REFUSED, code.slug)
    assert client.session.link.reason is ClosedReason.REFUSED_TOKEN
    assert client.session.due_s() is None


def test_a_temporary_error_while_signing_in_does_not_end_the_session() -> None:
    client = Client()
    client.start()
    client.connect()
    client.take()

    client.hear(events.error_event(ErrorCode.UNAVAILABLE, re=0))
    client.lose(CloseCode.INTERNAL)

    assert notices(client.take()) == []
    assert client.session.due_s() is not None


def test_a_server_that_does_not_greet_is_given_up_for_now() -> None:
    client = Client()
    client.start()
    client.connect()
    client.take()

    assert client.session.due_s() == 1010.0
    client.session.tick(1010.0)

    assert CloseSocket(CloseCode.NO_PONG, "no answer") in client.take()
    client.lose(CloseCode.NO_PONG)
    assert client.session.due_s() is not None


def test_binary_frames_before_the_welcome_are_ignored() -> None:
    client = Client()
    client.start()
    client.connect()
    client.take()

    client.session.receive(b"\xff\xff", client.now_s)

    assert client.take() == []
