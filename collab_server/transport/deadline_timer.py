"""One timer for the hub's next deadline, armed anew whenever that changes.

Does not know what is due. A bug in what is done then must not make it spin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

SOONEST_S = 0.001
AFTER_A_BUG_S = 1.0


class DeadlineTimer:
    """Invariant: it waits for the deadline it was armed with last, and for no other."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float],
        *,
        tick: Callable[[float], bool],
        after_tick: Callable[[], None],
    ) -> None:
        """Make one that waits for nothing.

        Args:
            loop: whose timer it is.
            clock: what the deadlines are told by.
            tick: does what is due at a time, and tells whether it could.
            after_tick: arms the timer again, among other things.
        """
        self._loop = loop
        self._clock = clock
        self._do_tick = tick
        self._after_tick = after_tick
        self._handle: asyncio.TimerHandle | None = None
        self._due_s: float | None = None
        self._not_before_s = 0.0

    def arm(self, due_s: float | None) -> None:
        """Wait for a deadline, None for nothing, in place of what it waited for."""
        if due_s == self._due_s:
            return
        self.stop()
        self._due_s = due_s
        if due_s is not None:
            delay_s = max(due_s, self._not_before_s) - self._clock()
            self._handle = self._loop.call_later(max(0.0, delay_s), self._tick)

    def stop(self) -> None:
        """Wait for nothing."""
        self._due_s = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _tick(self) -> None:
        # uvloop counts whole milliseconds and may come a moment early; the time is up.
        now_s = max(self._clock(), self._due_s or 0.0)
        self._handle = self._due_s = None
        self._not_before_s = now_s + SOONEST_S
        if not self._do_tick(now_s):
            self._not_before_s = now_s + AFTER_A_BUG_S
        self._after_tick()
