"""What differs between two texts, line by line, for people to read.

Pure, and slow for long texts: to be called in a worker. Source:
https://docs.python.org/3/library/difflib.html#difflib.unified_diff
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

MOST_LINES = 4000
"""Of a difference; what is beyond is counted only."""

LONGEST_TEXT_LINES = 50_000
"""Longer texts are not compared: it could take minutes."""


@dataclass(frozen=True, slots=True)
class LineDifference:
    """A unified difference."""

    lines: tuple[str, ...]  # each with its sign: " ", "+", "-", or "@@" for a place
    left_out: int = 0  # lines beyond MOST_LINES
    is_too_long: bool = False  # then nothing was compared


def line_difference(before: str, after: str) -> LineDifference:
    """Return what has to be taken from `before` and put in to get `after`, with three lines around.

    No lines at all mean that the texts are equal.
    """
    old, new = before.split("\n"), after.split("\n")
    if max(len(old), len(new)) > LONGEST_TEXT_LINES:
        return LineDifference((), is_too_long=True)
    found = list(difflib.unified_diff(old, new, lineterm="", n=3))[2:]
    return LineDifference(tuple(found[:MOST_LINES]), max(0, len(found) - MOST_LINES))
