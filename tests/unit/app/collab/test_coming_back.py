"""When a session tries again, and when it has ended."""

import pytest

from app.collab.session_effects import (
    OpenSocket,
    TokenWanted,
)
from app.model.connection import ClosedReason, LinkPhase
from app.model.notices import NoticeKind
from collab_server.protocol import events
from collab_server.protocol.close_codes import CloseCode
from tests.unit.app.collab.session_client import Client, notices


def test_a_lost_connection_is_tried_again_with_jitter() -> None:
    client = Client()
    client.live()

    client.lose()

    assert client.session.due_s() == 1000.25
    assert client.session.link.retry_at_s == 1000.25
    client.session.tick(1000.2)
    assert OpenSocket() not in client.take()
    client.session.tick(1000.25)
    assert OpenSocket() in client.take()


def test_tries_that_fail_become_rarer_up_to_a_limit() -> None:
    client = Client()
    client.live()
    waits = []

    for _ in range(9):
        client.lose()
        due_s = client.session.due_s()
        assert due_s is not None
        waits.append(due_s - client.now_s)
        client.now_s = due_s
        client.session.tick(due_s)

    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]


def test_a_connection_that_held_makes_the_next_wait_short() -> None:
    client = Client()
    client.live()
    client.lose()
    client.come_back()
    client.welcome()
    client.now_s += 10.0

    client.lose()

    assert client.session.due_s() == client.now_s + 0.25


def test_a_connection_that_did_not_hold_does_not() -> None:
    client = Client()
    client.live()
    client.lose()
    client.come_back()
    client.welcome()
    client.now_s += 1.0

    client.lose()

    assert client.session.due_s() == client.now_s + 0.5


def test_a_retry_by_hand_does_not_wait() -> None:
    client = Client()
    client.live()
    client.session.retry_now(client.now_s)
    assert client.take() == []
    client.lose()
    client.take()

    client.session.retry_now(client.now_s)

    assert OpenSocket() in client.take()


def test_a_server_that_goes_is_come_back_to_within_its_spread() -> None:
    client = Client()
    client.live()

    client.hear(events.Shutdown(spread_ms=8000))
    client.lose(CloseCode.SHUTDOWN)

    assert notices(client.take()) == [NoticeKind.SERVER_GOES]
    assert client.session.due_s() == 1004.0
    client.come_back()
    client.lose()
    assert client.session.due_s() == 1000.5


def test_a_server_cannot_ask_to_stay_away_for_longer_than_a_number_can_say() -> None:
    client = Client()
    client.live()

    client.session.receive('{"type":"shutdown","spread_ms":1' + 400 * "0" + "}", client.now_s)
    client.lose(CloseCode.SHUTDOWN)

    due_s = client.session.due_s()
    assert due_s is not None
    assert due_s - client.now_s <= 60.0


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (CloseCode.PROTOCOL, ClosedReason.PROTOCOL),
        (CloseCode.INVALID_TOKEN, ClosedReason.REFUSED_TOKEN),
        (CloseCode.KICKED, ClosedReason.KICKED),
        (CloseCode.TOO_MANY_CONNECTIONS, ClosedReason.TOO_MANY_CONNECTIONS),
        (CloseCode.VERSION, ClosedReason.VERSION),
        (CloseCode.SUPERSEDED, ClosedReason.SUPERSEDED),
        (4999, ClosedReason.PROTOCOL),
    ],
)
def test_a_final_close_code_ends_the_session(code: int, reason: ClosedReason) -> None:
    client = Client()
    client.live()

    client.lose(code)

    assert (client.phase, client.session.link.reason) == (LinkPhase.CLOSED, reason)
    assert client.session.due_s() is None


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1012, 4000, 4001, 4002, 4005, 4499, 4502])
def test_any_other_close_code_is_come_back_from(code: int) -> None:
    client = Client()
    client.live()

    client.lose(code)

    assert client.phase is LinkPhase.OFFLINE
    assert client.session.due_s() is not None


def test_an_ended_session_can_be_started_again_with_a_newer_token() -> None:
    client = Client()
    client.live()
    client.lose(CloseCode.INVALID_TOKEN)
    client.session.renew("new.to.ken")
    client.take()

    client.start()
    client.connect()

    [auth] = client.sent()
    assert isinstance(auth, events.Auth)
    assert auth.token == "new.to.ken"


def test_a_live_session_refreshes_its_token() -> None:
    client = Client()
    client.live()

    client.hear(events.TokenExpiring(in_s=60))
    wanted = client.take()
    client.session.renew("new.to.ken")

    assert wanted == [TokenWanted()]
    assert client.sent() == [events.Refresh(token="new.to.ken")]
