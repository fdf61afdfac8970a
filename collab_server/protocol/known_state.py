"""What a live document knows, and how an update stands to it: known, new or too early.

Knows no content and no bytes beyond a state vector: clocks per author and merged delete ranges, and
nothing else, however long the history is. Source: PROTOCOL.md §5 (nothing new, too early).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from enum import Enum
from typing import TYPE_CHECKING, Self

from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.updates import (
    MAX_CLOCK,
    encode_state_vector,
    parse_state_vector,
    parse_update,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collab_server.protocol.updates import Runs, UpdateSummary


_FEW_RANGES = 8


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

    Invariant: `state` has every struct below an author's clock and no clock of 0; `deletes` has
    each author's ranges ascending, neither overlapping nor adjacent, and none beyond `state`.
    """

    __slots__ = ("deletes", "state")

    def __init__(self) -> None:
        self.state: dict[int, int] = {}  # author id → how many of its clocks are there
        self.deletes: dict[int, Runs] = {}

    @classmethod
    def from_parts(cls, state_vector: bytes, delete_only_update: bytes) -> Self:
        """Take up a stored document.

        Raises:
            MalformedUpdate: one of the two is not what a Yjs client makes.
        """
        known = cls()
        known.state = parse_state_vector(state_vector)
        # A long life leaves more ranges than one update may bring.
        known.deletes = parse_update(delete_only_update, max_items=UNLIMITED).deletes
        return known

    def classify(self, summary: UpdateSummary) -> Standing:
        """Tell how an update stands to what is known."""
        state = self.state
        is_new = False
        reached: dict[int, int] = {}  # the authors that the update takes further
        for author, runs in summary.structs.items():
            known = clock = state.get(author, 0)
            for run_from, run_to in runs:
                if run_from > clock:
                    return Standing.EARLY
                clock = max(clock, run_to)
            if clock > known:
                is_new = True
                reached[author] = clock
        for author, ranges in summary.deletes.items():
            if ranges[-1][1] > (reached.get(author) or state.get(author, 0)):
                return Standing.EARLY
            is_new = is_new or not self._has_deletes(author, ranges)
        if not is_new:
            return Standing.KNOWN
        for author, clock in summary.depends.items():
            if clock > (reached.get(author) or state.get(author, 0)):
                return Standing.EARLY
        if summary.paired and self._repeats_a_pair(summary):
            return Standing.EARLY
        return Standing.NEW

    def authors_of_news(self, summary: UpdateSummary) -> list[int]:
        """Return whose structs an update takes further; deletes and known structs count not."""
        state = self.state
        return [
            author for author, runs in summary.structs.items() if runs[-1][1] > state.get(author, 0)
        ]

    def advance(self, summary: UpdateSummary) -> None:
        """Take in an update that `classify` called new."""
        for author, runs in summary.structs.items():
            self.state[author] = max(self.state.get(author, 0), runs[-1][1])
        for author, ranges in summary.deletes.items():
            known = self.deletes.get(author)
            if known is None:
                self.deletes[author] = list(ranges)
            else:
                _add_ranges(known, ranges)

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
        other.deletes = {author: list(ranges) for author, ranges in self.deletes.items()}
        return other

    def _has_deletes(self, author: int, ranges: Runs) -> bool:
        known = self.deletes.get(author)
        if known is None:
            return False
        for range_from, range_to in ranges:
            at = bisect_right(known, (range_from, MAX_CLOCK)) - 1
            if at < 0 or known[at][1] < range_to:
                return False
        return True

    def _repeats_a_pair(self, summary: UpdateSummary) -> bool:
        return any(clock < self.state.get(author, 0) for author, clock in summary.paired)


def _add_ranges(known: Runs, added: Runs) -> None:
    """Merge ranges into ranges, in place.

    Many at once are sorted together, so that no number of ranges costs more than n log n.
    """
    if len(added) > _FEW_RANGES:
        known[:] = _merged(sorted(known + added))
        return
    for range_from, range_to in added:
        first = bisect_left(known, (range_from, 0))
        if first > 0 and known[first - 1][1] >= range_from:
            first -= 1
        last = bisect_right(known, (range_to, MAX_CLOCK))
        touched = known[first:last]
        if touched:
            range_from = min(range_from, touched[0][0])
            range_to = max(range_to, touched[-1][1])
        known[first:last] = [(range_from, range_to)]


def _merged(ranges: Runs) -> Runs:
    merged: Runs = []
    for range_from, range_to in ranges:
        if merged and range_from <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], range_to))
        else:
            merged.append((range_from, range_to))
    return merged
