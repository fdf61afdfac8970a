"""The lines of a text in which something is found, as a list of results shows them.

Pure; slow for long texts and hostile patterns, so to be called in a worker. Source: EDITOR.md (find
in project).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from app.model.search import TIMEOUT_S, find_matches

if TYPE_CHECKING:
    from app.model.search import SearchQuery

LONGEST_SHOWN = 200
"""Characters of a line that are shown."""

_BEFORE = 40  # of them in front of what was found, when the line is longer


@dataclass(frozen=True, slots=True)
class LineMatch:
    """A place where something was found."""

    line: int  # from 1
    column: int  # UTF-16 units in front of it in its line
    length_utf16: int
    shown: str  # the line, or the part of it around the place; without margins
    shown_start: int  # where the place begins in that, in code points
    shown_stop: int  # where it ends there, or the part does


def line_matches(
    query: SearchQuery, text: str, *, most: int, timeout_s: float = TIMEOUT_S
) -> list[LineMatch]:
    """Return where a query is found in a text, ascending.

    Args:
        query: what to look for.
        text: normalised.
        most: no more than this.
        timeout_s: after this long it is given up.

    Raises:
        SearchFailed: the pattern is none, or takes too long.
    """
    units = None if text.isascii() else text.encode("utf-16-le")
    found: list[LineMatch] = []
    line, begin, begin_utf16 = 1, 0, 0
    for match in islice(find_matches(query, text, timeout_s=timeout_s).places, most):
        start = _characters(units, begin, begin_utf16, match.start_utf16)
        stop = _characters(units, start, match.start_utf16, match.stop_utf16)
        feeds = text.count("\n", begin, start)
        if feeds:
            line += feeds
            fresh = text.rindex("\n", begin, start) + 1
            begin_utf16 = match.start_utf16 - _units(text[fresh:start])
            begin = fresh
        end = text.find("\n", start)
        whole = text[begin : len(text) if end < 0 else end]
        shown, shift = _shown(whole, start - begin)
        found.append(
            LineMatch(
                line=line,
                column=match.start_utf16 - begin_utf16,
                length_utf16=match.stop_utf16 - match.start_utf16,
                shown=shown,
                shown_start=start - begin - shift,
                shown_stop=min(stop - begin - shift, len(shown)),
            )
        )
    return found


def _shown(line: str, start: int) -> tuple[str, int]:
    """Return what is shown of a line, and how many characters of it are left out in front."""
    margin = min(len(line) - len(line.lstrip()), start)
    left_out = margin if start - margin <= LONGEST_SHOWN - _BEFORE else start - _BEFORE
    return line[left_out : left_out + LONGEST_SHOWN].rstrip(), left_out


def _characters(units: bytes | None, index: int, at_utf16: int, to_utf16: int) -> int:
    """Return the code points in front of a place, counted on from an earlier one."""
    if units is None:
        return to_utf16
    return index + len(units[2 * at_utf16 : 2 * to_utf16].decode("utf-16-le"))


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
