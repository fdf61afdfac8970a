"""Trees of one language in a text, and of the languages that stand inside it.

Knows no wire. A text has a layer; what of it is in another language has a layer below, which reads
those ranges only. Source: https://tree-sitter.github.io/tree-sitter/using-parsers/3-advanced-parsing
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import tree_sitter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.syntax.grammars import Grammar, Grammars

_DEEPEST = 3  # PHP, HTML in it, a script in that
_MOST_RANGES = 2_000  # more pieces of another language in one text are not read

_TOGETHER = {
    "html": {
        "javascript": "(script_element (raw_text) @here)",
        "css": "(style_element (raw_text) @here)",
    },
    "php": {"html": "(text) @here"},
    "markdown": {"html": "(html_block) @here"},
}
"""By a language: the others in it, all pieces of one being one text."""

_ALONE = {
    "markdown": (
        ("markdown-inline", "(inline) @here"),
        ("", "(fenced_code_block (info_string (language) @language) (code_fence_content) @here)"),
    ),
}
"""By a language: the others in it whose pieces are texts of their own; "": named by the text."""

_SPOKEN = {
    "bash": "shellscript",
    "c#": "csharp",
    "c++": "cpp",
    "cs": "csharp",
    "js": "javascript",
    "jsx": "javascript",
    "py": "python",
    "rb": "ruby",
    "rs": "rust",
    "sh": "shellscript",
    "shell": "shellscript",
    "ts": "typescript",
    "tsx": "typescript",
    "yml": "yaml",
}
"""What people call a language in a code fence, where it is not its id."""


class Edit(NamedTuple):
    """What `Tree.edit` wants to know."""

    start_byte: int
    old_end_byte: int
    new_end_byte: int
    start_point: tree_sitter.Point
    old_end_point: tree_sitter.Point
    new_end_point: tree_sitter.Point


class Piece(NamedTuple):
    """A piece of the source, in UTF-8 bytes; sorts so that what counts more comes later."""

    start_byte: int
    minus_end_byte: int
    depth: int  # of the layer
    rank: int  # of the pattern
    start: tree_sitter.Point
    end: tree_sitter.Point
    capture: str  # one of CAPTURES; "": plain text


class Layer:
    """Follows the ranges of a text that are in one language."""

    def __init__(self, language: str, grammars: Grammars, *, depth: int = 0) -> None:
        """Take a language.

        Raises:
            LookupError: it has no grammar.
        """
        self._grammar = grammars.of(language)
        self._grammars = grammars
        self._depth = depth
        self._parser = tree_sitter.Parser(self._grammar.language)
        self._tree: tree_sitter.Tree | None = None  # None: everything is new
        self._ranges: list[tree_sitter.Range] | None = None  # None: everything
        self._is_edited = False
        inside = _TOGETHER.get(language, {}) if depth < _DEEPEST else {}
        self._together = [
            (other, tree_sitter.Query(self._grammar.language, query))
            for other, query in inside.items()
        ]
        alone = _ALONE.get(language, ()) if depth < _DEEPEST else ()
        self._alone = [
            (other, tree_sitter.Query(self._grammar.language, query)) for other, query in alone
        ]
        self._inner: dict[str, Layer] = {}

    def edit(self, edit: Edit) -> None:
        """Take in that the source has changed; it is parsed when somebody asks."""
        if self._tree is not None:
            self._tree.edit(**edit._asdict())
        self._is_edited = True
        for layer in self._inner.values():
            layer.edit(edit)

    def pieces(self, source: bytes, first_line: int, last_line: int) -> Iterator[Piece]:
        """Yield what is captured in lines, the last included, here and in the layers below."""
        root = self._parsed(source).root_node
        yield from self._captured(root, first_line, last_line)
        for language, query in self._together:
            yield from self._below(language, query, source, first_line, last_line)
        for language, query in self._alone:
            for other, node in _fenced(query, root, first_line, last_line, language, source):
                layer = _layer_of(other, self._grammars, self._depth + 1)
                if layer is not None:
                    layer.read([node.range])
                    yield from layer.pieces(source, first_line, last_line)

    def read(self, ranges: list[tree_sitter.Range]) -> None:
        """Read only these ranges; sorted, no overlaps, at least one."""
        if ranges != self._ranges:
            self._parser.included_ranges = ranges
            self._ranges = ranges
            self._is_edited = True

    def _below(
        self,
        language: str,
        query: tree_sitter.Query,
        source: bytes,
        first_line: int,
        last_line: int,
    ) -> Iterator[Piece]:
        assert self._tree is not None
        cursor = tree_sitter.QueryCursor(query)
        nodes = cursor.captures(self._tree.root_node).get("here", [])[:_MOST_RANGES]
        nodes.sort(key=lambda node: node.start_byte)
        ranges = [node.range for node in nodes if node.start_byte < node.end_byte]
        if not ranges:
            return
        layer = self._inner.get(language)
        if layer is None:
            layer = self._inner[language] = Layer(language, self._grammars, depth=self._depth + 1)
        layer.read(ranges)
        yield from layer.pieces(source, first_line, last_line)

    def _parsed(self, source: bytes) -> tree_sitter.Tree:
        if self._tree is None:
            self._tree = self._parser.parse(source)
        elif self._is_edited:
            self._tree = self._parser.parse(source, self._tree)
        self._is_edited = False
        return self._tree

    def _captured(self, root: tree_sitter.Node, first_line: int, last_line: int) -> Iterator[Piece]:
        grammar = self._grammar
        sign = -1 if grammar.first_wins else 1
        for pattern, captures in _matches(grammar, root, first_line, last_line):
            for name, nodes in captures.items():
                kind = grammar.captures.get(name)
                if kind is None:
                    continue
                for node in nodes:
                    start, end = node.start_byte, node.end_byte
                    points = node.start_point, node.end_point
                    yield Piece(start, -end, self._depth, sign * pattern, *points, kind)


def _matches(
    grammar: Grammar, root: tree_sitter.Node, first_line: int, last_line: int
) -> Sequence[tuple[int, dict[str, list[tree_sitter.Node]]]]:
    cursor = tree_sitter.QueryCursor(grammar.query)
    cursor.set_point_range((first_line, 0), (last_line + 1, 0))
    return cursor.matches(root)


def _fenced(
    query: tree_sitter.Query,
    root: tree_sitter.Node,
    first_line: int,
    last_line: int,
    language: str,
    source: bytes,
) -> Iterator[tuple[str, tree_sitter.Node]]:
    """Yield the pieces of other languages in some lines."""
    cursor = tree_sitter.QueryCursor(query)
    cursor.set_point_range((first_line, 0), (last_line + 1, 0))
    for _, captures in cursor.matches(root):
        other = language
        if not other:
            (named,) = captures["language"]
            said = source[named.start_byte : named.end_byte].decode("utf-8", "replace").lower()
            other = _SPOKEN.get(said, said)
        for node in captures["here"]:
            if node.start_byte < node.end_byte:
                yield other, node


def _layer_of(language: str, grammars: Grammars, depth: int) -> Layer | None:
    try:
        return Layer(language, grammars, depth=depth)
    except LookupError:
        return None
