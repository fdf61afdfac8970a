"""A text that is read by its language's grammar, and its spans that have a meaning.

Knows no process and no wire. What is captured is said by queries (`app/syntax/grammars.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tree_sitter

from app.syntax.changed_range import changed_range
from app.syntax.columns import Columns
from app.syntax.layers import Edit, Layer, Piece
from app.syntax.messages import Span, Spans, Splice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.syntax.grammars import Grammars


class SyntaxTree:
    """Follows one text. Invariant: each line, the last too, ends with a line feed in `_source`."""

    def __init__(self, language: str, grammars: Grammars) -> None:
        """Take a language.

        Raises:
            LookupError: it has no grammar.
        """
        self._layer = Layer(language, grammars)
        self._source = b"\n"
        self._lines = [""]
        self._sizes = [1]  # of each line in bytes, with its end

    def splice(self, splice: Splice) -> None:
        """Put lines in the place of others; what is outside of the text is left out."""
        first = min(max(splice.first_line, 0), len(self._lines))
        last = min(first + max(splice.removed_lines, 0), len(self._lines))
        encoded = [line.encode() + b"\n" for line in splice.lines]
        start = sum(self._sizes[:first])
        end = start + sum(self._sizes[first:last])
        old, new = self._source[start:end], b"".join(encoded)
        if old == new:
            return
        self._layer.edit(_edit_of(first, start, old, new))
        self._source = self._source[:start] + new + self._source[end:]
        self._lines[first:last] = splice.lines
        self._sizes[first:last] = map(len, encoded)

    def spans(self, first_line: int, last_line: int) -> list[Spans]:
        """Return the spans of each line from the first, inside the text, to the last, included.

        The list ends with the text; a line of plain text has an empty tuple.
        """
        last_line = min(last_line, len(self._lines) - 1)
        if last_line < first_line:
            return []
        pieces = _flattened(sorted(self._layer.pieces(self._source, first_line, last_line)))
        return self._by_line(pieces, first_line, last_line)

    def _by_line(self, pieces: Iterable[_Flat], first_line: int, last_line: int) -> list[Spans]:
        lines: list[list[Span]] = [[] for _ in range(first_line, last_line + 1)]
        columns = [Columns(line) for line in self._lines[first_line : last_line + 1]]
        for start, end, capture in pieces:
            for line in range(max(start.row, first_line), min(end.row, last_line) + 1):
                column = columns[line - first_line]
                begin = column.utf16(start.column) if line == start.row else 0
                stop = column.utf16(end.column) if line == end.row else column.length_utf16
                if begin < stop:
                    lines[line - first_line].append(Span(begin, stop - begin, capture))
        return [tuple(spans) for spans in lines]


def _edit_of(first_line: int, at: int, old: bytes, new: bytes) -> Edit:
    """Return that at a place, where a line begins, the new bytes are instead of the old."""
    start, old_end, new_end = changed_range(old, new)
    return Edit(
        start_byte=at + start,
        old_end_byte=at + old_end,
        new_end_byte=at + new_end,
        start_point=_point(first_line, old, start),
        old_end_point=_point(first_line, old, old_end),
        new_end_point=_point(first_line, new, new_end),
    )


def _point(first_line: int, piece: bytes, offset: int) -> tree_sitter.Point:
    row = first_line + piece.count(b"\n", 0, offset)
    return tree_sitter.Point(row, offset - (piece.rfind(b"\n", 0, offset) + 1))


_Flat = tuple[tree_sitter.Point, tree_sitter.Point, str]
"""Start, end and capture of a piece that overlaps no other."""


def _flattened(pieces: Iterable[Piece]) -> list[_Flat]:
    """Return the pieces without overlaps: the inner or later one is kept where two were.

    Takes pieces that nest, as nodes of a tree do, in the order of their starts, wider ones first.
    """
    flat: list[_Flat] = []
    around: list[Piece] = []  # those not yet at their end, outermost first
    at = tree_sitter.Point(0, 0)  # up to here everything is in `flat`

    def advance(to: tree_sitter.Point) -> None:
        nonlocal at
        if around and at < to and around[-1].capture:
            flat.append((at, to, around[-1].capture))
        at = max(at, to)

    for piece in pieces:
        while around and around[-1].end <= piece.start:
            advance(around[-1].end)
            around.pop()
        advance(piece.start)
        around.append(piece)
    while around:
        advance(around[-1].end)
        around.pop()
    return flat
