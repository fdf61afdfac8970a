"""The grammars there are, and the queries that say what is coloured in them.

Knows no text. A query is our own in `resources/queries`, or one that the grammar's package ships.
A grammar is loaded when it is first asked for: compiling its query takes about 13 ms.
"""

from __future__ import annotations

import importlib
import importlib.resources
from typing import TYPE_CHECKING, NamedTuple

import tree_sitter

from app.syntax.captures import capture_of

if TYPE_CHECKING:
    from pathlib import Path


class _Source(NamedTuple):
    """Where a grammar and its queries come from."""

    package: str
    own: tuple[str, ...] = ()  # names of files in `resources/queries`
    shipped: tuple[str, ...] = ()  # `package/path` of files that packages ship
    function: str = "language"
    first_wins: bool = False  # which pattern counts when two name the same node


def _shipped(name: str, *more: str, first_wins: bool = False) -> _Source:
    files = (*more, f"tree_sitter_{name}/highlights.scm")
    return _Source(f"tree_sitter_{name}", shipped=files, first_wins=first_wins)


_SOURCES = {
    "c": _shipped("c"),
    "cpp": _shipped("cpp", "tree_sitter_c/highlights.scm"),
    "csharp": _Source("tree_sitter_c_sharp", own=("csharp",)),
    "css": _shipped("css"),
    "go": _shipped("go", first_wins=True),
    "html": _shipped("html"),
    "java": _shipped("java"),
    "javascript": _Source("tree_sitter_javascript", own=("javascript", "javascript-classes")),
    "json": _shipped("json", first_wins=True),
    "markdown": _Source(
        "tree_sitter_markdown", shipped=("tree_sitter_markdown/markdown/highlights.scm",)
    ),
    "markdown-inline": _Source(
        "tree_sitter_markdown",
        shipped=("tree_sitter_markdown/markdown_inline/highlights.scm",),
        function="inline_language",
    ),
    "php": _Source(
        "tree_sitter_php",
        shipped=("tree_sitter_php/highlights.scm",),
        function="language_php",
        first_wins=True,
    ),
    "python": _Source("tree_sitter_python", own=("python",)),
    "ruby": _shipped("ruby"),
    "rust": _shipped("rust"),
    "shellscript": _shipped("bash"),
    "sql": _shipped("sql"),
    "typescript": _Source(
        "tree_sitter_typescript", own=("javascript", "typescript"), function="language_tsx"
    ),
    "yaml": _shipped("yaml"),
}

GRAMMAR_LANGUAGES = frozenset(_SOURCES)
"""The ids of the languages that a tree can be made of, those inside others too."""


class Grammar(NamedTuple):
    """What is needed to parse a language, and what is looked for in its trees."""

    language: tree_sitter.Language
    query: tree_sitter.Query
    captures: dict[str, str]  # a query's capture → one of CAPTURES, or "" for plain text
    first_wins: bool  # which pattern counts when two name the same node


class Grammars:
    """Loads each language once."""

    def __init__(self, queries: Path) -> None:
        """Take the folder of our own queries."""
        self._queries = queries
        self._loaded: dict[str, Grammar] = {}

    def of(self, language: str) -> Grammar:
        """Return the grammar of a language.

        Raises:
            LookupError: there is none.
        """
        if language not in self._loaded:
            self._loaded[language] = self._load(_SOURCES[language])
        return self._loaded[language]

    def _load(self, source: _Source) -> Grammar:
        module = importlib.import_module(source.package)
        pointer: object = getattr(module, source.function)()
        language = tree_sitter.Language(pointer)
        texts = [(self._queries / f"{name}.scm").read_text("utf-8") for name in source.own]
        for name in source.shipped:
            package, _, path = name.partition("/")
            file = importlib.resources.files(package).joinpath("queries", path)
            texts.append(file.read_text("utf-8"))
        query = tree_sitter.Query(language, "\n".join(texts))
        count: int = query.capture_count  # pyright: ignore[reportAssignmentType] - a property
        names = map(query.capture_name, range(count))
        kinds = ((name, capture_of(name)) for name in names)
        captures = {name: kind for name, kind in kinds if kind is not None}
        return Grammar(language, query, captures, source.first_wins)
