"""What somebody typed to go somewhere: a name with a line, a line alone, a person, a command.

Pure. Source: EDITOR.md (go: `name:line`, `@person`, command palette).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_LINE = re.compile(r"[ :]*(\d{1,9})(?:[:., ]+(\d{1,9}))?[ :]*")
_NAME_AND_LINE = re.compile(r"(.*?):(\d{1,9})(?::(\d{1,9}))?:?")


class GoKind(Enum):
    """What one wants to go to."""

    FILE = "file"
    LINE = "line"
    PERSON = "person"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class GoQuery:
    """A query taken apart."""

    kind: GoKind
    name: str = ""  # of file, person or command, as typed
    line: int | None = None  # counted from 1
    column: int | None = None  # counted from 1


def parse_go_query(text: str) -> GoQuery:
    """Take apart what was typed; every text is some query."""
    if text.startswith(">"):
        return GoQuery(GoKind.COMMAND, text[1:].strip())
    if text.startswith("@"):
        return GoQuery(GoKind.PERSON, text[1:].strip())
    if text.startswith(":"):
        return parse_line(text)
    found = _NAME_AND_LINE.fullmatch(text.strip())
    if found is None:
        return GoQuery(GoKind.FILE, text.strip())
    return GoQuery(GoKind.FILE, found[1].strip(), _number(found[2]), _number(found[3]))


def parse_line(text: str) -> GoQuery:
    """Take apart `12`, `:12`, `12:3` or `12, 3`; what is none of these names no line."""
    found = _LINE.fullmatch(text)
    if found is None:
        return GoQuery(GoKind.LINE)
    return GoQuery(GoKind.LINE, line=_number(found[1]), column=_number(found[2]))


def _number(text: str | None) -> int | None:
    return max(1, int(text)) if text is not None else None
