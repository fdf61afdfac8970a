"""The smallest edits that make one text out of another, as a person would have made them.

Knows no widget: a binding hands in the blocks that may have changed, before and after. A cut never
stands inside a character, nor inside what a reader sees as one (an accent on its letter, a family
of emoji). Source: EDITOR.md, binding rules 2 and 5; for the line diff B. Cohen's patience diff.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from app.model.text_edit import TextEdit, length_utf16

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGE_CHARACTERS = 200
"""A replaced range above this, on both sides, may be several small edits told as one."""

_FEW_LINES = 200
"""Lines on a side that are compared with each other when no line is unique; more stay one edit."""

_ZERO_WIDTH_JOINER = "\u200d"
_COMBINING = frozenset({"Mn", "Mc", "Me"})

_Range = tuple[int, int, int, int]
"""Replaces old[0:1] by new[2:3], in code points."""


def minimal_edits(
    old: str,
    new: str,
    *,
    at_utf16: int | None = None,
    offset_utf16: int = 0,
    is_by_lines: bool = False,
) -> list[TextEdit]:
    """Return edits, as `TextEdit` says, that turn `old` into `new`; none when they are equal.

    Args:
        old: normalised text, usually a few lines of a longer one.
        new: what stands there now, normalised.
        at_utf16: where in `old` the edit is known to have begun. It decides between places that
            give the same text: `aaa` that became `aaaa` by a key at 1 got it at 1, not at 3.
        offset_utf16: where `old` begins in the whole text; added to every position.
        is_by_lines: whether lines that stayed part even a small difference: it was not typed.
    """
    if old == new:
        return []
    at = None if at_utf16 is None else _characters(old, at_utf16)
    start, stop_old, stop_new = _trim(old, new, at)
    ranges = [(start, stop_old, start, stop_new)]
    if min(stop_old - start, stop_new - start) > (0 if is_by_lines else _LARGE_CHARACTERS):
        ranges = list(_by_lines(old, new, start, stop_old, stop_new))
    edits: list[TextEdit] = []
    done, position = 0, offset_utf16
    for from_old, to_old, from_new, to_new in ranges:
        position += length_utf16(old[done:from_old])
        removed = length_utf16(old[from_old:to_old])
        edits.append(TextEdit(position, removed, new[from_new:to_new]))
        position += removed
        done = to_old
    return edits


def _trim(old: str, new: str, at: int | None) -> tuple[int, int, int]:
    """Return the start of the difference, and its ends in both texts."""
    shorter = min(len(old), len(new))
    prefix = _common_prefix(old, new)
    longest_suffix = _common_suffix(old, new)
    if at is not None and shorter - longest_suffix <= at < prefix:
        prefix = at
    suffix = min(longest_suffix, shorter - prefix)
    while prefix and (_is_inside_cluster(old, prefix) or _is_inside_cluster(new, prefix)):
        prefix -= 1
    while suffix and (
        _is_inside_cluster(old, len(old) - suffix) or _is_inside_cluster(new, len(new) - suffix)
    ):
        suffix -= 1
    return prefix, len(old) - suffix, len(new) - suffix


def _common_prefix(old: str, new: str) -> int:
    low, high = 0, min(len(old), len(new))
    if old[:high] == new[:high]:
        return high
    while high - low > 1:  # equal up to low, different within high
        middle = (low + high) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _common_suffix(old: str, new: str) -> int:
    low, high = 0, min(len(old), len(new))
    if old[len(old) - high :] == new[len(new) - high :]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]:
            low = middle
        else:
            high = middle
    return low


def _is_inside_cluster(text: str, at: int) -> bool:
    """Tell whether a cut here would part what is shown as one character."""
    if at <= 0 or at >= len(text):
        return False
    following = text[at]
    if following.isascii():
        return False
    before = text[at - 1]
    if before == "\n":
        return False
    return (
        _extends(following)
        or before == _ZERO_WIDTH_JOINER
        or (_is_flag_letter(before) and _is_flag_letter(following))
    )


def _extends(character: str) -> bool:
    return (
        character == _ZERO_WIDTH_JOINER
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags of regional flags
        or unicodedata.category(character) in _COMBINING  # variation selectors are among these
    )


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _by_lines(old: str, new: str, start: int, stop_old: int, stop_new: int) -> Iterator[_Range]:
    """Split one large replaced range at the lines that stayed; ascending ranges."""
    old_lines = old[start:stop_old].splitlines(keepends=True)
    new_lines = new[start:stop_new].splitlines(keepends=True)
    at_old = at_new = start
    done_old = done_new = 0
    whole = (0, len(old_lines), 0, len(new_lines))
    for from_old, to_old, from_new, to_new in _changed_lines(old_lines, new_lines, *whole):
        at_old += sum(map(len, old_lines[done_old:from_old]))
        at_new += sum(map(len, new_lines[done_new:from_new]))
        removed = "".join(old_lines[from_old:to_old])
        added = "".join(new_lines[from_new:to_new])
        begin, end_removed, end_added = _trim(removed, added, None)
        if begin < max(end_removed, end_added):
            yield at_old + begin, at_old + end_removed, at_new + begin, at_new + end_added
        at_old += len(removed)
        at_new += len(added)
        done_old, done_new = to_old, to_new


def _changed_lines(
    old: list[str], new: list[str], from_old: int, to_old: int, from_new: int, to_new: int
) -> Iterator[_Range]:
    """Yield ranges of lines outside of which both are equal; ascending, never two that touch."""
    at_old, at_new = from_old, from_new
    anchors = _unique_lines(old, new, from_old, to_old, from_new, to_new)
    for anchor_old, anchor_new in [*anchors, (to_old, to_new)]:
        yield from _small(old, new, at_old, anchor_old, at_new, anchor_new)
        at_old, at_new = anchor_old + 1, anchor_new + 1


def _small(
    old: list[str], new: list[str], from_old: int, to_old: int, from_new: int, to_new: int
) -> Iterator[_Range]:
    if from_old == to_old and from_new == to_new:
        return
    if max(to_old - from_old, to_new - from_new) > _FEW_LINES:
        yield from_old, to_old, from_new, to_new
        return
    matcher = SequenceMatcher(None, old[from_old:to_old], new[from_new:to_new], autojunk=False)
    for tag, begin_old, end_old, begin_new, end_new in matcher.get_opcodes():
        if tag != "equal":
            yield from_old + begin_old, from_old + end_old, from_new + begin_new, from_new + end_new


def _unique_lines(
    old: list[str], new: list[str], from_old: int, to_old: int, from_new: int, to_new: int
) -> list[tuple[int, int]]:
    """Return the longest row of lines that stand once in each text, in the same order in both."""
    places_old = _places_of_unique(old, from_old, to_old)
    places_new = _places_of_unique(new, from_new, to_new)
    pairs = [
        (at_old, places_new[line]) for line, at_old in places_old.items() if line in places_new
    ]
    tails: list[int] = []  # the smallest end in `new` of an ascending row of each length
    rows: list[int] = []  # which pair that is
    came_from: list[int] = []
    for index, (_, at_new) in enumerate(pairs):
        length = bisect_left(tails, at_new)
        came_from.append(rows[length - 1] if length else -1)
        tails[length : length + 1] = [at_new]
        rows[length : length + 1] = [index]
    anchors: list[tuple[int, int]] = []
    index = rows[-1] if rows else -1
    while index >= 0:
        anchors.append(pairs[index])
        index = came_from[index]
    return anchors[::-1]


def _places_of_unique(lines: list[str], start: int, stop: int) -> dict[str, int]:
    places: dict[str, int] = {}
    for at in range(start, stop):
        line = lines[at]
        places[line] = -1 if line in places else at
    return {line: at for line, at in places.items() if at >= 0}


def _characters(text: str, at_utf16: int) -> int:
    """Return the code points in front of a position; one inside a character counts as before it."""
    if text.isascii():
        return at_utf16
    units = text.encode("utf-16-le")[: 2 * max(0, at_utf16)]
    return len(units.decode("utf-16-le", "ignore"))
