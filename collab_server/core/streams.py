"""A room's stream of stored events in memory: where it stands, the last events, who read how far.

A cache of the store, which is the truth: made from it, and moved by what it has committed. Knows no
connections and no rights. Source: PROTOCOL.md §3 (streams, recovery, read marks).
"""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from collab_server.protocol.events import encode_event
from collab_server.protocol.names import user_id_on_wire
from collab_server.protocol.room_events import (
    MessageDeleted,
    MessagePosted,
    MessageUpdated,
    Reacted,
)
from collab_server.protocol.room_facts import BACK_END, StoredChange, StoredMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collab_server.protocol.client_events import Position
    from collab_server.protocol.room_facts import StoredStream

RING_BYTES = 256 * 1024
MOST_UNREAD = 999
SHOWN_REACTIONS = 100  # users an emoji


@dataclass(slots=True)
class Reader:
    """How far a user has read. Invariant: `mark` never moves back."""

    mark: int
    unread: int | None  # messages of others after `mark`, when there were `counted`; None: unknown
    counted: int  # the stream's count of messages then


@dataclass(slots=True)
class _Entry:
    """An event as it is told to who missed it."""

    event: StoredMessage | StoredChange
    frame: str

    @property
    def message(self) -> StoredMessage | None:
        """The message that it is, None when it is a change."""
        return self.event if isinstance(self.event, StoredMessage) else None


@dataclass(slots=True)
class Stream:
    """One room's stream.

    Invariant: the ring holds the last events up to `top` without a gap, each as it is now: what was
    deleted is not in it.
    """

    epoch: str
    top: int
    ring_events: int
    counted: int = 0  # messages that came since it is in memory
    readers: dict[str, Reader] = field(default_factory=dict[str, Reader])
    since: dict[str, int] = field(default_factory=dict[str, int])  # user → first known top
    _ring: deque[_Entry] = field(default_factory=deque["_Entry"])
    _ring_bytes: int = 0

    @classmethod
    def from_store(cls, stored: StoredStream, ring_events: int) -> Stream:
        """Return a stream as the store has it."""
        stream = cls(stored.epoch, stored.top_offset, ring_events)
        for event in stored.events:
            stream._add(event)
        return stream

    def add(self, event: StoredMessage | StoredChange) -> str | None:
        """Take in an event that was committed; return its frame, or None when it is known."""
        if event.offset <= self.top:
            return None
        self.top = event.offset
        if isinstance(event, StoredMessage):
            self.counted += 1
        else:
            self._change(event)
        return self._add(event)

    def missed(self, position: Position) -> tuple[str, ...] | None:
        """Return the events after a position, or None when it cannot be said for sure."""
        if position.epoch != self.epoch or not 0 <= position.offset <= self.top:
            return None
        count = self.top - position.offset
        if count > len(self._ring):
            return None
        return tuple(entry.frame for entry in self._last(count))

    def last_messages(self, count: int) -> tuple[str, ...]:
        """Return up to so many of the last messages, ascending, as far as they are in memory."""
        messages = [entry.frame for entry in self._ring if entry.message is not None]
        return tuple(messages[-count:]) if count else ()

    def forget_before(self, at_ms: int) -> None:
        """Forget what was said before a moment, and what it was changed to since."""
        gone: set[int] = set()
        while self._ring and self._ring[0].event.at_ms < at_ms:
            entry = self._ring.popleft()
            self._ring_bytes -= len(entry.frame)
            if isinstance(entry.event, StoredMessage):
                gone.add(entry.event.id)
        for entry in self._ring if gone else ():
            event = entry.event
            if (
                isinstance(event, StoredChange)
                and event.kind == "edit"
                and event.message_id in gone
            ):
                self._tell_anew(entry, replace(event, message=None))

    def mark_read(self, user_id: str, offset: int) -> bool:
        """Move a user's mark forward; false when that changes nothing."""
        reader = self.readers[user_id]
        offset = min(offset, self.top)
        if offset <= reader.mark:
            return False
        reader.mark = offset
        reader.unread, reader.counted = self._unread_after(offset, user_id), self.counted
        return True

    def unread(self, user_id: str) -> int | None:
        """Return how many messages of others a user has not read; None when the store must say."""
        reader = self.readers.get(user_id)
        if reader is None or reader.unread is None:
            return None
        return min(MOST_UNREAD, reader.unread + self.counted - reader.counted)

    def _unread_after(self, offset: int, user_id: str) -> int | None:
        if self.top - offset > len(self._ring):
            return None
        return sum(
            entry.message.user_id != user_id
            for entry in self._last(self.top - offset)
            if entry.message is not None and not entry.message.is_deleted
        )

    def _last(self, count: int) -> Iterator[_Entry]:
        last = list(itertools.islice(reversed(self._ring), count))
        return reversed(last)

    def _add(self, event: StoredMessage | StoredChange) -> str:
        entry = _Entry(event, frame_of(event))
        self._ring.append(entry)
        self._ring_bytes += len(entry.frame)
        while len(self._ring) > self.ring_events or (
            self._ring_bytes > RING_BYTES and len(self._ring) > 1
        ):
            self._ring_bytes -= len(self._ring.popleft().frame)
        return entry.frame

    def _change(self, change: StoredChange) -> None:
        """Let the ring tell of a message what is true now."""
        for entry in self._ring:
            event = entry.event
            if isinstance(event, StoredMessage):
                if event.id == change.message_id:
                    self._tell_anew(entry, changed(event, change))
            elif (
                event.message_id == change.message_id
                and event.kind == "edit"
                and change.kind in ("edit", "delete")
            ):
                self._tell_anew(entry, replace(event, message=change.message))

    def _tell_anew(self, entry: _Entry, event: StoredMessage | StoredChange) -> None:
        self._ring_bytes -= len(entry.frame)
        entry.event, entry.frame = event, frame_of(event)
        self._ring_bytes += len(entry.frame)


def changed(message: StoredMessage, change: StoredChange) -> StoredMessage:
    """Return a message after something happened to it."""
    emoji, user_id = change.emoji or "", change.user_id
    reactions = dict(message.reactions)
    match change.kind:
        case "edit":
            said = message.message if change.message is None else change.message
            return replace(message, message=said, edited_at_ms=change.at_ms)
        case "delete":
            return replace(message, message=b"null", mentions=(), reactions={}, is_deleted=True)
        case "react":
            reactions[emoji] = (*reactions.get(emoji, ()), user_id)
        case _:
            left = tuple(other for other in reactions.pop(emoji, ()) if other != user_id)
            if left:
                reactions[emoji] = left
    return replace(message, reactions=reactions)


def frame_of(event: StoredMessage | StoredChange) -> str:
    """Return a stored event as it goes over the wire."""
    return encode_event(
        message_event(event) if isinstance(event, StoredMessage) else change_event(event)
    )


def message_event(message: StoredMessage) -> MessagePosted:
    """Return a message as clients see it."""
    edited_at_ms = message.edited_at_ms
    return MessagePosted(
        user_id=None if message.user_id == BACK_END else user_id_on_wire(message.user_id),
        client_id=message.client_id,
        message=msgspec.Raw(message.message),
        timestamp=message.at_ms // 1000,
        room=message.room,
        id=message.id,
        offset=message.offset,
        ts=message.at_ms,
        mid=message.mid,
        name=message.name,
        reply_to=message.reply_to,
        mentions=message.mentions,
        edited_at=None if edited_at_ms is None else edited_at_ms // 1000,
        deleted=message.is_deleted,
        reactions={
            emoji: tuple(map(user_id_on_wire, users[:SHOWN_REACTIONS]))
            for emoji, users in message.reactions.items()
        },
    )


def change_event(change: StoredChange) -> MessageUpdated | MessageDeleted | Reacted:
    """Return what happened to a message as clients see it."""
    room, message_id, offset = change.room, change.message_id, change.offset
    user_id = user_id_on_wire(change.user_id)
    if change.kind == "delete" or (change.kind == "edit" and change.message is None):
        return MessageDeleted(room=room, message_id=message_id, user_id=user_id, offset=offset)
    if change.kind == "edit":
        assert change.message is not None
        return MessageUpdated(
            room=room,
            message_id=message_id,
            user_id=user_id,
            message=msgspec.Raw(change.message),
            edited_at=change.at_ms // 1000,
            offset=offset,
        )
    return Reacted(
        room=room,
        message_id=message_id,
        user_id=user_id,
        emoji=change.emoji or "",
        op="add" if change.kind == "react" else "remove",
        offset=offset,
    )
