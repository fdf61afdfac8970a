"""What is said in a room, as values: messages as they are now, and what happens to them.

Knows no wire and no words. What a message says comes from others: it is shown character by
character. Source: PROTOCOL.md §3 (messages, streams).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, assert_never, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SHOWN_CHARS = 20_000
"""Of one message; a back-end's may be a megabyte."""


class Delivery(Enum):
    """Where a message is that somebody here wrote."""

    STORED = "stored"  # on the server, or by somebody else
    WAITING = "waiting"  # for the connection, or for its turn
    SENT = "sent"  # the server has not answered yet
    FAILED = "failed"  # the server said no


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomMessage:
    """One message of a room."""

    id: int  # 0 while it is not stored
    offset: int  # its place in the room's stream; 0 while it is not stored
    user_id: str | None  # None: a back-end
    name: str  # its author's then; plain text from others
    payload: object = field(repr=False)  # any JSON
    at_s: float  # unix time
    mid: str = ""  # what its author calls it
    reply_to: int | None = None  # the id of another message
    mentions: tuple[str, ...] = ()  # user ids
    is_edited: bool = False
    is_deleted: bool = False
    reactions: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    """Emoji → who put it there, first come first."""
    delivery: Delivery = Delivery.STORED
    failure: str = ""  # the error's slug

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others, the same before and after it is stored."""
        return (self.user_id or "", self.mid) if self.mid else ("", str(self.id))

    @property
    def text(self) -> str:
        """What it says; empty once it is deleted."""
        return "" if self.is_deleted else text_of(self.payload)


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """Somebody said something."""

    message: RoomMessage


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """A message says something else."""

    message_id: int
    payload: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class MessageRemoved:
    """A message is gone; it keeps its place."""

    message_id: int


@dataclass(frozen=True, slots=True)
class ReactionChanged:
    """An emoji came under a message, or went."""

    message_id: int
    user_id: str
    emoji: str
    is_there: bool


MessageChange = MessageEdited | MessageRemoved | ReactionChanged
RoomChange = MessagePosted | MessageChange


def changed(message: RoomMessage, change: MessageChange) -> RoomMessage:
    """Return a message as it is after something happened to it; twice is as once."""
    match change:
        case MessageEdited(payload=payload):
            return replace(message, payload=payload, is_edited=True)
        case MessageRemoved():
            return replace(message, payload=None, is_deleted=True, reactions={})
        case ReactionChanged(user_id=user_id, emoji=emoji, is_there=is_there):
            reactions = dict(message.reactions)
            users = tuple(user for user in reactions.get(emoji, ()) if user != user_id)
            if is_there:
                users = reactions.get(emoji, ())
                users = users if user_id in users else (*users, user_id)
            if users:
                reactions[emoji] = users
            else:
                reactions.pop(emoji, None)
            return replace(message, reactions=reactions)
        case _:
            assert_never(change)


def text_of(payload: object) -> str:
    """Return what a message says: the text, the `text` of an object, or JSON as it stands."""
    found: object = payload
    if isinstance(payload, dict):
        facts = cast("dict[str, object]", payload)
        found = facts.get("text", facts)
    if not isinstance(found, str):
        found = json.dumps(found, ensure_ascii=False)
    return clean_text(found)


def clean_text(text: str) -> str:
    """Return a text without what no one can see but what changes how the rest is read."""
    lines = text[:MAX_SHOWN_CHARS].replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in "\n\t" or not _is_hidden(char)).strip("\n")


def _is_hidden(char: str) -> bool:
    """Tell whether a character is a control, an override of direction, or half a pair."""
    is_control = char < " " or "\x7f" <= char <= "\x9f"
    is_bidi = "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"
    return is_control or is_bidi or "\ud800" <= char <= "\udfff"
