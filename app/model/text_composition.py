"""Two lists of edits, one after the other, as one list.

Knows neither widget nor CRDT. A replica applies several updates, each with its own edits; the
widget wants one list, in the positions of the text that it still shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.model.text_edit import TextEdit, length_utf16

if TYPE_CHECKING:
    from collections.abc import Sequence


def compose(first: Sequence[TextEdit], second: Sequence[TextEdit]) -> list[TextEdit]:
    """Return the edits that do what `first` and then `second` do.

    ::

        text      a b c d e f g
        first     a b[X Y]e f g       (2, 2, "XY")
        second    a b X[Z]f g         (3, 2, "Z"): over a piece of the first and the e
        both      a b[X Z]f g         (2, 3, "XZ")

    Args:
        first: as `TextEdit` says, in positions of the text before.
        second: as `TextEdit` says, in positions of the text after `first`.
    """
    if not first or not second:
        return list(first or second)
    walk = _Walk(first)
    done_utf16 = 0
    for edit in second:
        walk.keep(edit.at_utf16 - done_utf16)
        walk.remove(edit.removed_utf16)
        walk.insert(edit.text)
        done_utf16 = edit.at_utf16 + edit.removed_utf16
    return walk.finish()


class _Walk:
    """Goes once through the text after a first list of edits and writes down both lists as one."""

    def __init__(self, first: Sequence[TextEdit]) -> None:
        self._waiting = list(reversed(first))
        self._read_utf16 = 0  # of the text before, by the first list
        self._inserted = ""  # what is left of the text of an edit of the first list
        self._edits: list[TextEdit] = []
        self._at_utf16 = 0  # where the edit being written begins, in the text before
        self._removed_utf16 = 0
        self._texts: list[str] = []

    def keep(self, count_utf16: int) -> None:
        """Go on over units that the second list leaves alone."""
        while count_utf16:
            count_utf16 -= self._step(count_utf16, removes=False)

    def remove(self, count_utf16: int) -> None:
        """Go on over units that the second list removes."""
        while count_utf16:
            count_utf16 -= self._step(count_utf16, removes=True)

    def insert(self, text: str) -> None:
        """Write what the second list inserts here."""
        if text:
            self._texts.append(text)

    def finish(self) -> list[TextEdit]:
        """Take over the rest of the first list and return everything."""
        while self._inserted or self._waiting:
            self._step(length_utf16(self._inserted) or 2**62, removes=False)
        self._write()
        return self._edits

    def _step(self, at_most_utf16: int, *, removes: bool) -> int:
        """Pass units that all come from one place; return how many."""
        if self._inserted:
            return self._pass_inserted(at_most_utf16, removes=removes)
        if self._waiting and self._waiting[-1].at_utf16 == self._read_utf16:
            edit = self._waiting.pop()
            self._removed_utf16 += edit.removed_utf16
            self._read_utf16 += edit.removed_utf16
            self._inserted = edit.text
            return 0
        count = at_most_utf16
        if self._waiting:
            count = min(count, self._waiting[-1].at_utf16 - self._read_utf16)
        self._read_utf16 += count
        if removes:
            self._removed_utf16 += count
        else:
            self._write()
            self._at_utf16 += count
        return count

    def _pass_inserted(self, at_most_utf16: int, *, removes: bool) -> int:
        head, self._inserted = _split(self._inserted, at_most_utf16)
        if not removes:
            self._texts.append(head)
        return length_utf16(head)

    def _write(self) -> None:
        if self._removed_utf16 or self._texts:
            text = "".join(self._texts)
            self._edits.append(TextEdit(self._at_utf16, self._removed_utf16, text))
            self._at_utf16 += self._removed_utf16
            self._removed_utf16 = 0
            self._texts.clear()


def _split(text: str, at_utf16: int) -> tuple[str, str]:
    if text.isascii():
        return text[:at_utf16], text[at_utf16:]
    units = text.encode("utf-16-le")
    return units[: 2 * at_utf16].decode("utf-16-le"), units[2 * at_utf16 :].decode("utf-16-le")
