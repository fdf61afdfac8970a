"""When to try again.

Full jitter: everyone who lost the same server comes back at another moment, so that its return is
no storm. Knows no clock and no connection. Source: PROTOCOL.md §8 ("full-jitter backoff").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_S = 0.5
LONGEST_S = 30.0


class Backoff:
    """The waits between tries: anything from nothing up to a limit that doubles.

    Invariant: the next wait is below `FIRST_S` after a reset, and never above `LONGEST_S`.
    """

    def __init__(
        self,
        random: Callable[[], float],
        *,
        first_s: float = FIRST_S,
        longest_s: float = LONGEST_S,
    ) -> None:
        self._random = random  # 0 <= random() < 1
        self._first_s = first_s
        self._longest_s = longest_s
        self._limit_s = first_s

    def next_wait_s(self) -> float:
        """Return how long to wait before the next try."""
        wait_s = self._random() * self._limit_s
        self._limit_s = min(2 * self._limit_s, self._longest_s)
        return wait_s

    def spread_s(self, within_s: float) -> float:
        """Return a wait within a time that the server asked for."""
        return self._random() * min(max(within_s, 0.0), self._longest_s)

    def reset(self) -> None:
        """Begin anew: a connection held."""
        self._limit_s = self._first_s
