"""What to change in one text so that it becomes another: few places, bounded work.

By lines first, then what the changed lines have in common at both ends. Knows no document. The
texts may be large and anything, so beyond `MOST_LINES` the middle is one change.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_LINES = 5_000
"""Lines of either text that are compared with each other; `SequenceMatcher` may be quadratic."""


@dataclass(frozen=True, slots=True)
class TextChange:
    """One place: so many bytes of UTF-8 are taken away, and a text comes in their stead."""

    at_utf8: int  # in the text as it was
    removed_utf8: int
    added: str


def changes_between(old: str, new: str) -> list[TextChange]:
    """Return the changes, ascending and apart from each other, none when the texts are equal."""
    start, old_end, new_end = _differing(old, new)
    if start == old_end and start == new_end:
        return []
    old_lines = old[start:old_end].splitlines(keepends=True)
    new_lines = new[start:new_end].splitlines(keepends=True)
    at_utf8 = len(old[:start].encode())
    if max(len(old_lines), len(new_lines)) > MOST_LINES:
        removed = old[start:old_end]
        return [TextChange(at_utf8, len(removed.encode()), new[start:new_end])]
    changes: list[TextChange] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(
        None, old_lines, new_lines, autojunk=False
    ).get_opcodes():
        before = "".join(old_lines[old_from:old_to])
        if tag != "equal":
            changes.append(_change(at_utf8, before, "".join(new_lines[new_from:new_to])))
        at_utf8 += len(before.encode())
    return changes


def _change(at_utf8: int, old: str, new: str) -> TextChange:
    start, old_end, new_end = _differing(old, new)
    return TextChange(
        at_utf8 + len(old[:start].encode()),
        len(old[start:old_end].encode()),
        new[start:new_end],
    )


def _differing(old: str, new: str) -> tuple[int, int, int]:
    """Return where two texts begin to differ, and where in each the common end begins."""
    shorter = min(len(old), len(new))
    start = _common(shorter, lambda at, end: old[at:end] == new[at:end])
    old_end, new_end = len(old), len(new)
    tail = _common(
        shorter - start,
        lambda at, end: old[old_end - end : old_end - at] == new[new_end - end : new_end - at],
    )
    return start, old_end - tail, new_end - tail


def _common(most: int, is_equal: Callable[[int, int], bool]) -> int:
    """Return how long a beginning two texts share, by halves: comparing slices is fast."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if is_equal(low, middle):
            low = middle
        else:
            high = middle - 1
    return low
