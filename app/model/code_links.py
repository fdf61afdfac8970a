"""Places in files as they stand in a message: `src/hello.py:12–20`, to jump to.

Knows no message and no file's text. Source: EDITOR.md (chat: code-link chips).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MOST_LINKS = 50
"""In one message; what comes after them is text."""

MOST_PATHS = 2_000
"""Files that are looked for."""

_LINES = r":([1-9][0-9]{0,6})(?:[-–]([1-9][0-9]{0,6}))?(?![\w:])"


@dataclass(frozen=True, slots=True)
class CodeLink:
    """One place."""

    start: int  # in the message, in code points
    end: int
    path: str  # as the project names the file
    first_line: int  # from 1
    last_line: int  # not before the first


def code_link(path: str, first_line: int, last_line: int) -> str:
    """Return how a place is written."""
    return f"{path}:{first_line}" + (f"–{last_line}" if last_line > first_line else "")


def find_code_links(text: str, paths: frozenset[str]) -> list[CodeLink]:
    """Return the places that a message names, in order.

    Args:
        text: of the message.
        paths: of the files there are; what is not one of them is no link.
    """
    found: list[CodeLink] = []
    if not paths or ":" not in text:
        return found
    for match in _pattern(paths).finditer(text):
        lines = int(match[2]), int(match[3] or match[2])
        found.append(CodeLink(match.start(), match.end(), match[1], min(lines), max(lines)))
        if len(found) == MOST_LINKS:
            break
    return found


@lru_cache(maxsize=8)
def _pattern(paths: frozenset[str]) -> re.Pattern[str]:
    """Return what finds these paths with lines behind them; of two that fit, the longer."""
    longest_first = sorted(paths, key=lambda path: (-len(path), path))[:MOST_PATHS]
    return re.compile(rf"(?<![\w/.])({'|'.join(map(re.escape, longest_first))}){_LINES}")
