"""Who is in the session besides this user: who comes and who goes, as it is said aloud.

Somebody whose connection breaks is back in a moment, and so is everybody after a restart of the
server: who comes back within a while never went. Knows no clock and no words. Source: EDITOR.md
(people: polite announcements).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.model.participants import Participant

AWAY_S = 8.0
"""So long somebody may be away without having gone."""


class Company:
    """The others. Invariant: each is here, or away for less than `AWAY_S`, or neither."""

    def __init__(self) -> None:
        self._here: dict[str, str] | None = None  # user id → name; None: outside a session
        self._away: dict[str, tuple[str, float]] = {}  # user id → name, until when

    def see(self, people: Sequence[Participant], now_s: float) -> tuple[str, ...]:
        """Take in who is here now; nobody, not even this user: the session is over.

        Returns:
            The names of those who came; of those who were here before this user, nobody came.
        """
        if not people:
            self._here, self._away = None, {}
            return ()
        before = self._here
        self._here = {each.user_id: each.name for each in people if not each.is_self}
        if before is None:
            return ()
        for user_id in before.keys() - self._here.keys():
            self._away[user_id] = before[user_id], now_s + AWAY_S
        came = [user for user in self._here if user not in before and user not in self._away]
        self._away = {user: away for user, away in self._away.items() if user not in self._here}
        return tuple(self._here[user] for user in came)

    def due_s(self) -> float | None:
        """Return when the next one will have gone; None while nobody is away."""
        return min([until_s for _, until_s in self._away.values()], default=None)

    def gone(self, now_s: float) -> tuple[str, ...]:
        """Return the names of those who have been away for long enough, and forget them."""
        over = {user: name for user, (name, until_s) in self._away.items() if until_s <= now_s}
        for user in over:
            del self._away[user]
        return tuple(over.values())
