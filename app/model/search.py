"""Finding and replacing in a text, within a time limit.

Pure, but slow for long texts and hostile patterns: to be called in a worker. The `regex` library
takes a time limit and lets other threads run meanwhile, which `re` does not. Offsets that go out
count UTF-16 units. Sources: EDITOR.md (find); https://github.com/mrabarnett/mrab-regex.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

from app.model.text_edit import TextEdit, length_utf16

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_MATCHES = 20_000
"""More are not counted; a replacement of all takes them all the same."""

MOST_REPLACEMENTS = 200_000
LONGEST_PATTERN = 1000
TIMEOUT_S = 2.0


class SearchFailed(Exception):
    """A search that cannot be made, or not in time."""


class PatternInvalid(SearchFailed):
    """The pattern is none."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ReplacementInvalid(SearchFailed):
    """The replacement names a group that there is not, or cannot be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SearchTooSlow(SearchFailed):
    """The pattern takes longer than the limit."""


class TooManyMatches(SearchFailed):
    """More replacements than can be made at once."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for."""

    text: str
    is_regex: bool = False
    has_case: bool = False  # whether case counts
    is_word: bool = False  # whether only whole words are found


@dataclass(frozen=True, slots=True)
class Match:
    """A place where something was found."""

    start_utf16: int
    stop_utf16: int


@dataclass(frozen=True, slots=True)
class Matches:
    """What was found, ascending, without overlaps."""

    places: tuple[Match, ...] = ()
    is_cut: bool = False  # whether there are more


def find_matches(
    query: SearchQuery,
    text: str,
    *,
    within: Match | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Matches:
    """Return where a query is found; an empty query is found nowhere.

    Args:
        query: what to look for.
        text: where; what stands around `within` is seen by a pattern, but nothing is found there.
        within: only there; None: everywhere.
        timeout_s: after this long it is given up.

    Raises:
        SearchFailed: as its kinds say.
    """
    measure = _Measure(text)
    places: list[Match] = []
    for found in _find(query, text, within, timeout_s):
        if len(places) == MOST_MATCHES:
            return Matches(tuple(places), is_cut=True)
        start, stop = found.span()
        places.append(Match(measure.utf16_at(start), measure.utf16_at(stop)))
    return Matches(tuple(places))


def replacements(
    query: SearchQuery,
    text: str,
    replacement: str,
    *,
    within: Match | None = None,
    timeout_s: float = TIMEOUT_S,
) -> list[TextEdit]:
    r"""Return the edits that replace every match, as `TextEdit` says.

    Args:
        query: what to look for; in the replacement of a pattern `\1` and `\g<name>` are groups.
        text: where.
        replacement: what to put there.
        within: only there; None: everywhere.
        timeout_s: after this long it is given up.

    Raises:
        SearchFailed: as its kinds say.
    """
    measure = _Measure(text)
    edits: list[TextEdit] = []
    for found in _find(query, text, within, timeout_s):
        if len(edits) == MOST_REPLACEMENTS:
            raise TooManyMatches
        start, stop = found.span()
        put = _expanded(found, replacement) if query.is_regex else replacement
        if put != found.group():
            at = measure.utf16_at(start)
            edits.append(TextEdit(at, measure.utf16_at(stop) - at, put))
    return edits


def _find(
    query: SearchQuery, text: str, within: Match | None, timeout_s: float
) -> Iterator[regex.Match[str]]:
    if not query.text:
        return
    pattern = _compiled(query)
    start, stop = 0, len(text)
    if within is not None:
        start = _index_at(text, within.start_utf16)
        stop = _index_at(text, within.stop_utf16)
    try:
        for found in pattern.finditer(text, start, timeout=timeout_s, concurrent=True):
            if found.start() > stop:
                return
            if found.end() <= stop:
                yield found
    except TimeoutError as error:
        raise SearchTooSlow from error


def _compiled(query: SearchQuery) -> regex.Pattern[str]:
    if len(query.text) > LONGEST_PATTERN:
        raise PatternInvalid("it is too long")
    source = query.text if query.is_regex else regex.escape(query.text)
    if query.is_word:
        source = rf"(?<!\w)(?:{source})(?!\w)"
    flags = regex.MULTILINE | regex.UNICODE | (0 if query.has_case else regex.IGNORECASE)
    try:
        return regex.compile(source, flags)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise PatternInvalid(str(error)) from error


def _expanded(found: regex.Match[str], replacement: str) -> str:
    try:
        return found.expand(replacement)
    except (regex.error, IndexError, KeyError, ValueError) as error:
        raise ReplacementInvalid(str(error)) from error


class _Measure:
    """Turns ascending places in code points into places in UTF-16 units.

    Invariant: each part of the text is measured once, because nothing goes back.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_ascii = text.isascii()
        self._index = 0
        self._utf16 = 0

    def utf16_at(self, index: int) -> int:
        if self._is_ascii:
            return index
        self._utf16 += length_utf16(self._text[self._index : index])
        self._index = index
        return self._utf16


def _index_at(text: str, at_utf16: int) -> int:
    """Return the code points before a place; one inside a character counts as before it."""
    if text.isascii():
        return at_utf16
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * at_utf16]
    return len(units.decode("utf-16-le", "ignore"))
