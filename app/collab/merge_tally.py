"""Counts what others changed in a text while this side was away.

Knows no clock and no session: whoever does begins and ends the count. Source: EDITOR.md (offline:
"Merged 14 changes by Ana").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.model.outage import MergeReport
from app.model.text_edit import Selection, length_utf16, transform_selection

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from app.model.outage import Place
    from app.model.text_edit import TextEdit

_MOST_PLACES = 200  # more than anybody looks through; then the last ones are told as one


class MergeTally:
    """The changes between `begin` and `end`."""

    def __init__(self) -> None:
        self._is_on = False
        self._changes = 0
        self._authors: set[int] = set()
        self._places: list[Place] = []  # as `Place` says

    @property
    def is_on(self) -> bool:
        """Whether changes are counted."""
        return self._is_on

    def begin(self) -> None:
        """Count from now on; a count that is on goes on."""
        if not self._is_on:
            self._is_on = True
            self._changes = 0
            self._authors.clear()
            self._places.clear()

    def note(self, edits: Sequence[TextEdit], authors: Collection[int], *, is_own: bool) -> None:
        """Take in a change of the text, one's own too: it moves the places of others'."""
        if not self._is_on or not edits:
            return
        self._places = _moved(self._places, edits)
        if not is_own:
            self._changes += len(edits)
            self._authors.update(authors)
            self._places = _joined([*self._places, *_places_of(edits)])

    def end(self, names: Mapping[int, str]) -> MergeReport | None:
        """Stop counting; None when there was nothing.

        Args:
            names: of the authors that are known.
        """
        self._is_on = False
        if not self._changes:
            return None
        known = {names[author] for author in self._authors if author in names}
        return MergeReport(self._changes, tuple(sorted(known)), tuple(self._places))


def _places_of(edits: Sequence[TextEdit]) -> list[Place]:
    """Return where edits are in the text after them."""
    places: list[Place] = []
    shift = 0
    for edit in edits:
        start = edit.at_utf16 + shift
        added = length_utf16(edit.text)
        places.append((start, start + added))
        shift += added - edit.removed_utf16
    return places


def _moved(places: Sequence[Place], edits: Sequence[TextEdit]) -> list[Place]:
    """Return where places are after edits; most are before or behind all of them."""
    first, last = edits[0].at_utf16, edits[-1].at_utf16 + edits[-1].removed_utf16
    growth = sum(length_utf16(edit.text) - edit.removed_utf16 for edit in edits)
    moved: list[Place] = []
    for start, stop in places:
        if stop < first:
            moved.append((start, stop))
        elif start > last:
            moved.append((start + growth, stop + growth))
        else:
            place = transform_selection(Selection(start, stop), edits)
            moved.append((place.anchor_utf16, place.head_utf16))
    return moved


def _joined(places: list[Place]) -> list[Place]:
    """Return places in order, those that touch as one, and not too many."""
    joined: list[Place] = []
    for start, stop in sorted(places):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    if len(joined) > _MOST_PLACES:
        joined[_MOST_PLACES - 1 :] = [(joined[_MOST_PLACES - 1][0], joined[-1][1])]
    return joined
