"""The order of the edits that pages make in one file of a room, numbered.

Each page sends one edit at a time and says what it had seen; here the edit is carried over what
came meanwhile and gets the next numbers. Nothing is applied to any text, and the server's end is
the end of the numbers: then pages must load their text anew. Source: PROTOCOL.md §3 (`edit`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collab_server.core.page_edits import Effort, carried, changes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from collab_server.core.page_edits import Piece

LOG_CHANGES = 500
LOG_CHARS = 128 * 1024
SESSIONS = 1000
"""Whose last edits are remembered, so that one that is sent again is known."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A change in the order of the room."""

    seq: int
    session: str | None
    own_seq: int | None  # its author's number
    pieces: tuple[Piece, ...]
    frame: str  # as the others get it


@dataclass(slots=True)
class EditLog:
    """Invariant: `_changes` are the last ones up to `top`, without a gap."""

    top: int = 0
    _changes: deque[Logged] = field(default_factory=deque["Logged"])
    _chars: int = 0
    _last: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    def is_known(self, seen: int) -> bool:
        """Tell whether everything after a number is at hand; an empty log begins with it."""
        if not self.top and not self._changes:
            self.top = seen
        return self.top - len(self._changes) <= seen <= self.top

    def after(self, seen: int) -> list[Logged]:
        """Return the changes after a number."""
        return [change for change in self._changes if change.seq > seen]

    def answered(self, session: str, own_seq: int) -> int | None:
        """Return the number after an edit that was taken before, None when it was not."""
        last_own, seq = self._last.get(session, (0, 0))
        return seq if own_seq <= last_own else None

    def take(
        self,
        session: str | None,
        own_seq: int | None,
        pieces: Sequence[Piece],
        seen: int,
        *,
        frame_of: Callable[[dict[str, object], int], str],
        effort: Effort | None = None,
    ) -> list[Logged]:
        """Carry an edit over what its author had not seen, and number what is left of it.

        Raises:
            TooMuchToCarry: That is too much; nothing has changed.
        """
        effort = effort or Effort()
        ours = list(pieces)
        for change in self.after(seen):
            if change.session != session or session is None:
                ours, _ = carried(ours, change.pieces, effort)
        taken: list[Logged] = []
        for change, done in _with_pieces(ours):
            self.top += 1
            logged = Logged(self.top, session, own_seq, done, frame_of(change, self.top))
            taken.append(logged)
            self._add(logged)
        if session is not None and own_seq is not None:
            self._last.pop(session, None)
            self._last[session] = (own_seq, self.top)
            while len(self._last) > SESSIONS:
                del self._last[next(iter(self._last))]
        return taken

    def _add(self, change: Logged) -> None:
        self._changes.append(change)
        self._chars += len(change.frame)
        while len(self._changes) > LOG_CHANGES or (
            self._chars > LOG_CHARS and len(self._changes) > 1
        ):
            self._chars -= len(self._changes.popleft().frame)


def _with_pieces(
    pieces: Sequence[Piece],
) -> list[tuple[dict[str, object], tuple[Piece, ...]]]:
    """Return changes, each with the pieces that it is made of."""
    found: list[tuple[dict[str, object], tuple[Piece, ...]]] = []
    at = 0
    for change in changes_of(pieces):
        count = 2 if change["from"] != change["to"] and change["text"] != [""] else 1
        found.append((change, tuple(pieces[at : at + count])))
        at += count
    return found
