"""The deleted clocks of one author: ranges in blocks, so that one more is cheap however many.

In one flat list, a range in the middle of a million others would move half of them, and a merge
would look at them all: a few bytes of a hostile writer, a tenth of a second of everybody's. As
objects they would cost ten times the memory, and each garbage collection would look at every one of
them. Does not know what is deleted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Runs = list[tuple[int, int]]
"""Half-open clock ranges of one author: ascending, neither overlapping nor adjacent."""

BLOCK = 512
"""Ranges in one block at most."""

_CLOCKS = "q"  # whole numbers of 64 bits


class RangeSet:
    """Half-open ranges of whole numbers.

    ```
    a block:   low  high  low  high  low  high      an even number of bounds, strictly ascending
    index:      0    1     2    3     4    5        a number is in it when an odd count is ≤ it
    ```

    Invariant: the bounds of all blocks in a row are ascending; no block is empty or longer than
    `BLOCK` ranges; `_firsts` has the first bound of each.
    """

    __slots__ = ("_blocks", "_firsts")

    def __init__(self, runs: Runs) -> None:
        self._blocks = [
            array(_CLOCKS, [bound for run in runs[at : at + BLOCK] for bound in run])
            for at in range(0, len(runs), BLOCK)
        ]
        self._firsts = [block[0] for block in self._blocks]

    def __len__(self) -> int:
        """Count the ranges."""
        return sum(map(len, self._blocks)) // 2

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield the ranges, ascending."""
        for block in self._blocks:
            yield from zip(block[::2], block[1::2], strict=True)

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
            index = bisect_right(block, low)
            if not index % 2 or block[index] < high:
                return False
        return True

    def add(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Add ranges, in any order."""
        for low, high in ranges:
            if self._blocks:
                self._add(low, high)
            else:
                self._blocks.append(array(_CLOCKS, (low, high)))
                self._firsts.append(low)

    def _add(self, low: int, high: int) -> None:
        """Put one range in the place of those that it touches.

        ```
        block at       …  a  b [c  d        what begins at `first` is replaced
        blocks between                      so are these
        block to        e  f] g  h  …       and what ends before `last`
        ```

        A bound that falls into a range that is there, or on its edge, is none of the new one.
        """
        blocks = self._blocks
        at = max(0, bisect_right(self._firsts, low) - 1)
        to = max(0, bisect_right(self._firsts, high) - 1)
        begins, ends = blocks[at], blocks[to]
        first, last = bisect_left(begins, low), bisect_right(ends, high)
        bounds = array(_CLOCKS)
        if first % 2 == 0:
            bounds.append(low)
        if last % 2 == 0:
            bounds.append(high)
        if at == to:
            begins[first:last] = bounds
        else:
            blocks[at : to + 1] = [begins[:first] + bounds + ends[last:]]
            del self._firsts[at + 1 : to + 1]
        self._firsts[at] = blocks[at][0]
        if len(blocks[at]) > 2 * BLOCK:
            self._split(at)

    def _split(self, at: int) -> None:
        block = self._blocks[at]
        half = len(block) // 4 * 2
        self._blocks[at : at + 1] = [block[:half], block[half:]]
        self._firsts.insert(at + 1, block[half])
