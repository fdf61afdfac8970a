import pytest

from collab_server.protocol import documents
from collab_server.protocol.documents import (
    AuthDenied,
    Authenticated,
    AwarenessFrame,
    ClientFrame,
    CloseDocument,
    DocumentAuth,
    Ping,
    Pong,
    QueryAwareness,
    Scope,
    ServerFrame,
    Stateless,
    Sync,
    SyncStatus,
    decode_client_frame,
    decode_server_frame,
    frame_prefix,
)
from collab_server.protocol.errors import InvalidName, MalformedFrame, TooLarge
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import DocumentName
from collab_server.protocol.sync import SyncStep1, SyncStep2, SyncUpdate
from tests.unit.collab_server.protocol.golden import GOLDEN

NAME = DocumentName("r/f")
HEAD = b"\x03r/f"
LIMITS = Limits(document_frame_bytes=1000, text_frame_bytes=50, token_bytes=20)

FROM_BOTH = [
    (HEAD + b"\x00\x00\x01\x00", Sync(NAME, SyncStep1(b"\x00")), documents.sync_step1(NAME, b"\0")),
    (HEAD + b"\x00\x01\x01U", Sync(NAME, SyncStep2(b"U")), documents.sync_step2(NAME, b"U")),
    (HEAD + b"\x00\x02\x01U", Sync(NAME, SyncUpdate(b"U")), documents.sync_update(NAME, b"U")),
    (HEAD + b"\x01\x01\x00", AwarenessFrame(NAME, b"\x00"), documents.awareness(NAME, b"\0")),
    (HEAD + b"\x05\x02{}", Stateless(NAME, "{}"), documents.stateless(NAME, "{}")),
    (HEAD + b"\x07\x03bye", CloseDocument(NAME, "bye"), documents.close_document(NAME, "bye")),
]
FROM_CLIENTS = [
    (
        HEAD + b"\x02\x00\x03tok\x034.8",
        DocumentAuth(NAME, "tok", "4.8"),
        documents.document_auth(NAME, "tok", "4.8"),
    ),
    (HEAD + b"\x02\x00\x00", DocumentAuth(NAME, "", None), documents.document_auth(NAME, "")),
    (HEAD + b"\x03", QueryAwareness(NAME), documents.query_awareness(NAME)),
    (HEAD + b"\x07", CloseDocument(NAME, None), documents.close_document(NAME)),
    (HEAD + b"\x09", Ping(NAME), documents.ping(NAME)),
]
FROM_SERVERS = [
    (HEAD + b"\x02\x01\x02no", AuthDenied(NAME, "no"), documents.auth_denied(NAME, "no")),
    (
        HEAD + b"\x02\x02\x0aread-write",
        Authenticated(NAME, Scope.READ_WRITE),
        documents.authenticated(NAME, Scope.READ_WRITE),
    ),
    (
        HEAD + b"\x02\x02\x08readonly",
        Authenticated(NAME, Scope.READ_ONLY),
        documents.authenticated(NAME, Scope.READ_ONLY),
    ),
    (HEAD + b"\x08\x01", SyncStatus(NAME, True), documents.sync_status(NAME, saved=True)),
    (HEAD + b"\x08\x00", SyncStatus(NAME, False), documents.sync_status(NAME, saved=False)),
    (HEAD + b"\x0a", Pong(NAME), documents.pong(NAME)),
]


@pytest.mark.parametrize(("raw", "frame", "written"), FROM_BOTH + FROM_CLIENTS)
def test_a_clients_frame_is_read_and_written(
    raw: bytes, frame: ClientFrame, written: bytes
) -> None:
    assert decode_client_frame(raw, LIMITS) == frame
    assert written == raw


@pytest.mark.parametrize(("raw", "frame", "written"), FROM_BOTH + FROM_SERVERS)
def test_a_servers_frame_is_read_and_written(
    raw: bytes, frame: ServerFrame, written: bytes
) -> None:
    assert decode_server_frame(raw, LIMITS) == frame
    assert written == raw


def test_a_providers_frame_made_in_node_is_read() -> None:
    frame = decode_client_frame(GOLDEN["frame"], LIMITS)

    assert frame == Sync(DocumentName("room_1/f/a"), SyncUpdate(GOLDEN["update"][2:]))


def test_an_update_is_its_documents_prefix_and_two_bytes_and_itself() -> None:
    assert frame_prefix(NAME) == HEAD
    assert documents.sync_update(NAME, b"U") == frame_prefix(NAME) + b"\x00\x02" + b"\x01U"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HEAD, id="no type"),
        pytest.param(HEAD + b"\x04", id="type 4"),
        pytest.param(HEAD + b"\x06", id="type 6"),
        pytest.param(HEAD + b"\x20\x00", id="the reserved type"),
        pytest.param(HEAD + b"\x80\x00", id="a long type"),
        pytest.param(HEAD + b"\x08\x01", id="a status"),
        pytest.param(HEAD + b"\x0a", id="a pong"),
        pytest.param(HEAD + b"\x02\x01\x02no", id="a denial"),
        pytest.param(HEAD + b"\x02\x02\x08readonly", id="a scope"),
        pytest.param(HEAD + b"\x02\x00", id="no token"),
        pytest.param(HEAD + b"\x02\x00\x15" + b"t" * 21, id="a long token"),
        pytest.param(HEAD + b"\x00\x03\x00", id="an unknown sync message"),
        pytest.param(HEAD + b"\x00\x02\x05U", id="an update cut off"),
        pytest.param(HEAD + b"\x00\x02\x01UU", id="bytes after an update"),
        pytest.param(HEAD + b"\x09\x00", id="bytes after a ping"),
        pytest.param(HEAD + b"\x05\x33" + b"x" * 51, id="a long stateless"),
        pytest.param(HEAD + b"\x05\x01\xff", id="a stateless that is no UTF-8"),
        pytest.param(b"\xff\x01" + b"r" * 255 + b"\x09", id="a long name"),
        pytest.param(b"\x01\xff\x09", id="a name that is no UTF-8"),
    ],
)
def test_what_no_client_sends_is_refused(raw: bytes) -> None:
    with pytest.raises((MalformedFrame, InvalidName)):
        decode_client_frame(raw, LIMITS)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(HEAD + b"\x03", id="a query"),
        pytest.param(HEAD + b"\x09", id="a ping"),
        pytest.param(HEAD + b"\x07", id="a close without a reason"),
        pytest.param(HEAD + b"\x08\x02", id="a status of 2"),
        pytest.param(HEAD + b"\x02\x00\x00", id="a token"),
        pytest.param(HEAD + b"\x02\x02\x05write", id="an unknown scope"),
        pytest.param(HEAD + b"\x08\x01\x01", id="bytes after a status"),
    ],
)
def test_what_no_server_sends_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode_server_frame(raw, LIMITS)


@pytest.mark.parametrize("name", ["..", "r/..", "", "r/\0", "ä"])
def test_a_document_without_a_name_is_refused(name: str) -> None:
    raw = name.encode()

    with pytest.raises(InvalidName):
        decode_client_frame(bytes((len(raw),)) + raw + b"\x09", LIMITS)
    with pytest.raises(InvalidName):
        decode_server_frame(bytes((len(raw),)) + raw + b"\x0a", LIMITS)


def test_a_frame_over_the_limit_is_refused() -> None:
    raw = documents.sync_update(NAME, b"U" * 1000)

    with pytest.raises(TooLarge):
        decode_client_frame(raw, LIMITS)
    with pytest.raises(TooLarge):
        decode_server_frame(raw, LIMITS)
