"""Gathers the server's figures from where they are kept, when somebody asks.

Does not know who asks. What costs something a frame is counted in `admin.figures.Tally`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.admin.figures import Figures, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from collab_server.core.hub import Hub
    from collab_server.transport.socket import WebSocketConnection


class Gauges:
    """Knows where each figure is."""

    def __init__(
        self,
        hub: Hub,
        tally: Tally,
        connections: Collection[WebSocketConnection],
        *,
        clock: Callable[[], float],
    ) -> None:
        self._hub = hub
        self._tally = tally
        self._connections = connections
        self._clock = clock
        self._started_s = clock()

    def figures(self, *, is_draining: bool) -> Figures:
        """Return the server as it is now."""
        standing = self._hub.standing()
        outboxes = [connection.outbox for connection in self._connections]
        return Figures(
            tally=self._tally,
            connections=standing.connections,
            signed_in=standing.signed_in,
            users=standing.users,
            rooms=standing.rooms,
            live_documents=standing.live_documents,
            dirty_documents=standing.dirty_documents,
            refusals=standing.refusals,
            bytes_out=self._tally.bytes_out + sum(outbox.written_bytes for outbox in outboxes),
            outbox_bytes=sum(outbox.waiting_bytes for outbox in outboxes),
            is_store_failing=self._hub.store_is_failing,
            is_draining=is_draining,
            uptime_s=self._clock() - self._started_s,
        )
