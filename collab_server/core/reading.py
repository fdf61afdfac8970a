"""What members of a room have missed, have read and want to read again.

Brings rooms' streams into memory when the first member comes, and forgets them when nobody has been
there for a while. What must wait for the store holds the client. Decides no rights. Source:
PROTOCOL.md §3 (streams, recovery, read marks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from collab_server.core.context import DeadlineKind
from collab_server.core.effects import Relay, Send
from collab_server.core.permissions import FEATURES, HISTORY, features_of
from collab_server.core.room_effects import (
    FindReader,
    ForgetOld,
    OpenStream,
    ReadHistory,
    SaveReadMarks,
)
from collab_server.core.streams import Reader, Stream, message_event
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import encode_event
from collab_server.protocol.room_events import HistoryPage, ReadMarked

if TYPE_CHECKING:
    from collab_server.core.context import Context
    from collab_server.core.effects import ClientId
    from collab_server.core.rooms import Rooms
    from collab_server.core.states import Client
    from collab_server.protocol.client_events import Join
    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_events import FindHistory, MarkRead
    from collab_server.protocol.room_facts import StoredPage, StoredStream

MARKS_AFTER_S = 1.0
SWEEP_EVERY_S = 60.0
FORGET_EVERY_S = 600.0
RECEIPTS_UP_TO = 50
"""Members of a room that still hear of everybody's read marks."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody who joins stands in a stream (PROTOCOL.md §3, `room_joined`)."""

    epoch: str
    offset: int
    recovered: bool
    events: tuple[msgspec.Raw, ...]
    unread: int
    read_offset: int


class Reading:
    """The read path of all rooms.

    Invariant: a room that has a listener and keeps its events has its stream in memory, with a
    reader for each of its members.
    """

    def __init__(self, context: Context, rooms: Rooms, streams: dict[RoomId, Stream]) -> None:
        self._context = context
        self._rooms = rooms
        self._streams = streams
        self._waiting: dict[RoomId, list[ClientId]] = {}  # for a stream to be opened
        self._idle: set[RoomId] = set()  # had no listener at the last sweep
        self._marks: dict[tuple[RoomId, str], int] = {}  # to be saved
        self._saving: dict[tuple[RoomId, str], int] = {}
        self._sweeps = False
        self._forget_at_s = 0.0

    @property
    def is_settled(self) -> bool:
        """Whether every mark that moved is stored."""
        return not self._marks and not self._saving

    def is_ready(self, client: Client, join: Join, now_s: float) -> bool:
        """Tell whether a client can be told where it stands in a room; else it is parked."""
        room, user = join.room, client.user
        assert user is not None
        features = features_of(room)
        if not features.ring_events:
            return True
        stream = self._streams.get(room)
        if stream is not None and stream.unread(user.id) is not None:
            return True
        client.waits_for, client.parked = room, join
        if stream is None:
            self._open(room, client.id, features.ring_events, now_s)
            return False
        known = stream.readers.get(user.id)
        mark = known.mark if known is not None else None
        self._context.effects.append(
            FindReader(client.id, room, user.id, stream.top, stream.counted, mark)
        )
        return False

    def place(
        self, client: Client, join: Join, perm: str, keep_s: int | None, now_unix_s: float
    ) -> Place | None:
        """Return where a client stands that joins now; None in a room that keeps nothing."""
        stream = self._streams.get(join.room)
        if stream is None:
            return None
        if keep_s is not None:
            stream.forget_before(int((now_unix_s - keep_s) * 1000))
        user = client.user
        assert user is not None
        unread = stream.unread(user.id)
        assert unread is not None
        recovered, frames = False, ()
        since = 0 if HISTORY in perm else stream.since.setdefault(user.id, stream.top)
        if join.recover is not None and join.recover.offset >= since:
            missed = stream.missed(join.recover)
            recovered, frames = missed is not None, missed or ()
        if not recovered and HISTORY in perm:
            frames = stream.last_messages(join.history)
        return Place(
            epoch=stream.epoch,
            offset=stream.top,
            recovered=recovered,
            events=tuple(msgspec.Raw(frame.encode()) for frame in frames),
            unread=unread,
            read_offset=stream.readers[user.id].mark,
        )

    def greet(self, client: Client, room: RoomId, place: Place | None) -> None:
        """Tell the last state to somebody who joined and has not just been told."""
        if place is None or place.recovered or not features_of(room).greets:
            return
        for frame in self._streams[room].last_messages(1):
            self._context.effects.append(Send(client.id, frame))

    def find(self, client: Client, event: FindHistory, perm: str, now_s: float) -> None:
        """Look for a page of messages."""
        if HISTORY not in perm or not features_of(event.room).ring_events:
            self._context.refuse(
                client, ErrorCode.PERMISSION_DENIED, room=event.room, re=event.id, now_s=now_s
            )
            return
        self._context.effects.append(
            ReadHistory(client.id, event.id, event.room, event.before, event.after, event.limit)
        )

    def mark(self, client: Client, event: MarkRead, now_s: float) -> None:
        """Move a user's mark forward, and tell the user's other connections and the others."""
        stream, user = self._streams.get(event.room), client.user
        assert user is not None
        if stream is None or not stream.mark_read(user.id, event.offset):
            return
        self._note_mark(event.room, user.id, now_s)
        told = ReadMarked(
            room=event.room, user_id=user.wire_id, offset=stream.readers[user.id].mark
        )
        listeners = self._rooms.listeners(event.room)
        if self._rooms.users_in(event.room) > RECEIPTS_UP_TO:
            listeners = self._rooms.listeners(event.room, of_user=user.id)
        others = tuple(listener for listener in listeners if listener != client.id)
        if others:
            self._context.effects.append(
                Relay(others, ((None, encode_event(told)),), ephemeral=True)
            )

    def take_as_read(self, room: RoomId, user_id: str, offset: int, now_s: float) -> None:
        """Move the mark of somebody who writes, and so has read."""
        self._streams[room].mark_read(user_id, offset)
        self._note_mark(room, user_id, now_s)

    def save_marks(self) -> None:
        """Store the marks that have moved."""
        if self._marks and not self._saving:
            self._saving, self._marks = self._marks, {}
            marks = tuple((room, user, offset) for (room, user), offset in self._saving.items())
            self._context.effects.append(SaveReadMarks(marks))

    # What the store answers.

    def opened(self, room: RoomId, stored: StoredStream) -> list[ClientId]:
        """Take a stream into memory; return who waited for it."""
        ring_events = features_of(room).ring_events
        self._streams[room] = Stream.from_store(stored, ring_events)
        self._idle.discard(room)
        return self._waiting.pop(room)

    def open_failed(self, room: RoomId) -> list[ClientId]:
        """Return who waited for a stream that the store could not read."""
        return self._waiting.pop(room)

    def reader_found(self, asked: FindReader, mark: int, unread: int) -> None:
        """Remember how far a user has read."""
        stream = self._streams.get(asked.room)
        if stream is None or stream.unread(asked.user_id) is not None:
            return
        stream.readers[asked.user_id] = Reader(mark, unread, asked.counted)

    def page_read(self, asked: ReadHistory, page: StoredPage, now_s: float) -> None:
        """Hand out a page, if the room may still be read."""
        client = self._context.live(asked.client)
        if client is None:
            return
        if HISTORY not in client.perms.get(asked.room, ""):
            code, re = ErrorCode.PERMISSION_DENIED, asked.request_id
            self._context.refuse(client, code, room=asked.room, re=re, now_s=now_s)
            return
        messages = tuple(
            msgspec.Raw(encode_event(message_event(message)).encode()) for message in page.messages
        )
        self._context.tell(
            client,
            HistoryPage(
                room=asked.room,
                messages=messages,
                epoch=page.epoch,
                more=page.has_more,
                re=asked.request_id,
            ),
        )

    def marks_saved(self, now_s: float, *, are_saved: bool) -> None:
        """Forget the marks that are stored, or keep them for another try."""
        saving, self._saving = self._saving, {}
        if not are_saved:
            self._marks = saving | self._marks
        if self._marks:
            self._context.deadlines.add(now_s + MARKS_AFTER_S, DeadlineKind.MARKS, "")

    # Time.

    def wake(self, now_s: float) -> None:
        """Look after what is old from now on."""
        if not self._sweeps:
            self._sweeps = True
            self._context.deadlines.add(now_s + SWEEP_EVERY_S, DeadlineKind.SWEEP, "")

    def sweep(self, now_s: float) -> None:
        """Forget streams that nobody has listened to for a while, and what is too old."""
        if now_s >= self._forget_at_s:
            self._forget_at_s = now_s + FORGET_EVERY_S
            keeps = tuple(
                (room_class.value, features.keeps_s * 1000)
                for room_class, features in FEATURES.items()
                if features.keeps_s is not None
            )
            self._context.effects.append(ForgetOld(keeps))
        unsaved = {room for room, _ in self._marks | self._saving}
        idle = {
            room
            for room in self._streams
            if room not in unsaved and not self._rooms.listeners(room)
        }
        for room in idle & self._idle:
            del self._streams[room]
        self._idle = idle - self._idle
        self._sweeps = bool(self._streams)
        if self._sweeps:
            self._context.deadlines.add(now_s + SWEEP_EVERY_S, DeadlineKind.SWEEP, "")

    def _open(self, room: RoomId, client_id: ClientId, count: int, now_s: float) -> None:
        self.wake(now_s)
        waiting = self._waiting.setdefault(room, [])
        if not waiting:
            epoch = self._context.new_id()[:16]
            self._context.effects.append(OpenStream(room, count, epoch))
        waiting.append(client_id)

    def _note_mark(self, room: RoomId, user_id: str, now_s: float) -> None:
        """Remember that a mark has moved, to be stored soon."""
        if not self._marks and not self._saving:
            self._context.deadlines.add(now_s + MARKS_AFTER_S, DeadlineKind.MARKS, "")
        self._marks[room, user_id] = self._streams[room].readers[user_id].mark
