"""What this user says in rooms, on its way to the server: each message once, in order.

A message has a name of its own (`mid`), which the server keeps: sent again after a break it is the
same message. One a room is under way at a time, so that none overtakes another. Time is an
argument. Source: PROTOCOL.md §3 (`mid`, `ack`), EDITOR.md (offline).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from app.collab.room_wire import LATEST_S, bounded
from app.collab.session_effects import (
    ChangeRefused,
    DeliveryChanged,
    MessageStored,
    SendFrame,
)
from app.model.room_messages import Delivery
from collab_server.protocol import events, room_events
from collab_server.protocol.names import user_id_on_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.collab.session_effects import SessionEffect
    from collab_server.protocol.names import RoomId

MOST_WAITING = 500
"""Messages of one room; further ones fail at once. Of refused ones as many can be tried again."""

MOST_TRIES = 8
"""While the server says that it cannot just now."""

_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_WAITING = "too_many_waiting"
_LOST = "connection_lost"


@dataclass(slots=True)
class _Post:
    """A message that is not stored yet."""

    event: room_events.PostMessage
    request: int = 0  # of the try that is under way; 0: none is
    tries: int = 0
    due_s: float = 0.0  # not before


class Outgoing:
    """The messages of all rooms.

    Invariant: of each room at most the first message is under way; a message leaves the line when
    the server has stored it, or has refused it for good.
    """

    def __init__(
        self,
        effects: list[SessionEffect],
        *,
        next_request: Callable[[], int],
        new_mid: Callable[[], str],
    ) -> None:
        self._effects = effects
        self._next_request = next_request
        self._new_mid = new_mid
        self._lines: dict[RoomId, deque[_Post]] = {}
        self._failed: dict[str, room_events.PostMessage] = {}  # by mid
        self._ready: set[RoomId] = set()  # rooms that this connection has joined
        self._changes: dict[int, tuple[RoomId, int]] = {}  # request → message

    def post(
        self,
        room: RoomId,
        text: str,
        *,
        reply_to: int | None = None,
        mentions: Sequence[str] = (),
        mid: str = "",
        now_s: float,
    ) -> str:
        """Say something, now or as soon as it can be; return its `mid`.

        With the `mid` of an earlier try, perhaps of another process, it is said once all the same.
        """
        mid = mid or self._new_mid()
        event = room_events.PostMessage(
            room=room,
            message=text,
            mid=mid,
            reply_to=reply_to,
            mentions=tuple(map(user_id_on_wire, mentions)),
        )
        self._put(event, now_s)
        return mid

    def retry(self, mid: str, now_s: float) -> None:
        """Try once more with a message that was refused."""
        event = self._failed.pop(mid, None)
        if event is not None:
            self._tell(event, Delivery.WAITING)
            self._put(event, now_s)

    def withdraw(self, mid: str) -> None:
        """Forget a message that was refused."""
        self._failed.pop(mid, None)

    def change(
        self,
        room: RoomId,
        message_id: int,
        change: room_events.EditMessage | room_events.DeleteMessage | room_events.React,
    ) -> None:
        """Ask for a change of a stored message; without a connection it is refused at once.

        Args:
            room: of the message.
            message_id: whose.
            change: without an `id`.
        """
        if room not in self._ready:
            self._effects.append(ChangeRefused(room, message_id, _LOST))
            return
        request = self._next_request()
        self._changes[request] = room, message_id
        # Not `msgspec.structs.replace`, which would let its result be of any type.
        match change:
            case room_events.EditMessage(message=message):
                self._send(
                    room_events.EditMessage(
                        room=room, message_id=message_id, message=message, id=request
                    )
                )
            case room_events.DeleteMessage():
                self._send(room_events.DeleteMessage(room=room, message_id=message_id, id=request))
            case room_events.React(emoji=emoji, op=op):
                self._send(
                    room_events.React(
                        room=room, message_id=message_id, emoji=emoji, op=op, id=request
                    )
                )
            case _:
                assert_never(change)

    def room_ready(self, room: RoomId, now_s: float) -> None:
        """Take in that a room is joined on this connection."""
        self._ready.add(room)
        self._go_on(room, now_s)

    def room_lost(self, room: RoomId, slug: str) -> None:
        """Take in that this user may not be in a room any more."""
        self._ready.discard(room)
        for post in self._lines.pop(room, ()):
            self._fail(post.event, slug)

    def link_down(self) -> None:
        """Take in that the connection is gone; what was under way is sent again."""
        self._ready.clear()
        for line in self._lines.values():
            if line[0].request:
                line[0].request = 0
                self._tell(line[0].event, Delivery.WAITING)
            line[0].due_s = 0.0
        for room, message_id in self._changes.values():
            self._effects.append(ChangeRefused(room, message_id, _LOST))
        self._changes.clear()

    def receive(self, event: room_events.Ack | events.Error, now_s: float) -> None:
        """Take in an answer; one to nothing that was asked here changes nothing."""
        request = event.re
        if not isinstance(request, int) or request <= 0:
            return
        changed = self._changes.pop(request, None)
        if changed is not None:
            if isinstance(event, events.Error):
                self._effects.append(ChangeRefused(*changed, event.slug))
            return
        for room, line in list(self._lines.items()):
            if line[0].request == request:
                self._answered(room, line, event, now_s)

    def due_s(self) -> float | None:
        """Return when a message is to be tried again; None while none is."""
        dues = [
            line[0].due_s
            for room, line in self._lines.items()
            if room in self._ready and not line[0].request
        ]
        return min(dues, default=None)

    def tick(self, now_s: float) -> None:
        """Try again what is due."""
        for room in list(self._lines):
            self._go_on(room, now_s)

    def _put(self, event: room_events.PostMessage, now_s: float) -> None:
        line = self._lines.setdefault(event.room, deque())
        if len(line) >= MOST_WAITING:
            self._fail(event, _WAITING)
            return
        line.append(_Post(event))
        self._go_on(event.room, now_s)

    def _go_on(self, room: RoomId, now_s: float) -> None:
        line = self._lines.get(room)
        if not line or room not in self._ready:
            return
        post = line[0]
        if post.request or post.due_s > now_s:
            return
        post.request = self._next_request()
        post.tries += 1
        self._tell(post.event, Delivery.SENT)
        self._send(
            room_events.PostMessage(
                room=room,
                message=post.event.message,
                mid=post.event.mid,
                reply_to=post.event.reply_to,
                mentions=post.event.mentions,
                id=post.request,
            )
        )

    def _answered(
        self, room: RoomId, line: deque[_Post], answer: room_events.Ack | events.Error, now_s: float
    ) -> None:
        post = line[0]
        mid = post.event.mid or ""
        post.request = 0
        if isinstance(answer, events.Error) and answer.temporary and post.tries < MOST_TRIES:
            pause_s = _PAUSE_S * post.tries if answer.retry_after is None else answer.retry_after
            post.due_s = now_s + min(max(pause_s, 0.05), _LONGEST_PAUSE_S)
            self._tell(post.event, Delivery.WAITING)
            return
        line.popleft()
        if not line:
            del self._lines[room]
        if isinstance(answer, events.Error):
            self._fail(post.event, answer.slug)
        else:
            place = answer.id or 0, answer.offset or 0
            self._effects.append(
                MessageStored(room, mid, *place, bounded(answer.timestamp, LATEST_S))
            )
        self._go_on(room, now_s)

    def _fail(self, event: room_events.PostMessage, slug: str) -> None:
        while len(self._failed) >= MOST_WAITING:
            del self._failed[next(iter(self._failed))]
        self._failed[event.mid or ""] = event
        self._tell(event, Delivery.FAILED, slug)

    def _tell(self, event: room_events.PostMessage, delivery: Delivery, failure: str = "") -> None:
        self._effects.append(DeliveryChanged(event.room, event.mid or "", delivery, failure))

    def _send(self, event: events.ClientEvent) -> None:
        self._effects.append(SendFrame(events.encode_event(event)))
