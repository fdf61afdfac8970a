"""Edits of whole lines: indented, commented out, duplicated, moved, joined, deleted.

Knows no widget; a caller hands in the lines. Positions as `TextEdit` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from app.model.text_edit import TextEdit, length_utf16

if TYPE_CHECKING:
    from collections.abc import Sequence

INDENT = 4  # columns

LINE_COMMENTS = {
    "c": "//",
    "cpp": "//",
    "csharp": "//",
    "go": "//",
    "java": "//",
    "javascript": "//",
    "php": "//",
    "python": "#",
    "ruby": "#",
    "rust": "//",
    "shellscript": "#",
    "sql": "--",
    "typescript": "//",
    "yaml": "#",
}
"""By language id; a language that is not here has no comment that ends with its line."""

_OPENERS = ("(", "[", "{", ":")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text."""

    at_utf16: int  # where it begins
    text: str  # without its line end


def indentation(text: str) -> str:
    """Return the blanks that a line begins with."""
    return text[: len(text) - len(text.lstrip(" \t"))]


def indentation_after(before_caret: str) -> str:
    """Return what the next line begins with, when Enter is pressed behind this part of a line."""
    indent = indentation(before_caret)
    if not before_caret.rstrip().endswith(_OPENERS):
        return indent
    return indent + ("\t" if indent.endswith("\t") else " " * INDENT)


def indented(lines: Sequence[Line]) -> list[TextEdit]:
    """Indent lines by one step; empty ones stay empty, unless there is only one."""
    return [
        TextEdit(line.at_utf16, 0, "\t" if line.text.startswith("\t") else " " * INDENT)
        for line in lines
        if line.text or len(lines) == 1
    ]


def outdented(lines: Sequence[Line]) -> list[TextEdit]:
    """Take one step of indentation, or what there is of it, from lines."""
    edits: list[TextEdit] = []
    for line in lines:
        blanks = len(line.text) - len(line.text.lstrip(" "))
        width = 1 if line.text.startswith("\t") else min(INDENT, blanks)
        if width:
            edits.append(TextEdit(line.at_utf16, width, ""))
    return edits


def comments_toggled(lines: Sequence[Line], mark: str) -> list[TextEdit]:
    """Make comments of lines, or of comments lines again if all of them are."""
    filled = [line for line in lines if line.text.strip()]
    if not filled:
        return []
    if all(line.text.lstrip(" \t").startswith(mark) for line in filled):
        return [_uncommented(line, mark) for line in filled]
    column = min(len(indentation(line.text)) for line in filled)
    return [TextEdit(line.at_utf16 + column, 0, mark + " ") for line in filled]


def _uncommented(line: Line, mark: str) -> TextEdit:
    column = len(indentation(line.text))
    has_blank = line.text[column + len(mark) :].startswith(" ")
    return TextEdit(line.at_utf16 + column, len(mark) + has_blank, "")


def duplicated(lines: Sequence[Line]) -> list[TextEdit]:
    """Put a copy of lines in front of them, so that who stands in them stands in the lower ones."""
    return [TextEdit(lines[0].at_utf16, 0, "".join([line.text + "\n" for line in lines]))]


def deleted(lines: Sequence[Line], size_utf16: int) -> list[TextEdit]:
    """Delete whole lines of a text with that length; with the last one goes the line end above."""
    start, stop = lines[0].at_utf16, _end(lines[-1])
    if stop < size_utf16:
        stop += 1
    elif start:
        start -= 1
    return [TextEdit(start, stop - start, "")]


def moved_up(lines: Sequence[Line], above: Line) -> list[TextEdit]:
    """Put the line above behind lines; these stay what they are, for whoever stands in them."""
    taken = TextEdit(above.at_utf16, lines[0].at_utf16 - above.at_utf16, "")
    return [taken, TextEdit(_end(lines[-1]), 0, "\n" + above.text)]


def moved_down(lines: Sequence[Line], below: Line) -> list[TextEdit]:
    """Put the line below in front of lines."""
    end = _end(lines[-1])
    return [
        TextEdit(lines[0].at_utf16, 0, below.text + "\n"),
        TextEdit(end, _end(below) - end, ""),
    ]


def joined(lines: Sequence[Line]) -> list[TextEdit]:
    """Make one line of several, with one blank where there was a line end and indentation."""
    edits: list[TextEdit] = []
    for line, following in pairwise(lines):
        start = _end(line) - (len(line.text) - len(line.text.rstrip(" \t")))
        start = max(start, line.at_utf16)
        stop = following.at_utf16 + len(indentation(following.text))
        if edits and start < edits[-1].at_utf16 + edits[-1].removed_utf16:
            start = edits.pop().at_utf16  # a line of blanks between two
        blank = " " if following.text.strip() else ""
        edits.append(TextEdit(start, stop - start, blank))
    return edits


def _end(line: Line) -> int:
    return line.at_utf16 + length_utf16(line.text)
