"""Once a second: pings, stalled writes and overdue closes of all connections, and the loop's lag.

Does not know clients, nor what is due in the hub. Source: PROTOCOL.md §10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Collection

    from collab_server.admin.figures import Tally
    from collab_server.transport.socket import WebSocketConnection

EVERY_S = 1.0


class Rounds:
    """Looks after each connection once a second, until it is stopped."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connections: Collection[WebSocketConnection],
        tally: Tally,
        *,
        after_round: Callable[[], None],
    ) -> None:
        """Make the first round in a second.

        Args:
            loop: Whose time it is.
            connections: All of them, as they come and go.
            tally: Takes down how late a round began, and the most that waited in an outbox.
            after_round: Carries out what followed.
        """
        self._loop = loop
        self._connections = connections
        self._tally = tally
        self._after_round = after_round
        self._plan()

    def stop(self) -> None:
        """Make no round any more."""
        self._next.cancel()

    def _go(self) -> None:
        now_s = self._loop.time()
        self._tally.loop_lag_s.observe(max(0.0, now_s - self._due_s))
        most_waiting = 0
        for connection in list(self._connections):
            most_waiting = max(most_waiting, connection.outbox.waiting_bytes)
            connection.look_after(now_s)
        if most_waiting > self._tally.outbox_high_water_bytes:
            self._tally.outbox_high_water_bytes = most_waiting
        self._after_round()
        self._plan()

    def _plan(self) -> None:
        self._due_s = self._loop.time() + EVERY_S
        self._next = self._loop.call_at(self._due_s, self._go)
