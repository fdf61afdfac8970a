"""Frames of many documents over one socket: `varString(document) · varUint(type) · payload`.

Knows neither rights nor state; what a sync or awareness payload holds is checked by `updates` and
`awareness`. The framing is Hocuspocus' own, so a stock provider understands it. Source: PROTOCOL.md
§5.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import TYPE_CHECKING

import msgspec

from collab_server.protocol.errors import MalformedFrame, TooLarge
from collab_server.protocol.names import (
    MAX_DOCUMENT_NAME_BYTES,
    DocumentName,
    parse_document,
)
from collab_server.protocol.sync import SyncMessage, decode_sync
from collab_server.protocol.wire import (
    Reader,
    write_var_bytes,
    write_var_string,
    write_var_uint,
)

if TYPE_CHECKING:
    from collab_server.protocol.limits import Limits


class FrameType(IntEnum):
    """The number after the document's name; 4 and 6 are Hocuspocus' own, 32 is reserved."""

    SYNC = 0
    AWARENESS = 1
    AUTH = 2
    QUERY_AWARENESS = 3
    STATELESS = 5
    CLOSE = 7
    SYNC_STATUS = 8
    PING = 9
    PONG = 10


class AuthKind(IntEnum):
    """The number that begins the payload of an auth frame."""

    TOKEN = 0
    DENIED = 1
    AUTHENTICATED = 2


class Scope(Enum):
    """What an authenticated provider may do."""

    READ_WRITE = "read-write"
    READ_ONLY = "readonly"


class Sync(msgspec.Struct, frozen=True):
    """A sync message of a document, both ways."""

    document: DocumentName
    message: SyncMessage


class AwarenessFrame(msgspec.Struct, frozen=True):
    """An awareness message of a document, both ways."""

    document: DocumentName
    payload: bytes  # for `decode_awareness`, unchecked


class DocumentAuth(msgspec.Struct, frozen=True):
    """A provider's token for one document."""

    document: DocumentName
    token: str  # unchecked
    version: str | None  # of the provider; old ones send none


class AuthDenied(msgspec.Struct, frozen=True):
    """The document stays shut to this client; the socket stays open."""

    document: DocumentName
    reason: str


class Authenticated(msgspec.Struct, frozen=True):
    """The document is open to this client."""

    document: DocumentName
    scope: Scope


class QueryAwareness(msgspec.Struct, frozen=True):
    """A client asks who is in the document."""

    document: DocumentName


class Stateless(msgspec.Struct, frozen=True):
    """A text beside the document, both ways; JSON where we write it."""

    document: DocumentName
    text: str


class CloseDocument(msgspec.Struct, frozen=True):
    """This client and the document part, both ways."""

    document: DocumentName
    reason: str | None  # None from a client, which gives none


class SyncStatus(msgspec.Struct, frozen=True):
    """The durable acknowledgement of one update or step 2."""

    document: DocumentName
    saved: bool  # False: refused


class Ping(msgspec.Struct, frozen=True):
    """A client asks whether the server is there."""

    document: DocumentName


class Pong(msgspec.Struct, frozen=True):
    """The answer to a ping."""

    document: DocumentName


ClientFrame = (
    Sync | AwarenessFrame | DocumentAuth | QueryAwareness | Stateless | CloseDocument | Ping
)
ServerFrame = (
    Sync
    | AwarenessFrame
    | AuthDenied
    | Authenticated
    | Stateless
    | CloseDocument
    | SyncStatus
    | Pong
)


def decode_client_frame(data: bytes, limits: Limits) -> ClientFrame:
    """Read a frame that a client sent.

    Raises:
        TooLarge: it is over `limits.document_frame_bytes`.
        InvalidName: its document's name is none.
        MalformedFrame: anything else that is wrong.
    """
    reader, document, kind = _open(data, limits)
    frame: ClientFrame
    match kind:
        case FrameType.SYNC:
            frame = Sync(document, decode_sync(reader))
        case FrameType.AWARENESS:
            frame = AwarenessFrame(document, reader.var_bytes())
        case FrameType.AUTH:
            frame = _decode_token(document, reader, limits)
        case FrameType.QUERY_AWARENESS:
            frame = QueryAwareness(document)
        case FrameType.STATELESS:
            frame = Stateless(document, reader.var_string(limits.text_frame_bytes))
        case FrameType.CLOSE:
            reason = None if reader.at_end else reader.var_string(limits.text_frame_bytes)
            frame = CloseDocument(document, reason)
        case FrameType.PING:
            frame = Ping(document)
        case _:
            raise MalformedFrame("a frame type that clients do not send")
    reader.expect_end()
    return frame


def decode_server_frame(data: bytes, limits: Limits) -> ServerFrame:
    """Read a frame that a server sent.

    Raises:
        TooLarge: it is over `limits.document_frame_bytes`.
        InvalidName: its document's name is none.
        MalformedFrame: anything else that is wrong.
    """
    reader, document, kind = _open(data, limits)
    frame: ServerFrame
    match kind:
        case FrameType.SYNC:
            frame = Sync(document, decode_sync(reader))
        case FrameType.AWARENESS:
            frame = AwarenessFrame(document, reader.var_bytes())
        case FrameType.AUTH:
            frame = _decode_verdict(document, reader, limits)
        case FrameType.STATELESS:
            frame = Stateless(document, reader.var_string())
        case FrameType.CLOSE:
            frame = CloseDocument(document, reader.var_string(limits.text_frame_bytes))
        case FrameType.SYNC_STATUS:
            frame = SyncStatus(document, saved=reader.var_uint(max_=1) == 1)
        case FrameType.PONG:
            frame = Pong(document)
        case _:
            raise MalformedFrame("a frame type that servers do not send")
    reader.expect_end()
    return frame


def frame_prefix(document: DocumentName) -> bytes:
    """Return what every frame of a document begins with; worth keeping."""
    out = bytearray()
    write_var_string(out, document)
    return bytes(out)


def sync_step1(document: DocumentName, state_vector: bytes) -> bytes:
    """Return the frame that asks for what is missing."""
    return _with_bytes(document, b"\x00\x00", state_vector)


def sync_step2(document: DocumentName, update: bytes) -> bytes:
    """Return the frame that answers a step 1."""
    return _with_bytes(document, b"\x00\x01", update)


def sync_update(document: DocumentName, update: bytes) -> bytes:
    """Return the frame that brings news."""
    return _with_bytes(document, b"\x00\x02", update)


def awareness(document: DocumentName, payload: bytes) -> bytes:
    """Return the frame around an awareness message."""
    return _with_bytes(document, bytes((FrameType.AWARENESS,)), payload)


def query_awareness(document: DocumentName) -> bytes:
    """Return the frame that asks who is in the document."""
    return _with_number(document, FrameType.QUERY_AWARENESS)


def document_auth(document: DocumentName, token: str, version: str | None = None) -> bytes:
    """Return the frame by which a provider shows its token."""
    head = bytes((FrameType.AUTH, AuthKind.TOKEN))
    if version is None:
        return _with_texts(document, head, token)
    return _with_texts(document, head, token, version)


def auth_denied(document: DocumentName, reason: str) -> bytes:
    """Return the frame that shuts a document to a client."""
    return _with_texts(document, bytes((FrameType.AUTH, AuthKind.DENIED)), reason)


def authenticated(document: DocumentName, scope: Scope) -> bytes:
    """Return the frame that opens a document to a provider."""
    return _with_texts(document, bytes((FrameType.AUTH, AuthKind.AUTHENTICATED)), scope.value)


def stateless(document: DocumentName, text: str) -> bytes:
    """Return the frame around a text beside the document."""
    return _with_texts(document, bytes((FrameType.STATELESS,)), text)


def close_document(document: DocumentName, reason: str | None = None) -> bytes:
    """Return the frame by which this side parts; a server gives a reason, a client none."""
    if reason is None:
        return _with_number(document, FrameType.CLOSE)
    return _with_texts(document, bytes((FrameType.CLOSE,)), reason)


def sync_status(document: DocumentName, *, saved: bool) -> bytes:
    """Return the frame that acknowledges or refuses one update or step 2."""
    return frame_prefix(document) + bytes((FrameType.SYNC_STATUS, saved))


def ping(document: DocumentName) -> bytes:
    """Return the frame that asks whether the server is there."""
    return _with_number(document, FrameType.PING)


def pong(document: DocumentName) -> bytes:
    """Return the frame that answers a ping."""
    return _with_number(document, FrameType.PONG)


def _open(data: bytes, limits: Limits) -> tuple[Reader, DocumentName, int]:
    if len(data) > limits.document_frame_bytes:
        raise TooLarge("a document frame is too large")
    reader = Reader(data)
    document = parse_document(reader.var_string(MAX_DOCUMENT_NAME_BYTES))
    return reader, document, reader.var_uint()


def _decode_token(document: DocumentName, reader: Reader, limits: Limits) -> DocumentAuth:
    if reader.var_uint() != AuthKind.TOKEN:
        raise MalformedFrame("an auth message that clients do not send")
    token = reader.var_string(limits.token_bytes)
    version = None if reader.at_end else reader.var_string(limits.token_bytes)
    return DocumentAuth(document, token, version)


def _decode_verdict(
    document: DocumentName, reader: Reader, limits: Limits
) -> AuthDenied | Authenticated:
    kind = reader.var_uint()
    text = reader.var_string(limits.text_frame_bytes)
    if kind == AuthKind.DENIED:
        return AuthDenied(document, text)
    if kind != AuthKind.AUTHENTICATED:
        raise MalformedFrame("an auth message that servers do not send")
    try:
        return Authenticated(document, Scope(text))
    except ValueError as error:
        raise MalformedFrame("an unknown scope") from error


def _with_bytes(document: DocumentName, head: bytes, payload: bytes) -> bytes:
    out = bytearray(frame_prefix(document))
    out += head
    write_var_bytes(out, payload)
    return bytes(out)


def _with_texts(document: DocumentName, head: bytes, *texts: str) -> bytes:
    out = bytearray(frame_prefix(document))
    out += head
    for text in texts:
        write_var_string(out, text)
    return bytes(out)


def _with_number(document: DocumentName, kind: FrameType) -> bytes:
    out = bytearray(frame_prefix(document))
    write_var_uint(out, kind)
    return bytes(out)
