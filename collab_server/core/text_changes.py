"""What to change in one text so that it becomes another: few places, bounded work.

By lines first, then what the changed lines have in common at both ends. Knows no document. The
texts may be large and anything, so beyond `MOST_LINES` the middle is one change.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from collab_server.protocol.version_events import LineChange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST_LINES = 5_000
"""Lines of either text that are compared with each other: `SequenceMatcher` may be quadratic."""

FEW_LINES = 300
MOST_EQUAL = 8
"""In a longer text a line that stands there more often tells of no place by itself, only beside
others: where every second line is the same one, comparing would take time with the cube."""


@dataclass(frozen=True, slots=True)
class TextChange:
    """One place: so many bytes of UTF-8 are taken away, and a text comes in their stead."""

    at_utf8: int  # in the text as it was
    removed_utf8: int
    added: str


def changes_between(old: str, new: str) -> list[TextChange]:
    """Return the changes, ascending and apart from each other, none when the texts are equal."""
    changes: list[TextChange] = []
    at_utf8 = 0
    for before, after in _line_groups(old, new):
        if before != after:
            changes.append(_change(at_utf8, before, after))
        at_utf8 += len(before.encode())
    return changes


def lines_between(old: str, new: str) -> list[LineChange]:
    """Return which lines change, ascending, none when the texts are equal."""
    changes: list[LineChange] = []
    line = 1
    for before, after in _line_groups(old, new):
        if before != after:
            changes.append(LineChange(line=line, removed=before, added=after))
        line += len(before.splitlines())
    return changes


def _line_groups(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Yield whole lines of the one, and those of the other that stand for them; equal or not."""
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    start = _common(min(len(old_lines), len(new_lines)), _slices_equal(old_lines, new_lines))
    tail = _common(
        min(len(old_lines), len(new_lines)) - start,
        _slices_equal(old_lines[::-1], new_lines[::-1]),
    )
    old_middle = old_lines[start : len(old_lines) - tail]
    new_middle = new_lines[start : len(new_lines) - tail]
    yield "".join(old_lines[:start]), "".join(old_lines[:start])
    if max(len(old_middle), len(new_middle)) > MOST_LINES:
        yield "".join(old_middle), "".join(new_middle)
        return
    matcher = SequenceMatcher(_tells_nothing(new_middle), old_middle, new_middle, autojunk=False)
    for _, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        yield "".join(old_middle[old_from:old_to]), "".join(new_middle[new_from:new_to])


def _tells_nothing(lines: Sequence[str]) -> Callable[[str], bool] | None:
    """Return which lines are too many to be compared, None for none."""
    if len(lines) <= FEW_LINES:
        return None
    counts = Counter(lines)
    return lambda line: counts[line] > MOST_EQUAL


def _slices_equal(old: Sequence[str], new: Sequence[str]) -> Callable[[int, int], bool]:
    return lambda at, end: old[at:end] == new[at:end]


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
    start = _common(shorter, _slices_equal(old, new))
    tail = _common(shorter - start, _slices_equal(old[::-1], new[::-1]))
    return start, len(old) - tail, len(new) - tail


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
