"""The streams of a session's rooms: where each stands, and that none has a hole.

What a room keeps is numbered. A number that is missing is asked for by joining once more from the
last good place; recovery is all or nothing, and what cannot be recovered is begun anew from the
newest. Knows no text and no clock but what it is given. Source: PROTOCOL.md §3 (streams).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.collab.room_wire import change_from, messages_of, stream_event
from app.collab.session_effects import (
    PageCame,
    PageFailed,
    RoomSpoke,
    StreamBegan,
    StreamBroken,
    StreamWentOn,
)
from collab_server.protocol import events, room_events

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.collab.room_wire import StreamEvent
    from app.collab.session_effects import SessionEffect
    from collab_server.protocol.names import RoomId

FIRST_MESSAGES = 50
PAGE_MESSAGES = 50

_HISTORY = "h"
_STATE_ROOMS = "ocr_job_"
"""Rooms of which only the last message counts; it comes again to whoever joins."""


@dataclass(slots=True)
class _Stream:
    """One room's stream. Invariant: everything up to `position` has been told on."""

    keeps_state: bool
    position: events.Position | None = None
    is_joining: bool = False  # what comes meanwhile is in the answer
    page_request: int = 0
    page_is_older: bool = True


class StreamDesk:
    """Invariant: every stored event of a room is told once, in order.

    Where that cannot be, `StreamBegan` or `StreamBroken` says so first.
    """

    def __init__(self, effects: list[SessionEffect], *, next_request: Callable[[], int]) -> None:
        self._effects = effects
        self._next_request = next_request
        self._streams: dict[RoomId, _Stream] = {}

    def join_event(self, room: RoomId, request: int) -> events.Join:
        """Return how to join a room, so that what was missed comes with the answer."""
        stream = self._streams.setdefault(room, _Stream(room.startswith(_STATE_ROOMS)))
        stream.is_joining = True
        recover = None if stream.keeps_state else stream.position
        count = 1 if stream.keeps_state else FIRST_MESSAGES
        return events.Join(room=room, recover=recover, history=count, id=request)

    def joined(self, event: events.RoomJoined) -> None:
        """Take in where a room stands.

        Raises:
            RemoteProtocolError: there is something else among its events.
        """
        stream = self._streams.get(event.room)
        if stream is None or event.epoch is None:
            return
        before, stream.is_joining = stream.position, False
        told = event.events or ()
        stream.position = events.Position(event.epoch, event.offset or 0)
        if event.recovered:
            self._effects.append(StreamWentOn(event.room, event.perm))
            changes = tuple(change_from(stream_event(raw)) for raw in told)
            if changes:
                self._effects.append(RoomSpoke(event.room, changes))
        elif before is not None and _HISTORY not in event.perm and not stream.keeps_state:
            self._effects.append(StreamBroken(event.room, event.perm))
        else:
            messages = messages_of(told)
            can_page = _HISTORY in event.perm and not stream.keeps_state
            self._effects.append(
                StreamBegan(
                    event.room,
                    messages,
                    has_older=can_page and (not messages or messages[0].offset > 1),
                    unread=event.unread or 0,
                    read_offset=event.read_offset or 0,
                    perm=event.perm,
                )
            )

    def hear(self, event: StreamEvent) -> bool:
        """Take in one event of a stream; tell whether the room must be joined once more.

        Raises:
            RemoteProtocolError: what it says is no JSON.
        """
        stream = self._streams.get(event.room)
        if stream is None or stream.is_joining or stream.position is None or event.offset is None:
            return False
        expected = stream.position.offset + 1
        if stream.keeps_state:
            if event.offset < stream.position.offset:
                return False
        elif event.offset < expected:
            return False
        elif event.offset > expected:
            return True
        change = change_from(event)
        stream.position = events.Position(stream.position.epoch, event.offset)
        self._effects.append(RoomSpoke(event.room, (change,)))
        return False

    def page_event(
        self, room: RoomId, *, before: int | None = None, after: int | None = None
    ) -> room_events.FindHistory | None:
        """Return how to ask for a page; None while one is under way.

        Args:
            room: of the messages.
            before: the offset that the page is to end before; for an older one.
            after: the offset that the page is to begin after; for a newer one.
        """
        stream = self._streams.get(room)
        if stream is None or stream.page_request:
            return None
        stream.page_request = self._next_request()
        stream.page_is_older = after is None
        return room_events.FindHistory(
            room=room, before=before, after=after, limit=PAGE_MESSAGES, id=stream.page_request
        )

    def page_came(self, event: room_events.HistoryPage) -> None:
        """Take in a page; one that was not asked for, or is of another epoch, changes nothing.

        Raises:
            RemoteProtocolError: there is something else on it.
        """
        stream = self._streams.get(event.room)
        if stream is None or not stream.page_request or event.re != stream.page_request:
            return
        stream.page_request = 0
        if stream.position is None or stream.position.epoch != event.epoch:
            self._effects.append(PageFailed(event.room, "epoch"))
            return
        messages = messages_of(event.messages)
        self._effects.append(PageCame(event.room, messages, stream.page_is_older, event.more))

    def failed(self, request: int, slug: str) -> None:
        """Take in that a request was refused, whichever it was."""
        for room, stream in self._streams.items():
            if request and stream.page_request == request:
                stream.page_request = 0
                self._effects.append(PageFailed(room, slug))

    def link_down(self) -> None:
        """Take in that the connection is gone: no page comes any more."""
        for room, stream in self._streams.items():
            stream.is_joining = False
            if stream.page_request:
                stream.page_request = 0
                self._effects.append(PageFailed(room, "connection_lost"))

    def forget(self, room: RoomId) -> None:
        """Forget a room that is left."""
        self._streams.pop(room, None)
