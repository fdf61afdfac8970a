"""How deep the shared types of an update, and of a document, stand in each other.

The native library recurses over nested types, and a peer that is sent a nest too deep in one piece
refuses it. So their depth is bounded, whether the nest came by one update or by thousands. A text
without nested types costs nothing: nothing is kept of it. It reads no bytes. Source: Yjs' `Item.js`
(an item without a parent of its own has its neighbours').
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple, Self

from collab_server.protocol.errors import MalformedUpdate

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_TYPE_DEPTH = 16

_UNKNOWN = -1
_UNDER_WAY = -2

StructId = tuple[int, int]
"""Author id and clock."""

Places = dict[int, list[tuple[int, int]]]
"""Author id → clocks, ascending, from which on so many types stand around an author's structs."""


class StructTrace(NamedTuple):
    """Where one struct stands."""

    author: int
    clock: int  # its first
    end: int  # one more than its last
    left: StructId | None  # a neighbour, which has the same parent
    right: StructId | None
    inside: StructId | None  # the struct of the type that it stands in
    is_type: bool


class TypeDepths:
    """How many types stand around each struct of one document.

    Invariant: nothing is kept of authors whose structs all stand in roots.
    """

    __slots__ = ("_places", "version")

    def __init__(self, places: Mapping[int, list[tuple[int, int]]] | None = None) -> None:
        self.version = 0  # of what is kept; typing on in one place does not change it
        self._places: dict[int, tuple[list[int], list[int]]] = {}
        self.advance(places or {})

    def __bool__(self) -> bool:
        return bool(self._places)

    @property
    def places(self) -> Places:
        """All that is kept."""
        return {
            author: list(zip(clocks, depths, strict=True))
            for author, (clocks, depths) in self._places.items()
        }

    def around(self, struct: StructId) -> int:
        """Return how many types stand around a struct that is there."""
        author, clock = struct
        kept = self._places.get(author)
        if kept is None:
            return 0
        clocks, depths = kept
        at = bisect_right(clocks, clock)
        return depths[at - 1] if at else 0

    def advance(self, places: Mapping[int, list[tuple[int, int]]]) -> None:
        """Take in the places of new structs, as `Nesting` measures them."""
        for author, changes in places.items():
            kept = self._places.get(author)
            if kept is None:
                if not any(depth for _, depth in changes):
                    continue
                kept = self._places[author] = ([], [])
            clocks, depths = kept
            for clock, depth in changes:
                if depth != (depths[-1] if depths else 0):
                    clocks.append(clock)
                    depths.append(depth)
                    self.version += 1

    def copy(self) -> Self:
        """Return depths that go their own way."""
        return type(self)(self.places)


class Nesting:
    """Where the structs of one update stand, and how deep.

    Structs come in the update's order: those of one author ascend. What has come is checked each
    time that it has doubled, so a deep nest is refused early and all checks together stay linear.
    """

    def __init__(
        self, known: Mapping[int, int] | None = None, types: TypeDepths | None = None
    ) -> None:
        """Begin with nothing.

        Args:
            known: the clocks of the document that the update is for.
            types: how deep that stands; None when only the update itself is looked at.
        """
        self._known = known or {}
        self._types = types
        self._traces: list[StructTrace] = []
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

    def check(self) -> Places:
        """Refuse types that stand deeper in each other than `MAX_TYPE_DEPTH`.

        Returns:
            The places of the structs that are new to the document.

        Raises:
            MalformedUpdate: they do, or stand on each other in a circle.
        """
        places: Places = {}
        for trace, depth in zip(self._traces, self._measured(), strict=True):
            if trace.is_type and depth >= MAX_TYPE_DEPTH:
                raise MalformedUpdate("shared types are nested too deeply")
            known = self._known.get(trace.author, 0)
            if trace.end > known:
                changes = places.setdefault(trace.author, [])
                if not changes or changes[-1][1] != depth:
                    changes.append((max(trace.clock, known), depth))
        return places

    def _measured(self) -> list[int]:
        """Return how many types stand around each struct."""
        depths = [_UNKNOWN] * len(self._traces)
        for index in range(len(depths)):
            way = [index]
            while way:
                at = way[-1]
                if depths[at] >= 0:
                    way.pop()
                    continue
                depth, wanted = self._measure(self._traces[at], depths)
                if not wanted:
                    depths[at] = depth
                elif depths[at] == _UNDER_WAY:
                    raise MalformedUpdate("structs stand on each other in a circle")
                else:
                    depths[at] = _UNDER_WAY
                    way.extend(wanted)
        return depths

    def _measure(self, trace: StructTrace, depths: list[int]) -> tuple[int, list[int]]:
        """Return how deep a struct stands, or which are to be measured before.

        Of two neighbours the deeper counts: they stand in one type, unless somebody lies or one of
        them was thrown away. What the document has counts as it is there, whatever is repeated.
        """
        known = self._known.get(trace.author, 0)
        if trace.clock < known:
            return self._outside((trace.author, min(trace.end, known) - 1)), []
        depth, wanted = 0, list[int]()
        for struct in (trace.left, trace.right, trace.inside):
            if struct is None:
                continue
            index = self._find(struct)
            is_inside = struct is trace.inside
            if index is None:
                depth = max(depth, self._outside(struct, is_inside=is_inside))
            elif depths[index] < 0:
                wanted.append(index)
            else:
                depth = max(depth, depths[index] + is_inside)
        return depth, wanted

    def _outside(self, struct: StructId, *, is_inside: bool = False) -> int:
        """Return how deep something stands in or beside a struct that is not in the update."""
        return 0 if self._types is None else self._types.around(struct) + is_inside

    def _find(self, struct: StructId) -> int | None:
        """Return where in the update a struct is, None when it is not, or not only, there."""
        author, clock = struct
        if clock < self._known.get(author, 0):
            return None
        at = bisect_right(self._clocks.get(author, ()), clock) - 1
        if at < 0:
            return None
        found = self._indexes[author][at]
        return found if clock < self._traces[found].end else None
