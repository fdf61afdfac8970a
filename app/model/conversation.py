"""One room's messages as a window shows them: a part of the stream, and what waits to be sent.

Knows no room's name, no wire, no clock and no widget. The part is bounded: what is far from where
one reads is let go and asked for again. Source: EDITOR.md (chat), PROTOCOL.md §3 (streams).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from app.model.room_messages import Delivery, MessagePosted, changed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.model.room_messages import MessageChange, RoomChange, RoomMessage

MOST_SHOWN = 400
MOST_REMEMBERED = 500
"""Changes that a page which was under way meanwhile may not know of; making one twice is once."""

MOST_READERS = 200


class Conversation:
    """What is known of one room.

    Invariant: `messages` are ascending by offset, without a hole other than those in `gaps`; while
    `has_newer` the newest of the stream are not among them, and none is added at the end.
    """

    def __init__(self, me: str = "") -> None:
        self.me = me  # the own user id
        self.messages: list[RoomMessage] = []
        self.pending: list[RoomMessage] = []  # written here and not yet stored, in order
        self.has_older = False
        self.has_newer = False
        self.gaps: set[int] = set()  # ids of messages before which some may be missing
        self.read_offset = 0
        self.unread = 0  # messages of others
        self.unread_mentions = 0  # of them, those that name this user
        self.new_after: int | None = None  # the offset after which something was new
        self.readers: dict[str, int] = {}  # others' user ids → how far they have read
        self._top = 0  # offset of the last message that is known of
        self._remembered: deque[MessageChange] = deque(maxlen=MOST_REMEMBERED)
        self._gap_next = False

    def begin(
        self, messages: Sequence[RoomMessage], *, has_older: bool, unread: int, read_offset: int
    ) -> None:
        """Begin anew with the newest messages; what waits to be sent goes on waiting."""
        self.messages = list(messages)
        self.has_older, self.has_newer = has_older, False
        self.gaps, self._gap_next = set(), False
        self._remembered.clear()
        self._top = max([message.offset for message in messages], default=0)
        self.read_offset = max(self.read_offset, read_offset)
        self._settle()
        known = [each for each in self.messages if self._is_unread(each)]
        self.unread = unread if self.read_offset == read_offset else len(known)
        self.unread_mentions = sum(self.is_for_me(message) for message in known)
        self.new_after = self.read_offset if self.unread else None

    def note_gap(self) -> None:
        """Take in that messages may be missing between those that are here and what comes next."""
        self._gap_next = bool(self.messages)

    def take(self, changes: Iterable[RoomChange], *, is_watched: bool = False) -> bool:
        """Take in what happened, in order.

        Args:
            changes: what the room was told.
            is_watched: whether somebody looks at the end of the conversation.

        Returns:
            Whether the own mark moved, and should be told.
        """
        before = self.read_offset
        for change in changes:
            if isinstance(change, MessagePosted):
                self._post(change.message, is_watched=is_watched)
            else:
                self._change(change)
        return self.read_offset > before

    def take_page(self, messages: Sequence[RoomMessage], *, is_older: bool, has_more: bool) -> None:
        """Put a page of the stream before or after what is here; what is too far goes."""
        messages = [self._as_now(message) for message in messages]
        if is_older:
            first = self.messages[0].offset if self.messages else self._top + 1
            self.messages[:0] = [each for each in messages if each.offset < first]
            self.has_older = has_more
            if len(self.messages) > MOST_SHOWN:
                del self.messages[MOST_SHOWN:]
                self.has_newer = True
        elif self.has_newer:
            last = self.messages[-1].offset if self.messages else 0
            self.messages += [each for each in messages if each.offset > last]
            reached = self.messages[-1].offset if self.messages else 0
            self.has_newer = has_more or reached < self._top
            self._let_oldest_go()
        self._settle()

    def write(self, message: RoomMessage) -> None:
        """Take in a message that is written here and waits, unless it is known already."""
        if all(each.mid != message.mid for each in self.pending):
            self.pending.append(message)
        self._settle()
        self.new_after = None

    def deliver(self, mid: str, delivery: Delivery, *, failure: str = "") -> None:
        """Take in where a message is that was written here."""
        self.pending = [
            replace(each, delivery=delivery, failure=failure) if each.mid == mid else each
            for each in self.pending
        ]

    def store(self, mid: str, *, message_id: int, offset: int, at_s: float) -> None:
        """Take in that a message of this user stands in the stream."""
        for message in [each for each in self.pending if each.mid == mid]:
            stored = replace(
                message,
                id=message_id,
                offset=offset,
                at_s=at_s,
                delivery=Delivery.STORED,
                failure="",
            )
            self._post(stored, is_watched=True)

    def withdraw(self, mid: str) -> None:
        """Forget a message that was written here."""
        self.pending = [each for each in self.pending if each.mid != mid]

    def mark_read(self) -> bool:
        """Take in that this user has read everything; tell whether that is news."""
        is_news = self.unread > 0 or self.read_offset < self._top
        self.read_offset = max(self.read_offset, self._top)
        self.unread = self.unread_mentions = 0
        return is_news

    def take_mark(self, user_id: str, offset: int) -> None:
        """Take in how far somebody has read, this user on another device included."""
        if user_id != self.me:
            if user_id in self.readers or len(self.readers) < MOST_READERS:
                self.readers[user_id] = max(offset, self.readers.get(user_id, 0))
            return
        self.read_offset = max(self.read_offset, offset)
        unread = [message for message in self.messages if self._is_unread(message)]
        is_whole = bool(self.messages) and self.messages[0].offset <= self.read_offset + 1
        if is_whole and not self.has_newer:
            self.unread = len(unread)
        elif self.read_offset >= self._top:
            self.unread = 0
        self.unread_mentions = sum(self.is_for_me(message) for message in unread)
        if not self.unread:
            self.new_after = None

    def message_of(self, message_id: int) -> RoomMessage | None:
        """Return a message that is here; None for one that is not."""
        return next((each for each in self.messages if each.id == message_id), None)

    def is_for_me(self, message: RoomMessage) -> bool:
        """Tell whether somebody else names this user in a message, or answers one."""
        if message.user_id == self.me or message.is_deleted:
            return False
        answered = self.message_of(message.reply_to) if message.reply_to else None
        is_answer = answered is not None and answered.user_id == self.me
        return self.me in message.mentions or is_answer

    @property
    def rows(self) -> list[RoomMessage]:
        """What is shown, in order."""
        return self.messages if self.has_newer else [*self.messages, *self.pending]

    @property
    def first_offset(self) -> int | None:
        """Where what is here begins; None while nothing is."""
        return self.messages[0].offset if self.messages else None

    @property
    def last_offset(self) -> int:
        """Where what is here ends; 0 while nothing is."""
        return self.messages[-1].offset if self.messages else 0

    @property
    def top_offset(self) -> int:
        """Of the last message that is known of, whether it is here or not."""
        return self._top

    def _post(self, message: RoomMessage, *, is_watched: bool) -> None:
        is_known = any(each.id == message.id for each in self.messages)
        if message.mid and message.user_id == self.me:
            self.withdraw(message.mid)
        if is_known:
            return
        is_news = message.offset > self._top
        before, self._top = self._top, max(self._top, message.offset)
        if not self.has_newer:
            offsets = [each.offset for each in self.messages]
            self.messages.insert(bisect_left(offsets, message.offset), message)
            if self._gap_next:
                self.gaps.add(message.id)
                self._gap_next = False
            if is_watched:
                self._let_oldest_go()
            elif len(self.messages) > 2 * MOST_SHOWN:  # somebody reads further up
                del self.messages[MOST_SHOWN:]
                self.has_newer = True
        if is_news:
            self._count(message, before, is_watched=is_watched)

    def _count(self, message: RoomMessage, before: int, *, is_watched: bool) -> None:
        if message.user_id == self.me:
            self.read_offset, self.unread, self.unread_mentions = message.offset, 0, 0
        elif is_watched and not self.unread:
            self.read_offset = message.offset
        elif self._is_unread(message):
            if not self.unread:
                self.new_after = max(before, self.read_offset)
            self.unread += 1
            self.unread_mentions += self.is_for_me(message)

    def _change(self, change: MessageChange) -> None:
        self._remembered.append(change)
        for place, message in enumerate(self.messages):
            if message.id == change.message_id:
                self.messages[place] = changed(message, change)

    def _as_now(self, message: RoomMessage) -> RoomMessage:
        """Return a message of a page with what was told while the page was under way."""
        for change in self._remembered:
            if change.message_id == message.id:
                message = changed(message, change)
        return message

    def _is_unread(self, message: RoomMessage) -> bool:
        is_others = message.user_id != self.me and not message.is_deleted
        return is_others and message.offset > self.read_offset

    def _settle(self) -> None:
        """Let those go from what waits that turn out to be stored."""
        stored = {message.mid for message in self.messages if message.user_id == self.me}
        self.pending = [message for message in self.pending if message.mid not in stored]

    def _let_oldest_go(self) -> None:
        if len(self.messages) > MOST_SHOWN:
            del self.messages[: len(self.messages) - MOST_SHOWN]
            self.has_older = True
