"""Who is writing a message just now; without news of it somebody has stopped.

Knows no clock: time is an argument. Source: PROTOCOL.md §3 (typing).
"""

from __future__ import annotations

MOST_TYPING = 100
LONGEST_S = 30.0


class TypingPeople:
    """Invariant: nobody is in it longer than what was told."""

    def __init__(self) -> None:
        self._until_s: dict[str, tuple[str, float]] = {}  # user id → name, until when

    @property
    def names(self) -> tuple[str, ...]:
        """Who writes, first come first."""
        return tuple(name for name, _ in self._until_s.values())

    def hear(self, user_id: str, name: str, now_s: float, *, ttl_s: float) -> None:
        """Take in that somebody writes."""
        known = user_id in self._until_s
        if known or len(self._until_s) < MOST_TYPING:
            self._until_s[user_id] = name, now_s + min(max(ttl_s, 0.0), LONGEST_S)

    def stop(self, user_id: str) -> None:
        """Take in that somebody has stopped, or has sent the message."""
        self._until_s.pop(user_id, None)

    def clear(self) -> None:
        """Forget everybody."""
        self._until_s.clear()

    def tick(self, now_s: float) -> None:
        """Let those go of whom nothing was heard."""
        self._until_s = {
            user: (name, until_s)
            for user, (name, until_s) in self._until_s.items()
            if until_s > now_s
        }

    def due_s(self) -> float | None:
        """Return when somebody will have stopped; None while nobody writes."""
        return min([until_s for _, until_s in self._until_s.values()], default=None)
