"""Names of rooms, documents and users, checked once where they come in.

Knows nothing of rights or of what a room is for. Source: PROTOCOL.md §1 (names) and §2 (`sub`).
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import NewType

from collab_server.protocol.errors import InvalidName

RoomId = NewType("RoomId", str)
"""A room's name that has passed `parse_room`."""

DocumentName = NewType("DocumentName", str)
"""A document's name that has passed `parse_document`; every room's name is one."""

UserId = NewType("UserId", str)
"""A user's id in its string form, whatever it was on the wire."""

MAX_DOCUMENT_NAME_BYTES = 255
MAX_NAME_CHARS = 64
GUEST_PREFIX = "guest:"

_MAX_SAFE_INTEGER = 2**53 - 1
_ROOM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:~-]{0,99}")
_DOCUMENT = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_.:~-]{0,99}(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9_.:~-]+)*"
)
_PLAIN_USER = re.compile(r"[A-Za-z0-9.-]{1,64}")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,15}")


def parse_room(text: str) -> RoomId:
    """Check a room's name.

    Raises:
        InvalidName: it has another character, or is empty or too long.
    """
    if _ROOM.fullmatch(text) is None:
        raise InvalidName("not a room's name")
    return RoomId(text)


def parse_document(text: str) -> DocumentName:
    """Check a document's name: a room's, or a room's and segments after slashes.

    Raises:
        InvalidName: it has another character, an empty or dotted segment, or is too long.
    """
    if len(text) > MAX_DOCUMENT_NAME_BYTES or _DOCUMENT.fullmatch(text) is None:
        raise InvalidName("not a document's name")
    return DocumentName(text)


@lru_cache(maxsize=4096)  # asked for every frame
def room_of(document: DocumentName) -> RoomId:
    """Return the room whose rights are the document's rights."""
    return RoomId(document.partition("/")[0])


def user_segment(user_id: str) -> str:
    """Return a user id as it stands in the name of a room, for example after `user_`.

    Raises:
        InvalidName: the id holds a lone surrogate, so nobody can write it down.
    """
    if _PLAIN_USER.fullmatch(user_id) is not None:
        return user_id
    try:
        raw = user_id.encode()
    except UnicodeEncodeError as error:
        raise InvalidName("not a user's id") from error
    return "~" + base64.b32encode(raw).decode().rstrip("=")


def user_id_on_wire(user_id: str) -> int | str:
    """Return a user id as JSON shows it: a number when it is written like one."""
    if _INTEGER.fullmatch(user_id) is not None and int(user_id) <= _MAX_SAFE_INTEGER:
        return int(user_id)
    return user_id


def user_id_from_wire(value: int | str) -> UserId:
    """Return the string form of a user id that came in JSON."""
    return UserId(str(value))


def is_guest(user_id: str) -> bool:
    """Tell whether a user came in by an invitation and has no account."""
    return user_id.startswith(GUEST_PREFIX)


def clean_name(text: str) -> str | None:
    """Return a person's name as others may see it: 1 to 64 printable characters, or None."""
    printable = "".join(
        char for char in text if char.isprintable() and not "\ud800" <= char <= "\udfff"
    )
    return printable.strip()[:MAX_NAME_CHARS].rstrip() or None
