"""How the server logs: one line an event on standard error, as JSON or for people to read.

Everything goes through Python's `logging`, the libraries' events too, so there is one place where a
line is made. A line has a message, the fields of `FIELDS` that a record brings by `extra`, and
nothing else: whatever other attribute a record has stays behind. No line shows content, a token or
a query string: of an exception it shows where it happened, and its words only when they are ours or
the system's; of a library's message the first line; what looks like a token or a query is cut out.

Plain `logging`, and not structlog: a server keeps for life what it imports (ARCHITECTURE.md,
decision 16). Does not know what happens in the server.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from typing import TYPE_CHECKING, Literal

import msgspec

from collab_server.core.effects import Level
from collab_server.protocol.error_words import places_of, without_secrets, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from collab_server.core.effects import Announce

LogFormat = Literal["console", "json"]

FIELDS = ("client", "room", "door", "code", "error", "at")
"""What may stand on a line beside its message: who and where, never what was said."""

OURS = "collab_server"
QUIET = ("websockets", "asyncio", "alembic", "sqlalchemy", "redis", "httpx", "httpcore")
LONGEST_MESSAGE_CHARS = 2000
ANNOUNCED = {
    Level.INFO: logging.INFO,
    Level.WARNING: logging.WARNING,
    Level.ERROR: logging.ERROR,
}
_LEVELS = {"WARNING": "warning", "CRITICAL": "error"}

logger = logging.getLogger(__name__)


class Line(logging.Formatter):
    """Makes one line of a record, for a machine (`json`) or a person (`console`)."""

    def __init__(self, log_format: LogFormat = "console") -> None:
        super().__init__()
        self._is_json = log_format == "json"

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        fields = dict(_fields(record))
        level = _LEVELS.get(record.levelname, record.levelname.lower())
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        stamp = f"{moment}.{int(record.msecs):03d}Z"
        if self._is_json:
            line = {"ts": stamp, "level": level, "logger": record.name, "event": _message(record)}
            return msgspec.json.encode(line | fields).decode("utf-8", "replace")
        told = "".join(f" {name}={value}" for name, value in fields.items())
        return _one_line(f"{stamp} {level.upper()} {record.name}: {_message(record)}{told}")


def log_to_stderr(level: str, log_format: LogFormat = "console") -> None:
    """Send all logging of this process there, from this level on; its last words too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line(log_format))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    # No line shows them, and each would be found out for each line.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # What strangers send to the port is no event of ours.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    sys.excepthook = _log_last_words
    threading.excepthook = _log_thread_end


def log_announcement(announcement: Announce) -> None:
    """Write down what the hub says."""
    told = {"client": announcement.client, "room": announcement.room}
    logger.log(ANNOUNCED[announcement.level], "%s", announcement.text, extra=told)


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except (TypeError, ValueError):  # a library's template and arguments do not go together
        text = str(record.msg)
    if not record.name.startswith(OURS):
        text = text.partition("\n")[0]  # asyncio goes on with the objects concerned
    text = without_secrets(text)
    return text if len(text) <= LONGEST_MESSAGE_CHARS else f"{text[:LONGEST_MESSAGE_CHARS]}…"


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, object]]:
    for name in FIELDS:
        value = record.__dict__.get(name)
        if value is not None:
            yield name, value if isinstance(value, int) else str(value)
    if record.exc_info and record.exc_info[1] is not None:
        yield "error", words_of(record.exc_info[1])
        yield "at", places_of(record.exc_info[2])


def _one_line(text: str) -> str:
    """Escape what would end the line, or speak to a terminal."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _log_last_words(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    logger.critical("the process ends by an error", exc_info=(kind, error, trace))


def _log_thread_end(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is None or isinstance(ended.exc_value, SystemExit):
        return
    with contextlib.suppress(ValueError):  # standard error is closed: the process is ending
        logger.critical(
            "a thread ends by an error",
            exc_info=(ended.exc_type, ended.exc_value, ended.exc_traceback),
        )
