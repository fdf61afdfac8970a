"""What back-ends publish over Redis, read strictly.

Pure: bytes in, a message or the reason why there is none. Does not know Redis or rooms' rights.
Source: PROTOCOL.md §7; the seed's `notifyFileDownloaded` and `notifyOCRProgress`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, cast

from collab_server.protocol.errors import RemoteProtocolError, TooLarge
from collab_server.protocol.json_text import decode_json

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 1024 * 1024 + 64 * 1024
"""A back-end's largest message, and what stands around it."""

JSON_DEPTH = 32
LONGEST_KEY_CHARS = 255


class WrongShape(Enum):
    """Why something that was published is no message; counted by name."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    NO_OBJECT = "no_object"
    UNKNOWN_TYPE = "unknown_type"
    NO_MESSAGE = "no_message"
    NO_ROOM = "no_room"
    OTHER_ROOM = "other_room"  # than the channel
    BAD_KEY = "bad_key"


class NotPublished(Exception):
    """Something that was published is no message."""

    def __init__(self, shape: WrongShape) -> None:
        super().__init__(shape.value)
        self.shape = shape


@dataclass(frozen=True, slots=True)
class Published:
    """What a back-end says to a room; the room's name has not been checked."""

    room: str
    message: object = field(repr=False)  # any JSON value
    key: str | None = None  # the same again in a room is the same message
    owner: str | None = None


def from_channel(channel: bytes, data: bytes, *, prefix: str) -> Published:
    """Read what was published on a channel: `{"type":"message","room"?,"message"}`.

    Args:
        channel: as Redis says it, the prefix included.
        data: what was published.
        prefix: what stands before a room's name in a channel's.

    Raises:
        NotPublished: It is no message.
    """
    said = _object(data)
    room = _text(channel).removeprefix(prefix)
    if said.get("type") != "message":
        raise NotPublished(WrongShape.UNKNOWN_TYPE)
    if said.get("room", room) != room:
        raise NotPublished(WrongShape.OTHER_ROOM)
    return _published(room, said)


def from_stream(fields: Mapping[bytes, bytes], entry_id: bytes) -> Published:
    """Read an entry of the stream: `room`, `data` (the message, as JSON) and `key`, if given.

    An entry without a key is its own key, so that one which is read again is stored once.

    Raises:
        NotPublished: It is no message.
    """
    if b"room" not in fields:
        raise NotPublished(WrongShape.NO_ROOM)
    if b"data" not in fields:
        raise NotPublished(WrongShape.NO_MESSAGE)
    message = _json(fields[b"data"])
    key = _text(fields[b"key"]) if b"key" in fields else f"redis:{_text(entry_id)}"
    owner = _text(fields[b"owner"]) if b"owner" in fields else None
    return Published(_text(fields[b"room"]), message, _checked_key(key), owner)


def _published(room: str, said: Mapping[str, object]) -> Published:
    if "message" not in said:
        raise NotPublished(WrongShape.NO_MESSAGE)
    key, owner = said.get("idempotency_key"), said.get("owner")
    if not isinstance(owner, str | int | None) or isinstance(owner, bool):
        raise NotPublished(WrongShape.BAD_KEY)
    return Published(
        room,
        said["message"],
        None if key is None else _checked_key(key),
        None if owner is None else str(owner),
    )


def _checked_key(key: object) -> str:
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY_CHARS:
        raise NotPublished(WrongShape.BAD_KEY)
    return key


def _object(data: bytes) -> Mapping[str, object]:
    said = _json(data)
    if not isinstance(said, dict):
        raise NotPublished(WrongShape.NO_OBJECT)
    return cast("dict[str, object]", said)


def _json(data: bytes) -> object:
    if len(data) > MOST_BYTES:
        raise NotPublished(WrongShape.TOO_LARGE)
    try:
        return decode_json(data, JSON_DEPTH)
    except TooLarge as error:
        raise NotPublished(WrongShape.TOO_LARGE) from error
    except RemoteProtocolError as error:
        raise NotPublished(WrongShape.NOT_JSON) from error


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
