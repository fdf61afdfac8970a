import json

import msgspec
import pytest

from collab_server.protocol import moderation_events, room_events
from collab_server.protocol.errors import BadEvent, ErrorCode, LocalProtocolError, MalformedFrame
from collab_server.protocol.events import (
    Auth,
    AuthRefreshed,
    AuthSuccess,
    ClientEvent,
    ClientSoftware,
    DocumentCreate,
    DocumentCreated,
    Error,
    Invite,
    Invited,
    Join,
    Leave,
    Left,
    Member,
    Ping,
    Pong,
    Position,
    Refresh,
    RoomCreate,
    RoomCreated,
    RoomJoined,
    ServerEvent,
    SessionKey,
    Shutdown,
    TokenExpiring,
    UnknownEvent,
    UserJoined,
    UserLeft,
    decode_client_event,
    decode_server_event,
    encode_event,
    encode_value,
    error_event,
)
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import DocumentName, RoomId

LIMITS = Limits(text_frame_bytes=2000)
ROOM = RoomId("codexpro_project_7")

CLIENT_EVENTS = [
    ('{"type":"auth"}', Auth()),
    ('{"type":"auth","token":"t"}', Auth(token="t")),
    ('{"type":"auth","token":""}', Auth(token="")),
    (
        '{"type":"auth","invite":"code","name":"Ada","session":{"id":"i","key":"k"},'
        '"client":{"name":"codexpro","version":"0.1"},"caps":["batch"],"protocol":[1,2],"id":"a"}',
        Auth(
            invite="code",
            name="Ada",
            session=SessionKey("i", "k"),
            client=ClientSoftware("codexpro", "0.1"),
            caps=("batch",),
            protocol=(1, 2),
            id="a",
        ),
    ),
    ('{"type":"refresh","token":"t","id":7}', Refresh(token="t", id=7)),
    ('{"type":"join","room":"codexpro_project_7"}', Join(room=ROOM)),
    (
        '{"type":"join","room":"codexpro_project_7","recover":{"epoch":"e","offset":0},"history":200}',
        Join(room=ROOM, recover=Position("e", 0), history=200),
    ),
    ('{"type":"leave","room":"codexpro_project_7","id":0}', Leave(room=ROOM, id=0)),
    ('{"type":"room_create","id":""}', RoomCreate(id="")),
    (
        '{"type":"document_create","document":"codexpro_project_7/f/1","text":"","eol":"crlf"}',
        DocumentCreate(document=DocumentName("codexpro_project_7/f/1"), text="", eol="crlf"),
    ),
    (
        '{"type":"invite","room":"codexpro_project_7","perm":"rw","ttl_s":60,"max_uses":2}',
        Invite(room=ROOM, perm="rw", ttl_s=60, max_uses=2),
    ),
    ('{"type":"ping"}', Ping()),
    ('{"type":"ping","t":null}', Ping(t=None)),
    ('{"type":"ping","t":0}', Ping(t=0)),
    ('{"type":"ping","t":{"a":[false]}}', Ping(t={"a": [False]})),
]

SERVER_EVENTS = [
    (
        AuthSuccess(
            user_id=42,
            client_id="c1",
            session=SessionKey("i", "k"),
            token="t",
            expires_at=100,
            server_time=1.5,
            limits={"rooms_a_connection": 128},
            ping_interval=25.0,
            rooms={"codexpro_project_7": "rw"},
            name="Ada",
            color="#aabbcc",
            re=0,
        ),
        {
            "type": "auth_success",
            "user_id": 42,
            "client_id": "c1",
            "session": {"id": "i", "key": "k"},
            "token": "t",
            "expires_at": 100,
            "server_time": 1.5,
            "limits": {"rooms_a_connection": 128},
            "ping_interval": 25.0,
            "rooms": {"codexpro_project_7": "rw"},
            "name": "Ada",
            "color": "#aabbcc",
            "re": 0,
        },
    ),
    (AuthRefreshed(expires_at=5, re="r"), {"type": "auth_refreshed", "expires_at": 5, "re": "r"}),
    (
        RoomJoined(
            room=ROOM,
            members=(
                Member(client_id="c", user_id="ada", name="Ada", color="#000000", status="active"),
            ),
            perm="rw",
        ),
        {
            "type": "room_joined",
            "room": "codexpro_project_7",
            "members": [
                {
                    "client_id": "c",
                    "user_id": "ada",
                    "name": "Ada",
                    "color": "#000000",
                    "status": "active",
                }
            ],
            "perm": "rw",
        },
    ),
    (
        RoomJoined(
            room=ROOM,
            members=(),
            epoch="e",
            offset=0,
            recovered=False,
            events=(),
            perm="r",
            unread=0,
            read_offset=0,
        ),
        {
            "type": "room_joined",
            "room": "codexpro_project_7",
            "members": [],
            "epoch": "e",
            "offset": 0,
            "recovered": False,
            "events": [],
            "perm": "r",
            "unread": 0,
            "read_offset": 0,
        },
    ),
    (
        UserJoined(user_id=0, client_id="c", room=ROOM, name="Ada", color="#000000"),
        {
            "type": "user_joined",
            "user_id": 0,
            "client_id": "c",
            "room": "codexpro_project_7",
            "name": "Ada",
            "color": "#000000",
        },
    ),
    (
        UserLeft(user_id="ada", client_id="c", room=ROOM, name="Ada", reason="kicked"),
        {
            "type": "user_left",
            "user_id": "ada",
            "client_id": "c",
            "room": "codexpro_project_7",
            "name": "Ada",
            "reason": "kicked",
        },
    ),
    (
        Left(room=ROOM, reason="client", re=1),
        {"type": "left", "room": "codexpro_project_7", "reason": "client", "re": 1},
    ),
    (
        RoomCreated(room=ROOM, perm="rwhmo"),
        {"type": "room_created", "room": "codexpro_project_7", "perm": "rwhmo"},
    ),
    (
        DocumentCreated(document=DocumentName("a/f/1"), epoch="e", created=False, re=3),
        {"type": "document_created", "document": "a/f/1", "epoch": "e", "created": False, "re": 3},
    ),
    (
        Invited(url="codexpro://join/h/c", code="c", expires_at=9),
        {"type": "invited", "url": "codexpro://join/h/c", "code": "c", "expires_at": 9},
    ),
    (TokenExpiring(in_s=60), {"type": "token_expiring", "in": 60}),
    (Shutdown(spread_ms=0), {"type": "shutdown", "spread_ms": 0}),
    (
        Error(message="m", code=1020, slug="rate_limited", temporary=True, retry_after=0.5, re=0),
        {
            "type": "error",
            "message": "m",
            "code": 1020,
            "slug": "rate_limited",
            "temporary": True,
            "retry_after": 0.5,
            "re": 0,
        },
    ),
    (Pong(server_time=1.0), {"type": "pong", "server_time": 1.0}),
    (Pong(t=None, server_time=1.0), {"type": "pong", "t": None, "server_time": 1.0}),
    (Pong(t=0, server_time=1.0, re=2), {"type": "pong", "t": 0, "server_time": 1.0, "re": 2}),
]


PLANTED = msgspec.Raw(b'"planted"')
CLIENT_EVENTS_WITH_CONTENT: list[ClientEvent] = [
    moderation_events.InviteRevoke(room=RoomId("chat_x"), code="planted"),
    room_events.PostMessage(room=RoomId("chat_x"), message="planted", mid="m", mentions=(1, "a")),
    room_events.EditMessage(room=RoomId("chat_x"), message_id=1, message="planted"),
    room_events.RelayEdit(room=RoomId("chat_x"), changes={"text": ["planted"]}, seq=1, seen=0),
]
SERVER_EVENTS_WITH_CONTENT: list[ServerEvent] = [
    room_events.MessagePosted(
        user_id=None, client_id=None, message=PLANTED, timestamp=1, room=RoomId("chat_x"), ts=1
    ),
    room_events.MessageUpdated(
        room=RoomId("chat_x"), message_id=1, user_id=1, message=PLANTED, edited_at=1, offset=2
    ),
    room_events.EditRelayed(
        user_id=1, client_id="c", changes=PLANTED, timestamp=1.5, room=RoomId("chat_x")
    ),
    room_events.HistoryPage(room=RoomId("chat_x"), messages=(PLANTED,), epoch="e", more=False),
]


@pytest.mark.parametrize(("text", "event"), CLIENT_EVENTS)
def test_a_clients_event_is_read(text: str, event: ClientEvent) -> None:
    assert decode_client_event(text, LIMITS) == event
    assert decode_client_event(text.encode(), LIMITS) == event


@pytest.mark.parametrize(("_text", "event"), CLIENT_EVENTS)
def test_a_clients_event_is_written_as_it_is_read(_text: str, event: ClientEvent) -> None:
    assert decode_client_event(encode_event(event), LIMITS) == event


@pytest.mark.parametrize(("event", "fields"), SERVER_EVENTS)
def test_a_servers_event_is_written_and_read(event: ServerEvent, fields: dict) -> None:
    assert json.loads(encode_event(event)) == fields
    assert decode_server_event(json.dumps(fields)) == event


def test_fields_that_nobody_knows_are_ignored() -> None:
    text = '{"room":"a","future":{"x":1},"type":"leave"}'

    assert decode_client_event(text, LIMITS) == Leave(room=RoomId("a"))


@pytest.mark.parametrize(
    ("text", "code", "re"),
    [
        pytest.param("", ErrorCode.BAD_REQUEST, None, id="nothing"),
        pytest.param("{", ErrorCode.BAD_REQUEST, None, id="no JSON"),
        pytest.param("[]", ErrorCode.BAD_REQUEST, None, id="a list"),
        pytest.param("{}", ErrorCode.BAD_REQUEST, None, id="no type"),
        pytest.param('{"id":1,"type":null}', ErrorCode.BAD_REQUEST, 1, id="a type of null"),
        pytest.param('{"id":1,"type":["auth"]}', ErrorCode.BAD_REQUEST, 1, id="a list of types"),
        pytest.param('{"id":0,"type":"fly"}', ErrorCode.UNKNOWN_TYPE, 0, id="unknown"),
        pytest.param('{"id":"x","type":"pong"}', ErrorCode.UNKNOWN_TYPE, "x", id="a server's"),
        pytest.param('{"id":true,"type":"fly"}', ErrorCode.UNKNOWN_TYPE, None, id="an id of true"),
        pytest.param('{"id":[],"type":"fly"}', ErrorCode.UNKNOWN_TYPE, None, id="an odd id"),
        pytest.param('{"id":5,"type":"join"}', ErrorCode.BAD_REQUEST, 5, id="a field missing"),
        pytest.param('{"id":5,"type":"auth","token":1}', ErrorCode.BAD_REQUEST, 5, id="no text"),
        pytest.param(
            '{"type":"join","room":"a","history":201}', ErrorCode.BAD_REQUEST, None, id="too much"
        ),
        pytest.param(
            '{"type":"join","room":"../a","id":1}', ErrorCode.INVALID_ROOM, 1, id="no room's name"
        ),
        pytest.param('{"type":"leave","room":"a/b"}', ErrorCode.INVALID_ROOM, None, id="a path"),
        pytest.param(
            '{"type":"invite","room":"","perm":"r"}', ErrorCode.INVALID_ROOM, None, id="no name"
        ),
        pytest.param(
            '{"type":"document_create","document":"a//b"}', ErrorCode.INVALID_ROOM, None, id="//"
        ),
        pytest.param('{"type":"ping","t":NaN}', ErrorCode.BAD_REQUEST, None, id="NaN"),
        pytest.param('{"type":"ping","t":1e999}', ErrorCode.BAD_REQUEST, None, id="infinity"),
        pytest.param(
            '{"type":"ping","t":"\\ud83d"}', ErrorCode.BAD_REQUEST, None, id="half a pair"
        ),
        pytest.param('{"type":"ping","t":"\ud83d"}', ErrorCode.BAD_REQUEST, None, id="raw half"),
        pytest.param(b'{"type":"ping","t":"\xff"}', ErrorCode.BAD_REQUEST, None, id="no UTF-8"),
        pytest.param(
            '{"type":"ping","t":' + "[" * 32 + "]" * 32 + "}", ErrorCode.TOO_LARGE, None, id="deep"
        ),
        pytest.param('{"t":"' + "x" * 2000 + '"}', ErrorCode.TOO_LARGE, None, id="long"),
        pytest.param("[" * 1999, ErrorCode.TOO_LARGE, None, id="brackets"),
    ],
)
def test_an_event_that_cannot_be_acted_upon_is_answered(
    text: str | bytes, code: ErrorCode, re: str | int | None
) -> None:
    with pytest.raises(BadEvent) as caught:
        decode_client_event(text, LIMITS)

    assert (caught.value.code, caught.value.re) == (code, re)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"type":1}', '{"type":"left"}', "\ud83d", "[" * 5000, b"\xff"]
)
def test_what_no_server_says_is_refused(text: str | bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode_server_event(text)


def test_an_event_of_a_newer_server_is_told_apart() -> None:
    assert decode_server_event('{"type":"later","room":"a"}') == UnknownEvent("later")


def test_events_of_a_stream_are_passed_on_as_they_are() -> None:
    event = RoomJoined(
        room=ROOM, members=(), perm="r", events=(msgspec.Raw(b'{"type":"message","message":0}'),)
    )

    assert json.loads(encode_event(event))["events"] == [{"type": "message", "message": 0}]


def test_legacy_error_texts_are_verbatim() -> None:
    assert error_event(ErrorCode.TOKEN_REQUIRED).message == "Token required"
    assert error_event(ErrorCode.INVALID_TOKEN).message == "Invalid token"


def test_an_error_without_a_text_of_its_own_says_its_slug() -> None:
    assert error_event(ErrorCode.ROOM_FULL, room="a", re=1) == Error(
        message="Room full", code=1013, slug="room_full", temporary=False, room="a", re=1
    )
    assert error_event(ErrorCode.ROOM_FULL, "No chair").message == "No chair"


@pytest.mark.parametrize("t", ["\ud83d", object()])
def test_what_json_cannot_say_is_our_own_mistake(t: object) -> None:
    with pytest.raises(LocalProtocolError):
        encode_event(Ping(t=t))


@pytest.mark.parametrize(
    "event",
    [
        Auth(token="S3CRET", invite="S3CRET", session=SessionKey("i", "S3CRET")),
        Refresh(token="S3CRET"),
        SessionKey("i", "S3CRET"),
        Invited(url="S3CRET", code="S3CRET", expires_at=1),
        AuthSuccess(
            user_id=1, client_id="c", token="S3CRET", expires_at=1, server_time=1, ping_interval=1
        ),
    ],
)
def test_no_secret_is_in_what_a_log_would_show(event: object) -> None:
    assert "S3CRET" not in repr(event)


@pytest.mark.parametrize("event", [*CLIENT_EVENTS_WITH_CONTENT, *SERVER_EVENTS_WITH_CONTENT])
def test_no_event_shows_what_people_say(
    event: ClientEvent | ServerEvent,
) -> None:
    assert "planted" not in repr(event)


@pytest.mark.parametrize("event", CLIENT_EVENTS_WITH_CONTENT)
def test_an_event_of_a_room_is_read_as_it_is_written(event: ClientEvent) -> None:
    assert decode_client_event(encode_event(event), LIMITS) == event


@pytest.mark.parametrize("event", SERVER_EVENTS_WITH_CONTENT)
def test_news_of_a_room_are_read_as_they_are_written(event: ServerEvent) -> None:
    assert decode_server_event(encode_event(event)) == event


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ('{"type":"message","room":"chat_x"}', "bad_request"),
        ('{"type":"message","room":"a/b","message":1}', "invalid_room"),
        ('{"type":"message","room":["chat_x"],"message":1,"id":3}', "bad_request"),
        ('{"type":"message","room":"chat_x","message":1,"mid":"a b"}', "bad_request"),
        ('{"type":"message","room":"chat_x","message":1,"mid":"%s"}' % ("x" * 65), "bad_request"),
        ('{"type":"message","room":"chat_x","message":"\\ud800"}', "bad_request"),
        ('{"type":"message_edit","room":"chat_x","message_id":0,"message":1}', "bad_request"),
        ('{"type":"message_delete","room":"chat_x","message_id":"1"}', "bad_request"),
        ('{"type":"reaction","room":"chat_x","message_id":1,"emoji":""}', "bad_request"),
        ('{"type":"read","room":"chat_x","offset":-1}', "bad_request"),
        ('{"type":"read","room":"chat_x","offset":1e300}', "bad_request"),
        ('{"type":"history","room":"chat_x","limit":201}', "bad_request"),
        ('{"type":"presence","status":"away"}', "bad_request"),
        ('{"type":"presence","status":"idle","room":""}', "invalid_room"),
        ('{"type":"typing","room":"chat_x","state":"go"}', "bad_request"),
        ('{"type":"join","room":"chat_x","recover":{"epoch":"e"}}', "bad_request"),
    ],
)
def test_an_event_of_a_room_that_is_wrong_is_refused(text: str, slug: str) -> None:
    with pytest.raises(BadEvent) as caught:
        decode_client_event(text, LIMITS)

    assert caught.value.code.slug == slug


def test_a_value_that_is_no_json_is_our_own_mistake() -> None:
    with pytest.raises(LocalProtocolError):
        encode_value("\ud800")
