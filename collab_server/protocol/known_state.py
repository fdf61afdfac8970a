"""What a live document knows, and how an update stands to it: known, new or too early.

Knows no content and no bytes beyond a state vector: clocks and deleted ranges an author, how deep
nested types stand, and nothing else, however long the history is. Source: PROTOCOL.md §5 (nothing
new, too early).
"""

from __future__ import annotations

from enum import Enum
from hashlib import blake2b
from typing import TYPE_CHECKING, Self

import msgspec

from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.range_set import RangeSet
from collab_server.protocol.update_nesting import TypeDepths
from collab_server.protocol.updates import (
    encode_state_vector,
    parse_state_vector,
    parse_update,
    places_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collab_server.protocol.range_set import Runs
    from collab_server.protocol.update_nesting import Places
    from collab_server.protocol.updates import UpdateSummary


class Standing(Enum):
    """How an update stands to a document.

    An update that repeats a known surrogate pair beside its news counts as early too. If the pair
    was typed as two halves, the log has two structs for it, and the native library breaks when it
    cuts the pair to merge them; the answer to a step 1 comes without what is known.
    """

    KNOWN = "known"  # nothing new in it
    NEW = "new"  # something new, and everything that it stands on is there
    EARLY = "early"  # something that it stands on is missing


class KnownState:
    """The structs and deletes of one document.

    Invariant: `state` has every struct below an author's clock and no clock of 0; `deleted` has
    nothing beyond `state`.
    """

    __slots__ = ("deleted", "state", "types")

    def __init__(self) -> None:
        self.state: dict[int, int] = {}  # author id → how many of its clocks are there
        self.deleted: dict[int, RangeSet] = {}
        self.types = TypeDepths()

    @classmethod
    def from_parts(
        cls, state_vector: bytes, delete_only_update: bytes, places: Places | None = None
    ) -> Self:
        """Take up a stored document.

        Raises:
            MalformedUpdate: one of the two is not what a Yjs client makes.
        """
        known = cls()
        known.state = parse_state_vector(state_vector)
        # A long life leaves more ranges than one update may bring.
        deletes = parse_update(delete_only_update, max_items=UNLIMITED).deletes
        known.deleted = {author: RangeSet(runs) for author, runs in deletes.items()}
        known.types = TypeDepths(places)
        return known

    @property
    def deletes(self) -> dict[int, Runs]:
        """The deleted clocks, as the summary of an update has them."""
        return {author: list(ranges) for author, ranges in self.deleted.items()}

    def classify(self, summary: UpdateSummary) -> Standing:
        """Tell how an update stands to what is known."""
        judgement = Judgement(self)
        judgement.hear(summary)
        return judgement.standing

    def measure(self, update: bytes, summary: UpdateSummary) -> None:
        """Tell in an update's summary how deep its structs will stand, if types are nested at all.

        Raises:
            MalformedUpdate: they would be nested too deeply.
        """
        if summary.is_nested or self.types:
            summary.places = places_in(update, self.state, self.types)

    def news_in(self, summary: UpdateSummary) -> dict[int, int]:
        """Return whose structs an update takes further, and by how many clock units."""
        state = self.state
        news: dict[int, int] = {}
        for author, runs in summary.structs.items():
            added = runs[-1][1] - state.get(author, 0)
            if added > 0:
                news[author] = added
        return news

    def advance(self, summary: UpdateSummary) -> None:
        """Take in an update that is new and measured, or a piece of one."""
        state = self.state
        if summary.places:
            self.types.advance(summary.places)
        for author, runs in summary.structs.items():
            state[author] = max(state.get(author, 0), runs[-1][1])
        for author, ranges in summary.deletes.items():
            known = self.deleted.get(author)
            if known is None:
                self.deleted[author] = RangeSet(ranges)
            else:
                known.add(ranges)

    def has_deleted(self, author: int, low: int, high: int) -> bool:
        """Tell whether all of an author's clocks from `low` to before `high` are deleted."""
        known = self.deleted.get(author)
        return known is not None and known.covers(((low, high),))

    def delete(self, author: int, low: int, high: int) -> None:
        """Take in that an author's clocks from `low` to before `high` are deleted."""
        known = self.deleted.get(author)
        if known is None:
            self.deleted[author] = RangeSet([(low, high)])
        else:
            known.add(((low, high),))

    def digest(self) -> bytes:
        """Return 32 bytes that are the same for the same clocks and deletes."""
        deletes = [(author, list(self.deleted[author])) for author in sorted(self.deleted)]
        known = msgspec.msgpack.encode((sorted(self.state.items()), deletes))
        return blake2b(known, digest_size=32).digest()

    def measures(self) -> bytes:
        """Return what another process of ours needs to `measure` an update."""
        return msgspec.msgpack.encode((self.state, self.types.places))

    @classmethod
    def from_measures(cls, measures: bytes) -> Self:
        """Read what `measures` wrote; deletes are not in it."""
        known = cls()
        known.state, places = msgspec.msgpack.decode(
            measures, type=tuple[dict[int, int], dict[int, list[tuple[int, int]]]]
        )
        known.types = TypeDepths(places)
        return known

    def live_units(self) -> int:
        """Return how many clock units there are that are not deleted."""
        deleted = sum(high - low for ranges in self.deleted.values() for low, high in ranges)
        return sum(self.state.values()) - deleted

    def range_count(self) -> int:
        """Return in how many ranges the deleted clocks are."""
        return sum(len(ranges) for ranges in self.deleted.values())

    def state_vector(self) -> bytes:
        """Return the state, encoded."""
        return encode_state_vector(self.state)

    def covers(self, state: Mapping[int, int]) -> bool:
        """Tell whether every struct of another state is known here."""
        return all(clock <= self.state.get(author, 0) for author, clock in state.items())

    def copy(self) -> Self:
        """Return a state that goes its own way."""
        other = type(self)()
        other.state = dict(self.state)
        other.deleted = {author: ranges.copy() for author, ranges in self.deleted.items()}
        other.types = self.types.copy()
        return other


class Judgement:
    """How one update stands to a document that does not change meanwhile.

    The update comes whole, or in the pieces of `update_pieces`, in their order.
    """

    __slots__ = ("_is_early", "_is_new", "_known", "_lacks", "_reached")

    def __init__(self, known: KnownState) -> None:
        self._known = known
        self._reached: dict[int, int] = {}  # the authors that the update takes further
        self._is_new = False
        self._is_early = False  # its own clocks have a gap, or it deletes what is not there
        self._lacks = False  # early, if there is anything new in it

    @property
    def standing(self) -> Standing:
        """The verdict on what it has heard."""
        if self._is_early:
            return Standing.EARLY
        if not self._is_new:
            return Standing.KNOWN
        return Standing.EARLY if self._lacks else Standing.NEW

    def hear(self, summary: UpdateSummary) -> None:
        """Look at an update, or a piece of one."""
        if summary.structs:
            self._hear_structs(summary.structs)
        state, reached = self._known.state, self._reached
        for author, clock in summary.depends.items():
            if clock > (reached.get(author) or state.get(author, 0)):
                self._lacks = True
        for author, clock in summary.paired.items():
            if clock < state.get(author, 0):
                self._lacks = True  # it repeats a known surrogate pair
        for author, ranges in summary.deletes.items():
            if ranges[-1][1] > (reached.get(author) or state.get(author, 0)):
                self._is_early = True
            elif not self._is_new:
                known = self._known.deleted.get(author)
                self._is_new = known is None or not known.covers(ranges)

    def _hear_structs(self, structs: Mapping[int, Runs]) -> None:
        state, reached = self._known.state, self._reached
        for author, runs in structs.items():
            known = state.get(author, 0)
            clock = reached.get(author, known)
            for run_from, run_to in runs:
                if run_from > clock:
                    self._is_early = True
                    return
                clock = max(clock, run_to)
            if clock > known:
                self._is_new = True
                reached[author] = clock
