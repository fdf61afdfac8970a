"""How deep the shared types of one update stand in each other.

The native library recurses over nested types, so their depth is bounded as far as the update itself
tells; most updates hold so few types that the question does not arise. It reads no bytes. Source:
Yjs' `Item.js` (an item without a parent of its own has its neighbour's).
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from collab_server.protocol.errors import MalformedUpdate

MAX_TYPE_DEPTH = 16

_UNDER_WAY = -1

StructId = tuple[int, int]
"""Author id and clock."""


class StructTrace(NamedTuple):
    """Where one struct stands."""

    author: int
    clock: int  # its first
    end: int  # one more than its last
    beside: StructId | None  # a neighbour, which has the same parent
    inside: StructId | None  # the struct of the type that it stands in
    is_type: bool


class Nesting:
    """Where the structs of one update stand, and how deep their types stand in each other.

    Structs come in the update's order: those of one author ascend. What has come is checked each
    time that it has doubled, so a deep nest is refused early and all checks together stay linear.
    """

    def __init__(self) -> None:
        self._traces: list[StructTrace] = []
        self._depths: dict[int, int] = {}  # index → types around it; _UNDER_WAY while sought
        self._clocks: dict[int, list[int]] = {}
        self._indexes: dict[int, list[int]] = {}
        self._check_at = 4 * MAX_TYPE_DEPTH

    def add(self, trace: StructTrace) -> None:
        """Take up the next struct.

        Raises:
            MalformedUpdate: as `check`, for what has come so far.
        """
        self._clocks.setdefault(trace.author, []).append(trace.clock)
        self._indexes.setdefault(trace.author, []).append(len(self._traces))
        self._traces.append(trace)
        if len(self._traces) == self._check_at:
            self._check_at *= 2
            self.check()

    def check(self) -> None:
        """Refuse types that stand deeper in each other than `MAX_TYPE_DEPTH`.

        Raises:
            MalformedUpdate: they do, or stand on each other in a circle.
        """
        self._depths.clear()  # what stood on structs to come may have been wrong
        for index, trace in enumerate(self._traces):
            if trace.is_type and self._depth_around(index) >= MAX_TYPE_DEPTH:
                raise MalformedUpdate("shared types are nested too deeply")

    def _depth_around(self, index: int) -> int:
        """Return how many types of this update stand around a struct."""
        depths = self._depths
        way: list[int] = []
        at: int | None = index
        while at is not None and at not in depths:
            depths[at] = _UNDER_WAY
            way.append(at)
            at = self._next(at)
        depth = 0 if at is None else depths[at]
        if depth == _UNDER_WAY:
            raise MalformedUpdate("structs stand on each other in a circle")
        for step in reversed(way):
            if at is not None and self._traces[step].beside is None:
                depth += 1
            depths[step] = depth
            at = step
        return depth

    def _next(self, index: int) -> int | None:
        """Return the struct that decides a struct's depth, None when it is not in the update."""
        trace = self._traces[index]
        wanted = trace.beside or trace.inside
        if wanted is None:
            return None
        author, clock = wanted
        at = bisect_right(self._clocks.get(author, ()), clock) - 1
        if at < 0:
            return None
        found = self._indexes[author][at]
        return found if clock < self._traces[found].end else None
