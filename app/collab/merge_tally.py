"""Counts what others changed in a text while this side was away.

Knows no clock and no session: whoever does begins and ends the count. Source: EDITOR.md (offline:
"Merged 14 changes by Ana").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.model.outage import MergeReport
from app.model.text_edit import transform_position

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from app.model.text_edit import TextEdit


class MergeTally:
    """The changes between `begin` and `end`."""

    def __init__(self) -> None:
        self._is_on = False
        self._changes = 0
        self._authors: set[int] = set()
        self._first_utf16: int | None = None

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
            self._first_utf16 = None

    def note(self, edits: Sequence[TextEdit], authors: Collection[int], *, is_own: bool) -> None:
        """Take in a change of the text, one's own too: it moves the places of others'."""
        if not self._is_on or not edits:
            return
        if self._first_utf16 is not None:
            self._first_utf16 = transform_position(self._first_utf16, edits)
        if not is_own:
            self._changes += len(edits)
            self._authors.update(authors)
            first = edits[0].at_utf16
            if self._first_utf16 is None or first < self._first_utf16:
                self._first_utf16 = first

    def end(self, names: Mapping[int, str]) -> MergeReport | None:
        """Stop counting; None when there was nothing.

        Args:
            names: of the authors that are known.
        """
        self._is_on = False
        if not self._changes or self._first_utf16 is None:
            return None
        known = {names[author] for author in self._authors if author in names}
        return MergeReport(self._changes, tuple(sorted(known)), self._first_utf16)
