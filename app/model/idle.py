"""Whether this user is there: idle after a while without any key, click or message.

Knows no widget and no clock: time is an argument. Source: EDITOR.md (presence: idle).
"""

from __future__ import annotations

IDLE_AFTER_S = 300.0


class IdleWatch:
    """Invariant: somebody is idle exactly when nothing was noted for IDLE_AFTER_S."""

    def __init__(self, now_s: float) -> None:
        self._noted_s = now_s

    def note(self, now_s: float) -> None:
        """Take in that the user did something."""
        self._noted_s = now_s

    def is_idle(self, now_s: float) -> bool:
        """Tell whether the user is not there."""
        return now_s >= self.due_s()

    def due_s(self) -> float:
        """Return when the user will be idle."""
        return self._noted_s + IDLE_AFTER_S
