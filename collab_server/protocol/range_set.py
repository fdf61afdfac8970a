"""The deleted clocks of one author: ranges in blocks, so that one more is cheap however many.

In one flat list, a range in the middle of a million others would move half of them, and a merge
would look at them all: a few bytes of a hostile writer, a tenth of a second of everybody's. Does
not know what is deleted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import chain
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Runs = list[tuple[int, int]]
"""Half-open clock ranges of one author: ascending, neither overlapping nor adjacent."""

BLOCK = 512
_BEYOND = 2**62  # more than any clock


class RangeSet:
    """Half-open ranges of whole numbers.

    Invariant: all blocks in a row are a `Runs`; no block is empty or longer than `BLOCK`; `_firsts`
    has the beginning of each.
    """

    __slots__ = ("_blocks", "_firsts")

    def __init__(self, runs: Runs) -> None:
        self._blocks = [runs[at : at + BLOCK] for at in range(0, len(runs), BLOCK)]
        self._firsts = [block[0][0] for block in self._blocks]

    def __len__(self) -> int:
        """Count the ranges."""
        return sum(map(len, self._blocks))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield the ranges, ascending."""
        return chain.from_iterable(self._blocks)

    def copy(self) -> Self:
        """Return a set that goes its own way."""
        other = type(self)([])
        other._blocks = [block[:] for block in self._blocks]
        other._firsts = self._firsts[:]
        return other

    def covers(self, ranges: Iterable[tuple[int, int]]) -> bool:
        """Tell whether every number of every range is in it."""
        for low, high in ranges:
            at = bisect_right(self._firsts, low) - 1
            if at < 0:
                return False
            block = self._blocks[at]
            if block[bisect_right(block, (low, _BEYOND)) - 1][1] < high:
                return False
        return True

    def add(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Add ranges, in any order."""
        for low, high in ranges:
            if self._blocks:
                self._add(low, high)
            else:
                self._blocks.append([(low, high)])
                self._firsts.append(low)

    def _add(self, low: int, high: int) -> None:
        """Put one range in the place of those that it touches.

        ```
        block at       …  a  b [c  d        what begins at `first` is replaced
        blocks between                      so are these
        block to        e  f] g  h  …       and what ends before `last`
        ```
        """
        blocks = self._blocks
        at = max(0, bisect_right(self._firsts, low) - 1)
        to = max(0, bisect_right(self._firsts, high) - 1)
        begins, ends = blocks[at], blocks[to]
        first = bisect_left(begins, (low, 0))
        if first and begins[first - 1][1] >= low:
            first -= 1
        last = bisect_right(ends, (high, _BEYOND))
        if first < len(begins):
            low = min(low, begins[first][0])
        if last:
            high = max(high, ends[last - 1][1])
        if at == to:
            begins[first:last] = ((low, high),)
        else:
            blocks[at : to + 1] = [[*begins[:first], (low, high), *ends[last:]]]
            del self._firsts[at + 1 : to + 1]
        self._firsts[at] = blocks[at][0][0]
        if len(blocks[at]) > BLOCK:
            self._split(at)

    def _split(self, at: int) -> None:
        block = self._blocks[at]
        half = len(block) // 2
        self._blocks[at : at + 1] = [block[:half], block[half:]]
        self._firsts.insert(at + 1, block[half][0])
