import pytest

from app.collab.client_session import PING_S, SILENCE_S, ClientSession
from app.collab.credentials import Credentials, Invitation, Token
from app.collab.session_effects import (
    CloseSocket,
    LinkChanged,
    OpenSocket,
    ParticipantsChanged,
    RaiseNotice,
    SaveStateChanged,
    SendFrame,
    SessionEffect,
    SignedIn,
    TokenWanted,
)
from app.collab.text_replica import TextReplica
from app.model.connection import ClosedReason, LinkPhase, SavePhase, SaveState
from app.model.notices import NoticeKind
from collab_server.protocol import documents, events
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.errors import ErrorCode, LocalProtocolError, RemoteProtocolError
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document, parse_room

DOCUMENT = parse_document("codexpro_project_1/f/1")
ROOM = parse_room("codexpro_project_1")


class Client:
    """A session, its clock, and a server that says what a test tells it to."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        self.session = ClientSession(credentials or Token("a.b.c"), random=lambda: 0.5)
        self.now_s = 1000.0

    def take(self) -> list[SessionEffect]:
        return self.session.take_effects()

    def sent(self) -> list[events.ClientEvent]:
        return [
            events.decode_client_event(effect.frame, Limits())
            for effect in self.take()
            if isinstance(effect, SendFrame) and isinstance(effect.frame, str)
        ]

    def start(self) -> None:
        self.session.start(self.now_s)

    def connect(self) -> None:
        self.session.connected(self.now_s)

    def hear(self, event: events.ServerEvent) -> None:
        self.session.receive(events.encode_event(event), self.now_s)

    def welcome(
        self,
        user_id: int | str = 42,
        *,
        token: str | None = None,
        rooms: dict[str, str] | None = None,
        session: events.SessionKey | None = None,
    ) -> None:
        self.hear(
            events.AuthSuccess(
                user_id=user_id,
                client_id="c1",
                expires_at=1,
                server_time=1.0,
                ping_interval=25.0,
                token=token,
                rooms=rooms,
                session=session,
                re=0,
            )
        )

    def live(self) -> None:
        self.start()
        self.connect()
        self.welcome()
        self.take()

    def lose(self, code: int = 1006) -> None:
        self.session.disconnected(self.now_s, code)

    def come_back(self) -> None:
        self.session.retry_now(self.now_s)
        self.connect()

    @property
    def phase(self) -> LinkPhase:
        return self.session.link.phase


def links(effects: list[SessionEffect]) -> list[LinkPhase]:
    return [effect.link.phase for effect in effects if isinstance(effect, LinkChanged)]


def notices(effects: list[SessionEffect]) -> list[NoticeKind]:
    return [effect.notice.kind for effect in effects if isinstance(effect, RaiseNotice)]


# Signing in.


def test_starting_opens_a_socket() -> None:
    client = Client()

    client.start()

    effects = client.take()
    assert OpenSocket() in effects
    assert links(effects) == [LinkPhase.CONNECTING]


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


# Coming back.


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


# Being alive.


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


# A server that breaks the protocol.


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


# Leaving.


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


# Documents and what is saved.


def test_a_document_opens_when_the_session_is_live_and_on_every_return() -> None:
    client = Client()
    replica = TextReplica()
    client.session.open_document(DOCUMENT, replica.ledger)
    client.live()
    client.lose()
    client.come_back()
    client.take()

    client.welcome()

    frames = [effect.frame for effect in client.take() if isinstance(effect, SendFrame)]
    assert frames == [documents.sync_step1(DOCUMENT, b"\x00")]


def test_a_document_that_is_opened_later_is_opened_at_once() -> None:
    client = Client()
    client.live()

    client.session.open_document(DOCUMENT, TextReplica().ledger)

    assert client.take() == [SendFrame(documents.sync_step1(DOCUMENT, b"\x00"))]


def test_a_document_is_opened_once() -> None:
    client = Client()
    client.session.open_document(DOCUMENT, TextReplica().ledger)

    with pytest.raises(LocalProtocolError):
        client.session.open_document(DOCUMENT, TextReplica().ledger)


def test_a_closed_document_is_told_to_the_server_and_not_opened_again() -> None:
    client = Client()
    client.live()
    client.session.open_document(DOCUMENT, TextReplica().ledger)
    client.take()

    client.session.close_document(DOCUMENT)
    client.session.close_document(DOCUMENT)

    assert client.take() == [SendFrame(documents.close_document(DOCUMENT))]


def test_a_document_that_is_opened_again_hears_nothing_that_was_meant_for_before() -> None:
    client = Client()
    client.live()
    name = DOCUMENT
    client.session.open_document(name, TextReplica().ledger)
    client.session.close_document(DOCUMENT)
    channel = client.session.open_document(DOCUMENT, TextReplica().ledger)
    twice = channel.fence
    client.session.close_document(DOCUMENT)
    client.session.receive(documents.pong(name), client.now_s)  # to the opening before
    client.session.receive(documents.pong(name), client.now_s)  # to nobody
    replica = TextReplica("x")
    channel = client.session.open_document(DOCUMENT, replica.ledger)
    replica.ledger.attach(channel.send_update)

    client.session.receive(documents.sync_status(name, saved=True), client.now_s)

    assert (twice, channel.fence) == (1, 1)
    assert channel.unsaved_count == 1
    assert client.phase is LinkPhase.LIVE


def test_on_another_connection_nothing_is_under_way() -> None:
    client = Client()
    client.live()
    client.session.open_document(DOCUMENT, TextReplica().ledger)
    client.session.close_document(DOCUMENT)
    client.lose(1006)
    client.come_back()
    client.welcome()

    channel = client.session.open_document(DOCUMENT, TextReplica().ledger)

    assert channel.fence == 0


def test_what_is_not_saved_is_counted() -> None:
    client = Client()
    replica = TextReplica("mine")
    channel = client.session.open_document(DOCUMENT, replica.ledger)
    replica.ledger.attach(channel.send_update)

    before = [effect for effect in client.take() if isinstance(effect, SaveStateChanged)]
    client.live()

    assert before == [SaveStateChanged(SaveState(SavePhase.WAITING, 1))]
    assert client.session.save_state == SaveState(SavePhase.SAVING, 1)


def test_a_refused_document_shows_in_the_save_state() -> None:
    client = Client()
    replica = TextReplica("mine")
    channel = client.session.open_document(DOCUMENT, replica.ledger)
    replica.ledger.attach(channel.send_update)
    client.live()

    client.session.receive(documents.auth_denied(DOCUMENT, "no"), client.now_s)

    assert SaveStateChanged(SaveState(SavePhase.REFUSED, 1)) in client.take()


def test_the_next_deadline_may_be_a_document_s() -> None:
    client = Client()
    client.live()
    client.session.open_document(
        DOCUMENT, TextReplica().ledger, author_id=lambda: 1, cursor=lambda: None
    )
    hello = '{"type":"document","epoch":"e1","perm":"rw"}'
    client.session.receive(documents.stateless(DOCUMENT, hello), client.now_s)
    client.session.receive(documents.sync_step1(DOCUMENT, b"\x00"), client.now_s)
    client.take()

    due_s = client.session.due_s()
    assert due_s is not None
    assert due_s < client.now_s
    client.session.tick(client.now_s)

    [frame] = [effect.frame for effect in client.take() if isinstance(effect, SendFrame)]
    assert isinstance(frame, bytes)
    assert isinstance(documents.decode_client_frame(frame, Limits()), documents.AwarenessFrame)


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
