"""An error written down without content: what it is, what caused it, and where.

What Python or a library puts into the text of an exception may be what somebody typed, or a token.
So only the words of our own errors and of the system are told, and of those nothing that looks like
a token or a query. App and server log by this. Does not know who logs.
"""

from __future__ import annotations

import re
import traceback
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from types import TracebackType

TOLD = ("collab_server", "app", "sqlite3")
"""Whose errors have words without content: ours, and those of the database."""
MOST_FRAMES = 12
"""Of a traceback: the innermost; a recursion has a thousand."""

_TOKEN = re.compile(r"eyJ[A-Za-z0-9+/_=.-]{8,}")  # base64 of `{"`: both kinds begin with it
_QUERY = re.compile(r"\?[^\s\"']*=[^\s\"']*")


def without_secrets(text: str) -> str:
    """Cut out what looks like a token or a query."""
    return _QUERY.sub("?…", _TOKEN.sub("eyJ…", text))


def words_of(error: BaseException) -> str:
    """Say what an exception is, with its causes; what Python put into its text may be content."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(told) < MOST_FRAMES:
        kind: type[BaseException] = type(cause)
        name = kind.__qualname__
        if kind.__module__.partition(".")[0] in TOLD:
            name = f"{name}: {without_secrets(str(cause))}"
        elif isinstance(cause, OSError):
            name = f"{name}: {cause.strerror or cause.errno}"
        told.append(name)
        cause = _cause_of(cause)
    return " ← ".join(told)


def places_of(trace: TracebackType | None) -> str:
    """Say where: files, lines and functions, innermost last."""
    frames = traceback.extract_tb(trace)[-MOST_FRAMES:]
    return " → ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)


def _cause_of(error: BaseException) -> BaseException | None:
    if isinstance(error, BaseExceptionGroup):
        first: BaseException = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
        return first
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _short(filename: str) -> str:
    """Return the end of a path; where it begins may be somebody's home."""
    return "/".join(filename.replace("\\", "/").rsplit("/", 2)[-2:])
