"""What this user lets rooms know and nobody keeps: writing, having read, being there.

Never more often than needed, and again after a break where it still holds. Time is an argument.
Source: PROTOCOL.md §3 (typing, read marks, presence).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.collab.session_effects import SendFrame
from collab_server.protocol import events, room_events

if TYPE_CHECKING:
    from app.collab.session_effects import SessionEffect
    from app.model.participants import Status
    from collab_server.protocol.names import RoomId

TYPING_EVERY_S = 3.0
TYPING_TTL_S = 6.0
READ_EVERY_S = 1.0


class RoomSignals:
    """Invariant: marks only move forward, and the last one of each room reaches the server."""

    def __init__(self, effects: list[SessionEffect]) -> None:
        self._effects = effects
        self._ready: set[RoomId] = set()
        self._typing_s: dict[RoomId, float] = {}  # when it was said last
        self._marks: dict[RoomId, int] = {}
        self._unsent: dict[RoomId, float] = {}  # marks that are to be sent, and when
        self._marked_s: dict[RoomId, float] = {}  # when one was sent last
        self._status: Status = "active"
        self._is_up = False

    def link_up(self) -> None:
        """Say on a new connection how present this user is, before rooms are joined."""
        self._is_up = True
        if self._status != "active":
            self._send(room_events.SetPresence(status=self._status))

    def link_down(self) -> None:
        """Forget what was said on the connection; the marks are said again on the next one."""
        self._is_up = False
        self._ready.clear()
        self._typing_s.clear()
        self._marked_s.clear()
        self._unsent = dict.fromkeys(self._marks, 0.0)

    def room_ready(self, room: RoomId, now_s: float) -> None:
        """Take in that a room is joined on this connection."""
        self._ready.add(room)
        self.tick(now_s)

    def forget(self, room: RoomId) -> None:
        """Forget a room that is left."""
        self._ready.discard(room)
        for known in (self._typing_s, self._marks, self._unsent, self._marked_s):
            known.pop(room, None)

    def set_status(self, status: Status) -> None:
        """Say how present this user is, in all rooms."""
        if status != self._status:
            self._status = status
            if self._is_up:
                self._send(room_events.SetPresence(status=status))

    def set_typing(self, room: RoomId, now_s: float, *, is_typing: bool) -> None:
        """Say that this user writes, or has stopped to."""
        said_s = self._typing_s.get(room)
        if room not in self._ready:
            return
        if is_typing and (said_s is None or now_s - said_s >= TYPING_EVERY_S):
            self._typing_s[room] = now_s
            self._send(room_events.SetTyping(room=room, state="start"))
        elif not is_typing and said_s is not None:
            del self._typing_s[room]
            if now_s - said_s < TYPING_TTL_S:
                self._send(room_events.SetTyping(room=room, state="stop"))

    def mark_read(self, room: RoomId, offset: int, now_s: float) -> None:
        """Say how far this user has read."""
        if offset > self._marks.get(room, 0):
            self._marks[room] = offset
            after_s = self._marked_s.get(room, now_s - READ_EVERY_S)
            self._unsent.setdefault(room, after_s + READ_EVERY_S)
            self.tick(now_s)

    def due_s(self) -> float | None:
        """Return when a mark is to be sent; None while none is."""
        return min([due for room, due in self._unsent.items() if room in self._ready], default=None)

    def tick(self, now_s: float) -> None:
        """Send the marks that are due."""
        for room, due_s in list(self._unsent.items()):
            if room in self._ready and due_s <= now_s:
                del self._unsent[room]
                self._marked_s[room] = now_s
                self._send(room_events.MarkRead(room=room, offset=self._marks[room]))

    def _send(self, event: events.ClientEvent) -> None:
        self._effects.append(SendFrame(events.encode_event(event)))
