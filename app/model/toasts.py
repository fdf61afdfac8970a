"""Which short notes are on the screen: three at most, each for a while, longer while looked at.

Knows no widget and no clock: time is an argument. Source: EDITOR.md (notices: toasts).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

MOST_AT_ONCE = 3
MOST_WAITING = 20
"""More than these are only in the list."""

SHOWN_S = 6.0
AFTER_HOVER_S = 2.0


@dataclass(frozen=True, slots=True)
class Toast:
    """One short note."""

    id: int
    title: str
    text: str  # plain text from others
    action_id: str = ""  # what a click does; empty: nothing but going away


class Toasts:
    """Invariant: at most MOST_AT_ONCE are shown, in the order in which they came."""

    def __init__(self) -> None:
        self._shown: dict[int, tuple[Toast, float]] = {}  # id → until when
        self._waiting: deque[Toast] = deque(maxlen=MOST_WAITING)
        self._hovered: int | None = None
        self._count = 0

    @property
    def shown(self) -> tuple[Toast, ...]:
        """What is on the screen, oldest first."""
        return tuple(toast for toast, _ in self._shown.values())

    def add(self, title: str, text: str, now_s: float, *, action_id: str = "") -> None:
        """Show one more, or as soon as there is room."""
        self._count += 1
        self._waiting.append(Toast(self._count, title, text, action_id))
        self._fill(now_s)

    def hover(self, toast_id: int | None, now_s: float) -> None:
        """Take in which one the pointer is on; that one stays."""
        left, self._hovered = self._hovered, toast_id
        if left in self._shown:
            toast, until_s = self._shown[left]
            self._shown[left] = toast, max(until_s, now_s + AFTER_HOVER_S)

    def dismiss(self, toast_id: int, now_s: float) -> None:
        """Take one away."""
        self._shown.pop(toast_id, None)
        if self._hovered == toast_id:
            self._hovered = None
        self._fill(now_s)

    def clear(self) -> None:
        """Take all away, also those that wait."""
        self._shown.clear()
        self._waiting.clear()
        self._hovered = None

    def tick(self, now_s: float) -> None:
        """Let those go whose time is over."""
        over = [
            toast_id
            for toast_id, (_, until_s) in self._shown.items()
            if until_s <= now_s and toast_id != self._hovered
        ]
        for toast_id in over:
            del self._shown[toast_id]
        self._fill(now_s)

    def due_s(self) -> float | None:
        """Return when the next one goes; None while none will by itself."""
        dues = [due for key, (_, due) in self._shown.items() if key != self._hovered]
        return min(dues, default=None)

    def _fill(self, now_s: float) -> None:
        while self._waiting and len(self._shown) < MOST_AT_ONCE:
            toast = self._waiting.popleft()
            self._shown[toast.id] = toast, now_s + SHOWN_S
