"""Edits of a text as values: how they are told, applied, put after each other, and move positions.

Knows neither widget nor CRDT. All offsets count UTF-16 units, as Qt does. Source: EDITOR.md,
binding rules 2–5.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LINE_END = re.compile("\r\n?|\u2029")
_NOT_TEXT = re.compile("[\ufdd0\ufdd1\ufffc\ud800-\udfff]")
_NOT_NORMAL = re.compile("[\r\u2029\ufdd0\ufdd1\ufffc\ud800-\udfff]")


class PositionError(ValueError):
    """A position outside a text, or inside one of its characters."""


class TextEdit(NamedTuple):
    """Replaces a range by a text.

    In a list of edits all positions are those of the text before the whole list; the list is sorted
    ascending and its ranges neither overlap nor start at the same place.
    """

    at_utf16: int
    removed_utf16: int
    text: str  # normalised; empty for a deletion


class Selection(NamedTuple):
    """Where somebody's caret is, and where the selection that ends there began."""

    anchor_utf16: int
    head_utf16: int  # the caret; equal to the anchor when nothing is selected


def normalise(text: str) -> str:
    """Return a text as every editor of the document can hold it.

    Line ends become LF; what Qt uses inside its documents, and half surrogate pairs, become U+FFFD.
    """
    if is_normal(text):
        return text
    return _NOT_TEXT.sub("\ufffd", _LINE_END.sub("\n", text))


def is_normal(text: str) -> bool:
    """Tell whether `normalise` would leave a text as it is."""
    if text.isascii():
        return "\r" not in text
    return _NOT_NORMAL.search(text) is None


def length_utf16(text: str) -> int:
    """Return how many UTF-16 units a text has; a lone surrogate is one."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def apply_edits(text: str, edits: Sequence[TextEdit]) -> str:
    """Return the text after a list of edits.

    Raises:
        PositionError: a position lies outside the text or inside a character.
    """
    units = text.encode("utf-16-le")
    pieces: list[bytes] = []
    at = 0
    for edit in edits:
        start, stop = 2 * edit.at_utf16, 2 * (edit.at_utf16 + edit.removed_utf16)
        if not at <= start <= stop <= len(units):
            raise PositionError("an edit lies outside the text or before the one before it")
        pieces += (units[at:start], edit.text.encode("utf-16-le"))
        at = stop
    pieces.append(units[at:])
    try:
        # Piece by piece, or two halves of different pairs could make a new character.
        return "".join([piece.decode("utf-16-le") for piece in pieces])
    except UnicodeDecodeError as error:
        raise PositionError("an edit cuts a character") from error


def transform_position(
    position_utf16: int, edits: Iterable[TextEdit], *, stays_left: bool = True
) -> int:
    """Return where a position is after a list of edits.

    Args:
        position_utf16: in the text before the edits.
        edits: as `TextEdit` says.
        stays_left: whether what is inserted exactly at the position comes to stand right of it.
            It also says to which end a position inside a replaced range goes.
    """
    shift = 0
    for edit in edits:
        start = edit.at_utf16
        if start > position_utf16:
            break
        stop = start + edit.removed_utf16
        added = length_utf16(edit.text)
        if stop < position_utf16 or (stop == position_utf16 and start < position_utf16):
            shift += added - edit.removed_utf16
        elif stays_left:
            return start + shift
        elif start < position_utf16 or added:
            return start + shift + added
    return position_utf16 + shift


def transform_selection(selection: Selection, edits: Sequence[TextEdit]) -> Selection:
    """Return a selection after somebody else's edits; a bare caret stays bare and stays left.

    What is inserted at the edge of a selected range stays outside it.
    """
    anchor, head = selection.anchor_utf16, selection.head_utf16
    if anchor == head:
        caret = transform_position(head, edits)
        return Selection(caret, caret)
    start = transform_position(min(anchor, head), edits, stays_left=False)
    stop = max(start, transform_position(max(anchor, head), edits))
    return Selection(start, stop) if anchor < head else Selection(stop, start)
