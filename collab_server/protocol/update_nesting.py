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


def check_nesting(traces: list[StructTrace]) -> None:
    """Refuse types that stand deeper in each other than `MAX_TYPE_DEPTH`.

    Args:
        traces: all structs of one update; those of one author ascend.

    Raises:
        MalformedUpdate: they are nested deeper, or in a circle.
    """
    nesting = _Nesting(traces)
    for index, trace in enumerate(traces):
        if trace.is_type and nesting.depth_around(index) >= MAX_TYPE_DEPTH:
            raise MalformedUpdate("shared types are nested too deeply")


class _Nesting:
    """The depth around each struct, worked out on demand and kept."""

    def __init__(self, traces: list[StructTrace]) -> None:
        self._traces = traces
        self._depths: dict[int, int] = {}  # index → depth, _UNDER_WAY while it is sought
        self._clocks: dict[int, list[int]] = {}
        self._indexes: dict[int, list[int]] = {}
        for index, trace in enumerate(traces):
            self._clocks.setdefault(trace.author, []).append(trace.clock)
            self._indexes.setdefault(trace.author, []).append(index)

    def depth_around(self, index: int) -> int:
        """Return how many types of this update stand around a struct."""
        depths = self._depths
        way: list[int] = []
        at: int | None = index
        while at is not None and at not in depths:
            depths[at] = _UNDER_WAY
            way.append(at)
            at = self._next(at)
        if at is not None and depths[at] == _UNDER_WAY:
            raise MalformedUpdate("structs stand on each other in a circle")
        depth = 0 if at is None else depths[at]
        came_from = at
        for step in reversed(way):
            if came_from is not None and self._traces[step].beside is None:
                depth += 1
            depths[step] = depth
            came_from = step
        return depths[index]

    def _next(self, index: int) -> int | None:
        """Return the struct whose depth decides this one's, None when it is not in the update."""
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
