"""How long the connection has been away, and what a person is shown of it.

Under two seconds nothing: most outages are over by then. Until ten the dot, then a banner. Knows no
clock. Source: EDITOR.md (offline).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

DOT_AFTER_S = 2.0
BANNER_AFTER_S = 10.0


class OutageStage(Enum):
    """What is shown."""

    NOTHING = "nothing"
    DOT = "dot"
    BANNER = "banner"


class Outage:
    """One session's outages, one after the other.

    Invariant: there is none before a first connection, and none after the end.
    """

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._was_live = False

    @property
    def is_on(self) -> bool:
        """Whether a connection that was there is away."""
        return self._since_s is not None

    def lost(self, now_s: float) -> None:
        """Take in that there is no connection; said again, nothing changes."""
        if self._was_live and self._since_s is None:
            self._since_s = now_s

    def found(self, now_s: float) -> OutageStage:
        """Take in that the connection is there; return how far it had come."""
        stage = self.stage(now_s)
        self._was_live = True
        self._since_s = None
        return stage

    def over(self) -> None:
        """Take in that the session has ended."""
        self._was_live = False
        self._since_s = None

    def stage(self, now_s: float) -> OutageStage:
        """Return what is to be shown."""
        away_s = 0.0 if self._since_s is None else now_s - self._since_s
        if away_s < DOT_AFTER_S:
            return OutageStage.NOTHING
        return OutageStage.DOT if away_s < BANNER_AFTER_S else OutageStage.BANNER

    def due_s(self, now_s: float) -> float | None:
        """Return when the stage changes by itself; None for never."""
        if self._since_s is None or self.stage(now_s) is OutageStage.BANNER:
            return None
        after_s = DOT_AFTER_S if self.stage(now_s) is OutageStage.NOTHING else BANNER_AFTER_S
        return self._since_s + after_s


Place = tuple[int, int]
"""Where something was changed: from and to, in UTF-16 units; of what was deleted both are the same.

In a list they are ascending and do not touch.
"""


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What others changed in a document while this side was away."""

    changes: int  # edits; at least 1
    names: tuple[str, ...]  # of those who are known, sorted; empty when nobody is
    places: tuple[Place, ...]  # where they are in the text now; at least 1, as `Place` says
