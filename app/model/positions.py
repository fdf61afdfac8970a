"""Where a person was, to go back and forth: jumps, not steps.

Pure. Source: EDITOR.md (go: back/forward).
"""

from __future__ import annotations

from dataclasses import dataclass

NEAR_LINES = 10
"""A caret that moves less far within a text has not gone elsewhere."""

MOST_POSITIONS = 100


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text."""

    text: str  # which, as its window calls it
    line: int  # counted from 0
    at_utf16: int


class PositionHistory:
    """Visited positions, and which of them is the present one.

    Invariant: no two neighbours are near each other, and there are at most MOST_POSITIONS.
    """

    def __init__(self) -> None:
        self._positions: list[Position] = []
        self._at = -1

    @property
    def can_go_back(self) -> bool:
        """Whether there is a position before the present one."""
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether one has gone back and nowhere else since."""
        return self._at < len(self._positions) - 1

    def visit(self, position: Position) -> None:
        """Take in where the caret is now; far from the present position it is a new one."""
        if self._at >= 0 and _is_near(self._positions[self._at], position):
            self._positions[self._at] = position
            return
        del self._positions[self._at + 1 :]
        self._positions = [*self._positions[-MOST_POSITIONS + 1 :], position]
        self._at = len(self._positions) - 1

    def back(self) -> Position | None:
        """Return the position before, which is the present one now; None when there is none."""
        if not self.can_go_back:
            return None
        self._at -= 1
        return self._positions[self._at]

    def forward(self) -> Position | None:
        """Return the position that one came back from; None when there is none."""
        if not self.can_go_forward:
            return None
        self._at += 1
        return self._positions[self._at]

    def forget(self, text: str) -> None:
        """Forget a text that is gone and cannot be opened again."""
        present = self._positions[self._at] if self._at >= 0 else None
        kept = [position for position in self._positions if position.text != text]
        self._positions = kept
        self._at = kept.index(present) if present in kept else len(kept) - 1


def _is_near(one: Position, other: Position) -> bool:
    return one.text == other.text and abs(one.line - other.line) < NEAR_LINES
