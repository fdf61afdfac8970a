"""What is known of a room's events: as the hub decides them, and as the store keeps them.

Shapes only, shared by both, which know nothing of each other.

Source: PROTOCOL.md §3 (streams).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, UnsetType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collab_server.protocol.names import RoomId

BACK_END = ""
"""The user id of what a back-end said; null on the wire."""

EventKind = Literal["message", "edit", "delete", "react", "unreact"]
Refusal = Literal["message_not_found", "permission_denied", "limit_exceeded", "room_closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTerms:
    """What holds in one room beside rights; by itself, nothing."""

    has_password: bool = False  # who knows it becomes a member
    max_users: int | None = None
    expires_at_s: int | None = None  # unix time; from then on the room is closed
    keep_s: int | None = None  # how long messages are kept

    def is_over(self, now_unix_s: float) -> bool:
        """Whether the room's time has come."""
        return self.expires_at_s is not None and self.expires_at_s <= now_unix_s


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTerms:
    """Terms as somebody sets them: UNSET leaves one as it is, None lets it hold no more."""

    password: str | UnsetType | None = field(default=UNSET, repr=False)
    max_users: int | UnsetType | None = UNSET
    expires_at_s: int | UnsetType | None = UNSET
    keep_s: int | UnsetType | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """Something to be stored. Invariant: `message_id` is 0 exactly for a message."""

    kind: EventKind
    room: RoomId
    user_id: str  # who does it; BACK_END
    at_ms: int  # unix time
    message: bytes = field(default=b"null", repr=False)  # what is said, as JSON
    client_id: str | None = None
    name: str | None = None
    mid: str | None = None
    reply_to: int | None = None
    mentions: tuple[int | str, ...] = ()
    message_id: int = 0  # what it happens to
    any_author: bool = False  # it may happen to a message of somebody else
    emoji: str = ""
    owner: str | None = None  # who may see the room from now on


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an event that was to be stored."""

    epoch: str
    offset: int  # its place, or that of what stands already; 0 when refused or nothing changed
    message_id: int
    at_ms: int  # when it was first stored
    is_duplicate: bool = False  # it stands already; nothing was written
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it is now."""

    room: RoomId
    id: int
    offset: int
    user_id: str
    client_id: str | None
    name: str | None
    message: bytes = field(repr=False)  # JSON; null when deleted
    mid: str | None
    reply_to: int | None
    mentions: tuple[int | str, ...]
    at_ms: int
    edited_at_ms: int | None = None
    is_deleted: bool = False
    reactions: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class StoredChange:
    """Something that happened to a message."""

    room: RoomId
    offset: int
    kind: EventKind
    message_id: int
    user_id: str
    emoji: str | None
    at_ms: int
    message: bytes | None = field(default=None, repr=False)  # of an edit: JSON; None once gone


@dataclass(frozen=True, slots=True)
class StoredStream:
    """Where a stream stands, and its last events, ascending and without a gap up to the top."""

    epoch: str
    top_offset: int
    events: tuple[StoredMessage | StoredChange, ...]


@dataclass(frozen=True, slots=True)
class StoredPage:
    """Messages, ascending."""

    epoch: str
    messages: tuple[StoredMessage, ...]
    has_more: bool
