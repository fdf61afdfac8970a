"""A text that Pygments reads, for languages without a grammar here.

Knows no process and no wire. A lexer has no memory: what is asked for is read from the beginning of
the text, so what lies far behind has no colours. Source: https://pygments.org/docs/lexerdevelopment
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pygments.lexers
import pygments.util
from pygments.token import Token

from app.syntax.languages import LEXERS
from app.syntax.messages import Span, Spans, Splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.token import _TokenType  # pyright: ignore[reportPrivateUsage] - it has no other name

FARTHEST_CHARACTERS = 200_000
"""Lines behind this have no colours: a lexer reads about a million characters a second."""

_KINDS = (  # the first that a token is in
    (Token.Comment.Preproc, "decorator"),
    (Token.Comment, "comment"),
    (Token.Keyword.Constant, "constant"),
    (Token.Keyword.Type, "type"),
    (Token.Keyword, "keyword"),
    (Token.Operator.Word, "keyword"),
    (Token.Operator, "operator"),
    (Token.Number, "number"),
    (Token.String.Escape, "escape"),
    (Token.String.Interpol, "escape"),
    (Token.String, "string"),
    (Token.Name.Attribute, "property"),
    (Token.Name.Builtin.Pseudo, "constant"),
    (Token.Name.Builtin, "function"),
    (Token.Name.Class, "type"),
    (Token.Name.Constant, "constant"),
    (Token.Name.Decorator, "decorator"),
    (Token.Name.Exception, "type"),
    (Token.Name.Function, "function"),
    (Token.Name.Namespace, "type"),
    (Token.Name.Property, "property"),
    (Token.Name.Tag, "keyword"),
    (Token.Generic.Deleted, "keyword"),
    (Token.Generic.Inserted, "string"),
    (Token.Generic.Heading, "keyword"),
    (Token.Generic.Subheading, "keyword"),
)


class LexedText:
    """Follows one text."""

    def __init__(self, language: str) -> None:
        """Take a language.

        Raises:
            LookupError: Pygments is not known to read it.
        """
        try:
            # Its options have no types.
            self._lexer = pygments.lexers.get_lexer_by_name(LEXERS[language])  # pyright: ignore[reportUnknownMemberType]
        except pygments.util.ClassNotFound as error:
            raise LookupError(language) from error
        self._lines = [""]

    def splice(self, splice: Splice) -> None:
        """Put lines in the place of others; what is outside of the text is left out."""
        first = min(max(splice.first_line, 0), len(self._lines))
        last = min(first + max(splice.removed_lines, 0), len(self._lines))
        self._lines[first:last] = splice.lines

    def spans(self, first_line: int, last_line: int) -> list[Spans]:
        """Return the spans of each line from the first, inside the text, to the last, included."""
        last_line = min(last_line, len(self._lines) - 1)
        lines: list[list[Span]] = [[] for _ in range(first_line, last_line + 1)]
        for line, span in self._read(last_line):
            if line >= first_line:
                lines[line - first_line].append(span)
        return [tuple(spans) for spans in lines]

    def _read(self, last_line: int) -> Iterator[tuple[int, Span]]:
        """Yield the spans of all lines up to one, with their lines."""
        text = "\n".join([*self._lines[: last_line + 1], ""])[:FARTHEST_CHARACTERS]
        line = at_utf16 = 0
        for _, kind, value in self._lexer.get_tokens_unprocessed(text):
            capture = _capture_of(kind)
            for number, part in enumerate(value.split("\n")):
                if number:
                    line, at_utf16 = line + 1, 0
                if line > last_line:
                    return
                length = len(part) if part.isascii() else len(part.encode("utf-16-le")) // 2
                if capture and length:
                    yield line, Span(at_utf16, length, capture)
                at_utf16 += length


def _capture_of(kind: _TokenType) -> str:
    return next((capture for token, capture in _KINDS if kind in token), "")
