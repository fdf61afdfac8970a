"""Sums over the front of a list of lengths, kept while single lengths change.

Knows no text. Source: P. Fenwick, "A new data structure for cumulative frequency tables" (1994).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class PrefixSums:
    """A binary indexed tree: one change, one search or one sum takes log(n) steps.

    ::

        lengths    3   1   4   1   5          tree[i] holds the sum of the i & -i
        tree[1..]  3   4   4   9   5          lengths that end with the i-th

    Invariant: `total` is the sum of all lengths.
    """

    __slots__ = ("_count", "_lengths", "_top", "_tree", "total")

    def __init__(self, lengths: Iterable[int]) -> None:
        self._lengths = list(lengths)
        self._build()

    def replace(self, first: int, stop: int, lengths: Iterable[int]) -> None:
        """Put other lengths where `first` to before `stop` were; costs a step for each length."""
        self._lengths[first:stop] = lengths
        self._build()

    def add(self, index: int, delta: int) -> None:
        """Change one length by `delta`."""
        tree, count = self._tree, self._count
        self._lengths[index] += delta
        self.total += delta
        at = index + 1
        while at <= count:
            tree[at] += delta
            at += at & -at

    def before(self, index: int) -> int:
        """Return the sum of the lengths in front of an index."""
        tree = self._tree
        total, at = 0, index
        while at:
            total += tree[at]
            at &= at - 1
        return total

    def find(self, offset: int) -> tuple[int, int]:
        """Return the index of the length that an offset falls into, and the offset inside it.

        On a border it is the later one; at the very end it is the last one.
        """
        tree, count = self._tree, self._count
        if offset >= self.total:
            last = count - 1
            return last, offset - self.before(last)
        at, step = 0, self._top
        while step:
            nearer = at + step
            if nearer <= count and tree[nearer] <= offset:
                at = nearer
                offset -= tree[nearer]
            step >>= 1
        return at, offset

    def _build(self) -> None:
        lengths = self._lengths
        tree = [0, *lengths]
        count = len(lengths)
        for at in range(1, count + 1):
            parent = at + (at & -at)
            if parent <= count:
                tree[parent] += tree[at]
        self._tree = tree
        self._count = count
        self._top = 1 << (count.bit_length() - 1) if count else 0
        self.total = sum(lengths)
