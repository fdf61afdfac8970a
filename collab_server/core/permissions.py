"""Who may do what in a room: the class rules and the union of what was given.

Knows names and letters only; the hub asks for grants and keeps the result a connection and room.
Source: PROTOCOL.md §2 and §3.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, assert_never

from collab_server.protocol.names import is_guest, user_segment
from collab_server.protocol.tokens import pattern_matches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collab_server.protocol.names import RoomId

READ = "r"
WRITE = "w"
HISTORY = "h"
MODERATE = "m"
OWN = "o"
OWNER_RIGHTS = "rwhmo"
INVITABLE_RIGHTS = "rwh"
"""What an invitation may hand on: never moderation or ownership."""


class RoomClass(Enum):
    """The first pattern of PROTOCOL.md §3 that a room's name matches."""

    PROJECT = "codexpro_project_"
    NOTIFICATIONS = "notifications_"
    USER = "user_"
    OCR_JOB = "ocr_job_"
    PROSHARE = "proshare_room_"
    CHAT = "chat_"
    DIRECT = "dm:"
    DEV_ROOM = "room_"
    DEV_TEST = "test_"


@dataclass(frozen=True, slots=True)
class Features:
    """What can be done in the rooms of a class, beyond what rights say."""

    speaks: str | None  # the right that posting a message takes; None: back-ends only
    ring_events: int  # kept in memory for who missed them; 0: nothing is stored
    keeps_s: int | None = None  # how long messages are kept; None: for ever
    greets: bool = False  # the last message is told to everybody who joins


_DAY_S = 86_400
FEATURES: Mapping[RoomClass, Features] = {
    RoomClass.PROJECT: Features(speaks=READ, ring_events=300),
    RoomClass.NOTIFICATIONS: Features(speaks=None, ring_events=300, keeps_s=30 * _DAY_S),
    RoomClass.USER: Features(speaks=None, ring_events=300, keeps_s=30 * _DAY_S),
    RoomClass.OCR_JOB: Features(speaks=None, ring_events=1, keeps_s=7 * _DAY_S, greets=True),
    RoomClass.PROSHARE: Features(speaks=WRITE, ring_events=300),
    RoomClass.CHAT: Features(speaks=WRITE, ring_events=300),
    RoomClass.DIRECT: Features(speaks=WRITE, ring_events=300),
    RoomClass.DEV_ROOM: Features(speaks=WRITE, ring_events=0),
    RoomClass.DEV_TEST: Features(speaks=WRITE, ring_events=0),
}

BANNED = "-"
"""Stands among a room's grants in place of letters: whatever else gives rights gives none.

But for who owns the room by their token: that the store does not know who is away, and nobody may
act on an owner.
"""

CLOSED = "!"
"""Stands in place of everybody's letters when a room was closed: nothing gives rights there."""

_GRANTABLE = {RoomClass.PROJECT, RoomClass.OCR_JOB, RoomClass.PROSHARE}


@functools.lru_cache(maxsize=4096)  # asked several times a message
def class_of(room: RoomId) -> RoomClass | None:
    """Return the class of a room, None for a name that belongs to none (which is refused)."""
    for room_class in RoomClass:
        if room.startswith(room_class.value) and len(room) > len(room_class.value):
            return room_class
    return None


def features_of(room: RoomId) -> Features:
    """Return what can be done in a room that has a class."""
    room_class = class_of(room)
    assert room_class is not None
    return FEATURES[room_class]


def is_bannable(room: RoomId) -> bool:
    """Tell whether somebody can be sent out of this room for good."""
    room_class = class_of(room)
    return room_class in _GRANTABLE or room_class is RoomClass.CHAT


def is_open_in_dev(room: RoomId) -> bool:
    """Tell whether everybody who is signed in may come to this room with `--dev`."""
    return class_of(room) in (RoomClass.DEV_ROOM, RoomClass.DEV_TEST)


def is_grantable(room: RoomId) -> bool:
    """Tell whether rows of `room_grants` can give rights in this room."""
    return class_of(room) in _GRANTABLE


def rights_in(
    room: RoomId, *, user_id: str, token_rooms: Mapping[str, str], granted: str, dev: bool
) -> str:
    """Return the letters a user has in a room: the union of class rule, token and grants.

    Args:
        room: the room's name.
        user_id: whose rights.
        token_rooms: pattern → letters, from the token's `rooms` claim.
        granted: letters from `room_grants` and the hook, "" for none; with BANNED or CLOSED
            nothing counts.
        dev: whether `room_*` and `test_*` are open (`--dev`).

    Returns:
        Distinct letters of "rwhmo" in that order, "" when the user may nothing.
    """
    room_class = class_of(room)
    if room_class is None:
        return ""
    by_token = set[str]().union(
        *(perm for pattern, perm in token_rooms.items() if pattern_matches(pattern, room))
    )
    if CLOSED in granted or (BANNED in granted and OWN not in by_token):
        return ""
    letters = set(_class_rights(room, room_class, user_id, dev=dev))
    if room_class in _GRANTABLE or room_class is RoomClass.CHAT:
        letters |= set(granted) | by_token
    if room_class is RoomClass.OCR_JOB:
        letters -= {WRITE}
    return "".join(letter for letter in OWNER_RIGHTS if letter in letters)


def _class_rights(room: RoomId, room_class: RoomClass, user_id: str, *, dev: bool) -> str:
    rest = room[len(room_class.value) :]
    segment = user_segment(user_id)
    match room_class:
        case RoomClass.NOTIFICATIONS | RoomClass.USER:
            return READ + HISTORY if rest == segment else ""
        case RoomClass.CHAT:
            return "" if is_guest(user_id) else READ + WRITE + HISTORY
        case RoomClass.DIRECT:
            pair = rest.split(":")
            ours = len(pair) == 2 and segment in pair and pair == sorted(pair)
            return READ + WRITE + HISTORY if ours else ""
        case RoomClass.DEV_ROOM | RoomClass.DEV_TEST:
            return READ + WRITE if dev else ""
        case RoomClass.PROJECT | RoomClass.OCR_JOB | RoomClass.PROSHARE:
            return ""
        case _:
            assert_never(room_class)
