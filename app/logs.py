"""How the app logs: lines on standard error, and of an error what it is and where.

What Python puts into the text of an exception may be what somebody types, or what lets into a
session; none of it is written down. Source: STYLE.md (logging).
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from collab_server.protocol.error_words import places_of, without_secrets, words_of

if TYPE_CHECKING:
    from types import TracebackType

    ExcInfo = (
        tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    )


class Line(logging.Formatter):
    """Makes the text of a record, without content or secrets."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record."""
        return without_secrets(super().format(record))

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802  logging.Formatter
        """Return what an error is and where it happened."""
        _, error, trace = ei
        return "" if error is None else f"  {words_of(error)}\n  at {places_of(trace)}"


def log_to_stderr(level: int) -> None:
    """Log from now on, from this level up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line())
    logging.basicConfig(level=level, handlers=[handler])
