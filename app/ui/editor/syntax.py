"""Syntax trees that follow a text, and the spans of it that have a meaning.

Knows no widget, no colour and no thread; one `SyntaxTree` belongs to one thread at a time. What is
captured is in `resources/queries`. Source: https://tree-sitter.github.io/tree-sitter/using-parsers
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import tree_sitter
import tree_sitter_javascript
import tree_sitter_python

from app.paths import resources_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CAPTURES = (
    "comment",
    "constant",
    "decorator",
    "escape",
    "function",
    "keyword",
    "number",
    "operator",
    "property",
    "string",
    "type",
)
"""Every name that a span's capture can have."""

_READ_BYTES = 2048  # at a time: between two reads, other threads may run
_GRAMMARS: dict[str, Callable[[], object]] = {
    "javascript": tree_sitter_javascript.language,
    "python": tree_sitter_python.language,
}

SYNTAX_LANGUAGES = frozenset(_GRAMMARS)
"""The ids (`app.model.languages`) of the languages that `SyntaxTree` can parse."""


class Span(NamedTuple):
    """A piece of one line, all of one kind."""

    start_utf16: int  # from the start of the line
    length_utf16: int  # at least 1
    capture: str  # one of CAPTURES


Spans = tuple[Span, ...]
"""The spans of one line: sorted, no overlaps."""


class _Piece(NamedTuple):
    """A piece of the source, in UTF-8 bytes."""

    start: tree_sitter.Point
    end: tree_sitter.Point
    capture: str


class SyntaxTree:
    """Follows one text; after each `update`, the tree is the tree of that text.

    tree_sitter holds the GIL while it parses: 20,000 lines of Python at once would stop the window
    for 165 ms. So the source is read through a callable, and the interpreter may switch threads at
    each read: the longest stall of another thread was 11 ms, of which 5 are the usual switch
    interval. Each later parse reuses the tree before it. The first use of a language in a process
    compiles its query, 13 ms in one piece.
    """

    def __init__(self, language: str) -> None:
        grammar, self._query = _load(language)
        self._parser = tree_sitter.Parser(grammar)
        self._tree: tree_sitter.Tree | None = None
        self._source = b""
        self._lines: list[str] = [""]
        self._cancelled = False

    def update(self, text: str) -> None:
        """Parse a text, of which only what is new since the last call costs time."""
        source = text.encode("utf-8", "replace")
        if self._tree is not None:
            start, old_end, new_end = changed_range(self._source, source)
            if start == old_end == new_end:
                return
            self._tree.edit(
                start_byte=start,
                old_end_byte=old_end,
                new_end_byte=new_end,
                start_point=_point(self._source, start),
                old_end_point=_point(self._source, old_end),
                new_end_point=_point(source, new_end),
            )
        read = functools.partial(self._read, source)
        tree = self._parser.parse(read, self._tree) if self._tree else self._parser.parse(read)
        if self._cancelled:
            return
        self._tree = tree
        self._source = source
        self._lines = text.split("\n")

    def cancel(self) -> None:
        """End a running `update` soon, from another thread; the tree is of no more use."""
        self._cancelled = True

    def spans(self, first_line: int, last_line: int) -> dict[int, Spans]:
        """Return the spans of each line from the first to the last, both included.

        Lines outside of the text are left out; a line of plain text has an empty tuple.
        """
        first_line = max(first_line, 0)
        last_line = min(last_line, len(self._lines) - 1)
        if self._tree is None or last_line < first_line or self._cancelled:
            return {}
        cursor = tree_sitter.QueryCursor(self._query)
        cursor.set_point_range((first_line, 0), (last_line + 1, 0))
        found = [
            (node.start_byte, -node.end_byte, pattern, node, capture)
            for pattern, captures in cursor.matches(self._tree.root_node)
            for capture, nodes in captures.items()
            for node in nodes
        ]
        found.sort(key=lambda each: each[:3])
        pieces = _flattened(
            _Piece(node.start_point, node.end_point, capture) for *_, node, capture in found
        )
        return self._by_line(pieces, first_line, last_line)

    def _read(self, source: bytes, offset: int, _point: tree_sitter.Point) -> bytes:
        if self._cancelled:
            return b""  # the end, so that the parser comes to its end
        return source[offset : offset + _READ_BYTES]

    def _by_line(
        self, pieces: Iterable[_Piece], first_line: int, last_line: int
    ) -> dict[int, Spans]:
        lines: dict[int, list[Span]] = {line: [] for line in range(first_line, last_line + 1)}
        columns = {line: _Columns(self._lines[line]) for line in lines}
        for start, end, capture in pieces:
            for line in range(max(start.row, first_line), min(end.row, last_line) + 1):
                column = columns[line]
                begin = column.utf16(start.column) if line == start.row else 0
                stop = column.utf16(end.column) if line == end.row else column.length_utf16
                if begin < stop:
                    lines[line].append(Span(begin, stop - begin, capture))
        return {line: tuple(spans) for line, spans in lines.items()}


def changed_range(
    old: bytes, new: bytes, *, limit: int | None = None, step: int = 1
) -> tuple[int, int, int]:
    """Return (start, end in the old, end in the new) of what is different.

    Args:
        old: The bytes before.
        new: The bytes after.
        limit: The start is not behind this: where the change is known to have begun.
        step: Start and ends are whole multiples of this, as are both lengths.
    """
    shorter = min(len(old), len(new))
    start = _common(shorter if limit is None else min(limit, shorter), old, new)
    start -= start % step
    rest = shorter - start
    tail = _common_tail(rest, old, new)
    tail -= tail % step
    return start, len(old) - tail, len(new) - tail


def _common(limit: int, one: bytes, other: bytes) -> int:
    """Return how many bytes at the start of both are the same, at most the limit."""
    low, high = 0, limit  # the answer is in low..high
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_tail(limit: int, one: bytes, other: bytes) -> int:
    """Return how many bytes at the end of both are the same, at most the limit."""
    low, high = 0, limit
    one_end, other_end = len(one), len(other)
    while low < high:
        middle = (low + high + 1) // 2
        same = one[one_end - middle : one_end - low] == other[other_end - middle : other_end - low]
        low, high = (middle, high) if same else (low, middle - 1)
    return low


def _point(source: bytes, offset: int) -> tree_sitter.Point:
    return tree_sitter.Point(
        source.count(b"\n", 0, offset), offset - (source.rfind(b"\n", 0, offset) + 1)
    )


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
        self._source = None if line.isascii() else line.encode("utf-8", "replace")
        self.length_utf16 = len(line) if self._source is None else self.utf16(len(self._source))

    def utf16(self, column_utf8: int) -> int:
        if self._source is None:
            return column_utf8
        return len(self._source[:column_utf8].decode("utf-8", "ignore").encode("utf-16-le")) // 2


@functools.cache
def _load(language: str) -> tuple[tree_sitter.Language, tree_sitter.Query]:
    grammar = tree_sitter.Language(_GRAMMARS[language]())
    query = (resources_dir() / "queries" / f"{language}.scm").read_text(encoding="utf-8")
    return grammar, tree_sitter.Query(grammar, query)
