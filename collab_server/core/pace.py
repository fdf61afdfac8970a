"""How fast clients may go on: what over its rate is refused, kept for later, or slows its sender.

Messages and joins are refused with `retry_after`, and a refused one was not stored. Of cursors the
latest is kept until there is a token for it, unless it is as long as no caret is. Document frames
are never refused, since a Yjs client could not send them again: the socket is read more slowly
instead. Source: PROTOCOL.md §10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.rate_limits import Kind, whole_seconds
from collab_server.protocol import documents as frames
from collab_server.protocol.client_events import Auth, Join, Leave, Ping, Refresh
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.room_events import MoveCursor, RelayEdit
from collab_server.protocol.sync import SyncStep1

if TYPE_CHECKING:
    from collab_server.core.context import Context
    from collab_server.core.states import Client
    from collab_server.protocol.documents import ClientFrame
    from collab_server.protocol.events import ClientEvent

SHORTEST_WAIT_S = 0.001


class Pace:
    """Invariant: of each cursor of a client at most one is kept, and its moment is set."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def admits_event(self, client: Client, event: ClientEvent, now_s: float) -> bool:
        """Tell whether an event is to be heard now."""
        if isinstance(event, Auth):
            return self._admits_auth(client, event, now_s)
        if client.user is None:
            return True  # it is answered by an error, and these are counted
        if isinstance(event, MoveCursor):
            is_there = event.room in client.rooms
            return not is_there or self._admits_cursor(client, event.room, event, now_s)
        if isinstance(event, RelayEdit):
            self._context.slow(client, Kind.UPDATE, 1.0, now_s)
            return True
        if isinstance(event, Leave | Ping | Refresh):
            self._context.slow(client, Kind.MESSAGE, 1.0, now_s)
            return True
        kind = Kind.JOIN if isinstance(event, Join) else Kind.MESSAGE
        rates = self._context.rates
        wait_s = rates.refuse_for_s(kind, client.id, client.user.id, now_s)
        if wait_s:
            self._context.refuse(
                client,
                ErrorCode.RATE_LIMITED,
                room=getattr(event, "room", None),
                re=event.id,
                retry_after=whole_seconds(wait_s),
                now_s=now_s,
            )
        return not wait_s

    def admits_frame(self, client: Client, frame: ClientFrame, now_s: float) -> bool:
        """Tell whether a document frame is to be heard now; updates are weighed once read."""
        if isinstance(frame, frames.DocumentAuth):
            self._context.slow(client, Kind.JOIN, 1.0, now_s)
        elif client.user is None or (
            isinstance(frame, frames.Sync) and not isinstance(frame.message, SyncStep1)
        ):
            pass
        elif isinstance(frame, frames.AwarenessFrame):
            is_open = frame.document in client.documents
            return not is_open or self._admits_cursor(client, frame.document, frame, now_s)
        elif isinstance(frame, frames.Sync | frames.QueryAwareness):
            self._context.slow(client, Kind.JOIN, 1.0, now_s)
        else:
            self._context.slow(client, Kind.MESSAGE, 1.0, now_s)
        return True

    def due(self, client: Client, now_s: float) -> list[MoveCursor | frames.AwarenessFrame]:
        """Let a slowed client go on if its time has come; return which kept cursors are due."""
        client.pace_due_s = None
        if client.slowed_until_s is not None:
            if now_s < client.slowed_until_s:
                self._context.plan_pace(client, client.slowed_until_s)
            else:
                client.slowed_until_s = None
                self._context.resume(client)
        due: list[MoveCursor | frames.AwarenessFrame] = []
        for place in tuple(client.kept):
            wait_s = self._wait_for_a_cursor(client, now_s)
            if wait_s:
                # A wait too short for the clock's digits would be due at once, and for ever.
                self._context.plan_pace(client, now_s + max(wait_s, SHORTEST_WAIT_S))
                break
            due.append(client.kept.pop(place))
        return due

    def _admits_auth(self, client: Client, event: Auth, now_s: float) -> bool:
        wait_s = self._context.auth_waits_s(client, now_s)
        if wait_s:
            self._context.refuse(
                client,
                ErrorCode.RATE_LIMITED,
                "Too many failed sign-ins from this address",
                re=event.id,
                retry_after=whole_seconds(wait_s),
                now_s=now_s,
            )
            self._context.close(client, CloseCode.RATE_LIMITED, "too many failed sign-ins")
        return not wait_s

    def _admits_cursor(
        self, client: Client, place: str, said: MoveCursor | frames.AwarenessFrame, now_s: float
    ) -> bool:
        wait_s = self._wait_for_a_cursor(client, now_s)
        if not wait_s:
            client.kept.pop(place, None)  # an older one
            return True
        # Nobody has looked into it yet, and it may be as long as a frame: 64 documents of 16 MiB.
        most_bytes = self._context.config.limits.text_frame_bytes
        if isinstance(said, MoveCursor) or len(said.payload) <= most_bytes:
            client.kept[place] = said
            self._context.plan_pace(client, now_s + wait_s)
        return False

    def _wait_for_a_cursor(self, client: Client, now_s: float) -> float:
        assert client.user is not None
        return self._context.rates.refuse_for_s(Kind.CURSOR, client.id, client.user.id, now_s)
