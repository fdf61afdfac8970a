"""Syntax trees that follow a text, and the spans of it that have a meaning.

Knows no process and no wire. What is captured is in `resources/queries`. Source:
https://tree-sitter.github.io/tree-sitter/using-parsers
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import tree_sitter

from app.syntax.changed_range import changed_range
from app.syntax.messages import Span, Spans, Splice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.syntax.grammars import Grammar


class _Piece(NamedTuple):
    """A piece of the source, in UTF-8 bytes."""

    start: tree_sitter.Point
    end: tree_sitter.Point
    capture: str


class SyntaxTree:
    """Follows one text. Invariant: each line, the last too, ends with a line feed in `_source`."""

    def __init__(self, grammar: Grammar) -> None:
        self._query = grammar.query
        self._parser = tree_sitter.Parser(grammar.language)
        self._tree: tree_sitter.Tree | None = None  # None: everything is new
        self._is_edited = False  # whether the tree has to be made anew, from the one before
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
        if self._tree is not None:
            _tell(self._tree, first, start, old, new)
        self._is_edited = True
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
        cursor = tree_sitter.QueryCursor(self._query)
        cursor.set_point_range((first_line, 0), (last_line + 1, 0))
        found = [
            (node.start_byte, -node.end_byte, pattern, node, capture)
            for pattern, captures in cursor.matches(self._parsed().root_node)
            for capture, nodes in captures.items()
            for node in nodes
        ]
        found.sort(key=lambda each: each[:3])
        pieces = _flattened(
            _Piece(node.start_point, node.end_point, capture) for *_, node, capture in found
        )
        return self._by_line(pieces, first_line, last_line)

    def _parsed(self) -> tree_sitter.Tree:
        if self._tree is None:
            self._tree = self._parser.parse(self._source)
        elif self._is_edited:
            self._tree = self._parser.parse(self._source, self._tree)
        self._is_edited = False
        return self._tree

    def _by_line(self, pieces: Iterable[_Piece], first_line: int, last_line: int) -> list[Spans]:
        lines: list[list[Span]] = [[] for _ in range(first_line, last_line + 1)]
        columns = [_Columns(line) for line in self._lines[first_line : last_line + 1]]
        for start, end, capture in pieces:
            for line in range(max(start.row, first_line), min(end.row, last_line) + 1):
                column = columns[line - first_line]
                begin = column.utf16(start.column) if line == start.row else 0
                stop = column.utf16(end.column) if line == end.row else column.length_utf16
                if begin < stop:
                    lines[line - first_line].append(Span(begin, stop - begin, capture))
        return [tuple(spans) for spans in lines]


def _tell(tree: tree_sitter.Tree, first_line: int, at: int, old: bytes, new: bytes) -> None:
    """Tell a tree that at a place, where a line begins, the new bytes are instead of the old."""
    start, old_end, new_end = changed_range(old, new)
    tree.edit(
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


def _flattened(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Return the pieces without overlaps: the inner or later one is kept where two were.

    Takes pieces that nest, as nodes of a tree do, in the order of their starts, wider ones first.
    """
    flat: list[_Piece] = []
    around: list[_Piece] = []  # those not yet at their end, outermost first
    at = tree_sitter.Point(0, 0)  # up to here everything is in `flat`

    def advance(to: tree_sitter.Point) -> None:
        nonlocal at
        if around and at < to:
            flat.append(_Piece(at, to, around[-1].capture))
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


class _Columns:
    """Turns the UTF-8 columns of one line into UTF-16 columns."""

    def __init__(self, line: str) -> None:
        self._source = None if line.isascii() else line.encode()
        self.length_utf16 = len(line) if self._source is None else self.utf16(len(self._source))

    def utf16(self, column_utf8: int) -> int:
        if self._source is None:
            return column_utf8
        return len(self._source[:column_utf8].decode("utf-8", "ignore").encode("utf-16-le")) // 2
