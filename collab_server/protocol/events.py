"""Reading and writing JSON events: one object a text frame, told apart by `type`.

Knows no rights and no rooms' state; it checks types, sizes and names, and nothing else. The events
stand in `client_events` and `server_events`, and are imported from here. Source: PROTOCOL.md §3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

import msgspec

from collab_server.protocol.client_events import (
    Auth,
    ClientEvent,
    ClientSoftware,
    DocumentCreate,
    Invite,
    Join,
    Leave,
    Ping,
    Position,
    Refresh,
    RoomCreate,
)
from collab_server.protocol.errors import (
    BadEvent,
    ErrorCode,
    InvalidName,
    LocalProtocolError,
    MalformedFrame,
    TooLarge,
)
from collab_server.protocol.event_base import RequestId, SessionKey
from collab_server.protocol.json_text import check_depth
from collab_server.protocol.names import parse_document, parse_room
from collab_server.protocol.server_events import (
    AuthRefreshed,
    AuthSuccess,
    DocumentCreated,
    Error,
    Gap,
    InvitationInfo,
    Invited,
    Left,
    Member,
    MembersListed,
    Pong,
    PresenceCounted,
    RoomCreated,
    RoomJoined,
    ServerEvent,
    Shutdown,
    TokenExpiring,
    UnknownEvent,
    UserJoined,
    UserLeft,
    error_event,
)
from collab_server.protocol.version_events import (
    CompareVersions,
    FindAuthors,
    FindVersions,
    NameVersion,
    ReadVersion,
    RestoreVersion,
)

if TYPE_CHECKING:
    from collab_server.protocol.limits import Limits

__all__ = [
    "CLIENT_EVENT_TYPES",
    "SERVER_EVENT_TYPES",
    "Auth",
    "AuthRefreshed",
    "AuthSuccess",
    "ClientEvent",
    "ClientSoftware",
    "DocumentCreate",
    "DocumentCreated",
    "Error",
    "Gap",
    "InvitationInfo",
    "Invite",
    "Invited",
    "Join",
    "Leave",
    "Left",
    "Member",
    "MembersListed",
    "Ping",
    "Pong",
    "Position",
    "PresenceCounted",
    "Refresh",
    "RequestId",
    "RoomCreate",
    "RoomCreated",
    "RoomJoined",
    "ServerEvent",
    "SessionKey",
    "Shutdown",
    "TokenExpiring",
    "UnknownEvent",
    "UserJoined",
    "UserLeft",
    "decode_client_event",
    "decode_server_event",
    "encode_event",
    "encode_value",
    "error_event",
]


class _Head(msgspec.Struct):
    type: str


_CLIENT_EVENTS: msgspec.json.Decoder[ClientEvent] = msgspec.json.Decoder(ClientEvent)
_SERVER_EVENTS: msgspec.json.Decoder[ServerEvent] = msgspec.json.Decoder(ServerEvent)
_HEAD = msgspec.json.Decoder(_Head)
_ENCODER = msgspec.json.Encoder()

CLIENT_EVENT_TYPES = frozenset(str(kind.__struct_config__.tag) for kind in get_args(ClientEvent))
SERVER_EVENT_TYPES = frozenset(str(kind.__struct_config__.tag) for kind in get_args(ServerEvent))


def decode_client_event(data: str | bytes, limits: Limits) -> ClientEvent:
    """Read an event that a client sent.

    Raises:
        BadEvent: it cannot be acted upon; carries the `error` to answer with.
    """
    try:
        raw = _to_bytes(data)
        if len(raw) > limits.text_frame_bytes:
            raise TooLarge("the message is too large")
        check_depth(raw, limits.json_depth)
    except TooLarge as error:
        raise BadEvent(ErrorCode.TOO_LARGE, error.reason) from error
    except MalformedFrame as error:
        raise BadEvent(ErrorCode.BAD_REQUEST, error.reason) from error
    try:
        event = _CLIENT_EVENTS.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _bad_event(raw, error) from error
    try:
        _check_names(event)
    except InvalidName as error:
        raise BadEvent(ErrorCode.INVALID_ROOM, error.reason, re=event.id) from error
    return event


def decode_server_event(data: str | bytes) -> ServerEvent | UnknownEvent:
    """Read an event that a server sent.

    Raises:
        MalformedFrame: it is no event, or lacks what its type promises.
    """
    raw = _to_bytes(data)
    try:
        return _SERVER_EVENTS.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        kind = _type_of(raw)
        if kind is None or kind in SERVER_EVENT_TYPES:
            raise MalformedFrame("not an event") from error
        return UnknownEvent(kind)


def encode_event(event: ClientEvent | ServerEvent) -> str:
    """Write an event.

    Raises:
        LocalProtocolError: a text in it holds a lone surrogate, or `t` is no JSON.
    """
    try:
        return _ENCODER.encode(event).decode()
    except (TypeError, ValueError, RecursionError) as error:
        raise LocalProtocolError("an event is not JSON") from error


def encode_value(value: object) -> bytes:
    """Write a value that stands in an event, to be put there as it is.

    Raises:
        LocalProtocolError: it is no JSON.
    """
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise LocalProtocolError("a value is not JSON") from error


def _to_bytes(data: str | bytes) -> bytes:
    if isinstance(data, bytes):
        return data
    try:
        return data.encode()
    except UnicodeEncodeError as error:
        raise MalformedFrame("text with half a surrogate pair") from error


def _check_names(event: ClientEvent) -> None:
    match event:
        case (
            DocumentCreate()
            | FindVersions()
            | FindAuthors()
            | ReadVersion()
            | CompareVersions()
            | NameVersion()
            | RestoreVersion()
        ):
            parse_document(event.document)
        case Auth() | Refresh() | RoomCreate() | Ping():
            pass
        case _:
            if event.room is not None:
                parse_room(event.room)


def _bad_event(raw: bytes, error: Exception) -> BadEvent:
    """Say what is wrong with an event as exactly as its own words allow, without repeating them."""
    try:
        value: object = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return BadEvent(ErrorCode.BAD_REQUEST, "the message is not JSON")
    if not isinstance(value, dict):
        return BadEvent(ErrorCode.BAD_REQUEST, "the message is no JSON object")
    fields = cast("dict[str, object]", value)
    re = fields.get("id")
    if not isinstance(re, str | int) or isinstance(re, bool):
        re = None
    kind = fields.get("type")
    if not isinstance(kind, str):
        return BadEvent(ErrorCode.BAD_REQUEST, "the message has no type", re=re)
    if kind not in CLIENT_EVENT_TYPES:
        return BadEvent(ErrorCode.UNKNOWN_TYPE, "the message's type is unknown", re=re)
    return BadEvent(ErrorCode.BAD_REQUEST, f"the message is wrong: {error}", re=re)


def _type_of(raw: bytes) -> str | None:
    try:
        return _HEAD.decode(raw).type
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
