"""How a link to Redis is doing, and when to try again; counted for whoever looks.

Pure: time is an argument, chance is handed in. Does not know Redis.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_S = 0.5
LONGEST_S = 30.0


@dataclass(slots=True)
class LinkState:
    """One link. Invariant: a gap is open exactly while it was up once and is down now."""

    name: str  # pubsub or stream
    is_up: bool = False
    was_up: bool = False
    is_told: bool = False  # that it cannot be reached; once is enough
    gaps: int = 0
    gap_s: float = 0.0  # in all of them together; what is open now is not in it
    taken: int = 0  # messages that were stored and told
    again: int = 0  # messages that were known already
    refused: Counter[str] = field(default_factory=Counter["str"])  # reason → messages
    _down_since_s: float = 0.0
    _tries: int = 0

    def came_up(self, now_s: float) -> float | None:
        """Note that the link works; return how long the gap was that ends now, None for none."""
        self._tries = 0
        gap_s = now_s - self._down_since_s if self.was_up and not self.is_up else None
        if gap_s is not None:
            self.gap_s += gap_s
        self.is_up = self.was_up = True
        return gap_s

    def went_down(self, now_s: float) -> bool:
        """Note that the link is gone; tell whether that is news."""
        if not self.is_up:
            return False
        self.is_up = False
        self.gaps += 1
        self._down_since_s = now_s
        return True

    def next_wait_s(self, chance: Callable[[], float]) -> float:
        """Return how long to wait before the next try: full jitter, up to a limit that doubles."""
        limit_s = min(LONGEST_S, FIRST_S * 2 ** min(self._tries, 10))
        self._tries += 1
        return chance() * limit_s
