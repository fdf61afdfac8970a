"""Everything that a replica was made of: the raw updates, in order.

The raw updates are the truth and a CRDT document is only a view of them: from here a broken one is
rebuilt, and from here the server gets what it lacks. Knows no CRDT: merging comes in. Source:
DESIGN.md, decision 1; PITFALLS on `Doc.get_update`.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FAN = 100
"""Updates merged at once: cheap for each up to a hundred, quadratic far beyond."""

_LARGE_BYTES = 64 * 1024
"""A piece of this size is merged with no other: the key that is the hundredth would wait for it."""


class RawLog:
    """Raw updates, kept as a tower of merges so that a day of typing stays small.

    Invariant: the pieces of all levels, from the highest down, merge to everything appended.
    """

    def __init__(self, merge: Callable[[Sequence[bytes]], bytes]) -> None:
        self._merge = merge
        self._levels: list[list[bytes]] = [[]]

    def append(self, update: bytes) -> None:
        """Add the newest update."""
        self._levels[0].append(update)
        level = 0
        while len(self._levels[level]) >= _FAN:
            condensed = self._condensed(self._levels[level])
            self._levels[level] = []
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level] += condensed

    def pieces(self) -> list[bytes]:
        """Return updates that together are the whole history, in an order that can be applied."""
        return [piece for level in reversed(self._levels) for piece in level]

    def merged(self) -> bytes | None:
        """Return the whole history as one update; None when there is none."""
        pieces = self.pieces()
        while len(pieces) > 1:
            pieces = [self._merge(pieces[at : at + _FAN]) for at in range(0, len(pieces), _FAN)]
        return pieces[0] if pieces else None

    def _condensed(self, pieces: Sequence[bytes]) -> list[bytes]:
        """Return fewer pieces for many: small neighbours as one, large ones as they are."""
        condensed: list[bytes] = []
        for is_large, neighbours in groupby(pieces, _is_large):
            run = list(neighbours)
            condensed += run if is_large or len(run) == 1 else [self._merge(run)]
        return condensed if len(condensed) < len(pieces) else [self._merge(pieces)]


def _is_large(piece: bytes) -> bool:
    return len(piece) >= _LARGE_BYTES
