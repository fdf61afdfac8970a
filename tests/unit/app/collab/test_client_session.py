import pytest

from app.collab.client_session import PING_S, SILENCE_S
from app.collab.credentials import Invitation, Token
from app.collab.session_effects import (
    CloseSocket,
    LinkChanged,
    OpenSocket,
    ParticipantsChanged,
    SendFrame,
    SessionEffect,
)
from app.collab.text_replica import TextReplica
from app.model.connection import ClosedReason, LinkPhase
from app.model.notices import NoticeKind
from collab_server.protocol import documents, events
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.errors import ErrorCode, RemoteProtocolError
from collab_server.protocol.names import parse_room
from tests.unit.app.collab.session_client import DOCUMENT, Client, notices

ROOM = parse_room("codexpro_project_1")


def links(effects: list[SessionEffect]) -> list[LinkPhase]:
    return [effect.link.phase for effect in effects if isinstance(effect, LinkChanged)]


def test_starting_opens_a_socket() -> None:
    client = Client()

    client.start()

    effects = client.take()
    assert OpenSocket() in effects
    assert links(effects) == [LinkPhase.CONNECTING]


def test_the_own_name_is_shown_as_other_peoples_are() -> None:
    client = Client()
    client.start()
    client.connect()
    client.session.rooms.join("codexpro_project_1")
    client.hear(
        events.AuthSuccess(
            user_id=1,
            client_id="c1",
            expires_at=1,
            server_time=1.0,
            ping_interval=25.0,
            name="Ada\n\u202e" + 1000 * "a",
            re=0,
        )
    )
    client.take()

    client.hear(events.RoomJoined(room=ROOM, perm="rw", members=()))

    (told,) = [effect for effect in client.take() if isinstance(effect, ParticipantsChanged)]
    assert told.participants[0].name == "Ada" + 61 * "a"


def test_a_ping_goes_out_every_twenty_seconds() -> None:
    client = Client()
    client.live()

    assert client.session.due_s() == 1000.0 + PING_S
    client.session.tick(1020.0)
    assert client.sent() == [events.Ping()]
    client.now_s = 1021.0
    client.hear(events.Pong(server_time=1.0))
    client.session.tick(1040.0)
    assert client.sent() == [events.Ping()]


def test_a_silent_server_is_taken_for_dead() -> None:
    client = Client()
    client.live()
    client.session.tick(1000.0 + PING_S)
    client.session.tick(1000.0 + 2 * PING_S)
    client.take()

    client.session.tick(1000.0 + SILENCE_S)

    assert CloseSocket(CloseCode.NO_PONG, "no answer") in client.take()
    client.hear(events.Pong(server_time=1.0))
    assert client.take() == []
    client.lose(CloseCode.NO_PONG)
    assert client.session.due_s() is not None


def test_a_tick_before_its_time_does_nothing() -> None:
    client = Client()

    client.session.tick(1.0)
    client.live()
    client.session.tick(1001.0)

    assert client.take() == []


@pytest.mark.parametrize(
    "frame",
    [
        "no json",
        "[]",
        '{"type":"auth_success"}',
        b"",
        b"\xff\xff",
        b"\x05room!\x00\x00\x00",
        documents.sync_status(DOCUMENT, saved=True) + b"\x00",
    ],
)
def test_a_malformed_frame_closes_the_connection_and_another_try_follows(
    frame: str | bytes,
) -> None:
    client = Client()
    client.live()

    client.session.receive(frame, client.now_s)
    effects = client.take()
    client.session.receive("more of it", client.now_s)

    assert notices(effects) == [NoticeKind.SERVER_MISBEHAVED]
    [close] = [effect for effect in effects if isinstance(effect, CloseSocket)]
    assert close.code == CloseCode.PROTOCOL
    client.lose(CloseCode.PROTOCOL)
    assert client.phase is LinkPhase.OFFLINE
    assert client.session.due_s() is not None


def test_misbehaviour_is_told_once_until_a_connection_held() -> None:
    client = Client()
    client.live()
    client.session.receive("{", client.now_s)
    client.lose(CloseCode.PROTOCOL)
    client.come_back()
    client.welcome()
    client.take()

    client.session.receive("{", client.now_s)

    assert notices(client.take()) == []


def test_an_event_larger_than_any_frame_is_refused() -> None:
    client = Client()
    client.live()

    client.session.receive(" " * (16 * 1024 * 1024 + 1), client.now_s)

    assert notices(client.take()) == [NoticeKind.SERVER_MISBEHAVED]


def test_an_unknown_event_is_ignored() -> None:
    client = Client()
    client.live()

    client.session.receive('{"type":"from_the_future","x":1}', client.now_s)

    assert client.take() == []


def test_an_error_to_a_live_session_ends_nothing() -> None:
    client = Client()
    client.live()

    client.hear(events.error_event(ErrorCode.READ_ONLY, room="codexpro_project_1"))

    assert client.take() == []


def test_a_frame_for_a_document_that_is_not_open_is_ignored() -> None:
    client = Client()
    client.live()

    client.session.receive(documents.sync_step1(DOCUMENT, b"\x00"), client.now_s)

    assert client.take() == []


def test_breaking_off_what_is_not_open_does_nothing() -> None:
    client = Client()

    client.session.break_off(RemoteProtocolError("late"), client.now_s)

    assert client.take() == []


def test_leaving_parts_from_the_documents_first() -> None:
    client = Client()
    client.live()
    client.session.open_document(DOCUMENT, TextReplica().ledger)
    client.take()

    client.session.leave(client.now_s)

    parting, closing, *_ = client.take()
    assert parting == SendFrame(documents.close_document(DOCUMENT))
    assert closing == CloseSocket(CloseCode.NORMAL, "")


def test_leaving_closes_normally_and_for_good() -> None:
    client = Client()
    client.live()

    client.session.leave(client.now_s)
    client.lose(1000)

    effects = client.take()
    assert CloseSocket(CloseCode.NORMAL, "") in effects
    assert client.session.link.reason is ClosedReason.LEFT
    client.session.leave(client.now_s)
    assert client.take() == []


@pytest.mark.parametrize("moment", ["idle", "connecting", "waiting"])
def test_a_session_can_be_left_at_any_moment(moment: str) -> None:
    client = Client()
    steps = {"idle": 0, "connecting": 1, "waiting": 2}[moment]
    for step in [client.start, client.lose][:steps]:
        step()

    client.session.leave(client.now_s)

    assert client.phase is LinkPhase.CLOSED
    assert client.session.due_s() is None


def test_secrets_are_not_in_a_representation() -> None:
    assert "a.b.c" not in repr(Token("a.b.c"))
    assert "code-1" not in repr(Invitation("code-1", "Grace"))


def test_another_process_can_go_on_with_the_session() -> None:
    client = Client(Invitation("code" * 5, "Ada"))
    assert client.session.way_back is None
    client.start()
    client.connect()
    client.welcome("guest:1", token="t.o.k", session=events.SessionKey("id", "key"))
    way_back = client.session.way_back

    later = Client(way_back)
    later.start()
    later.connect()

    assert way_back == Token("t.o.k", "id", "key")
    (auth,) = later.sent()
    assert isinstance(auth, events.Auth)
    assert (auth.token, auth.session) == ("t.o.k", events.SessionKey("id", "key"))
