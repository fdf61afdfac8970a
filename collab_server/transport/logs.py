"""How the server logs: one line an event on standard error, with identity and reason.

Never content, tokens or query strings; libraries that would log those are kept at warnings.
"""

from __future__ import annotations

import logging
import sys
import time

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s"
TALKATIVE = ("websockets", "asyncio", "alembic", "sqlalchemy")


class OneLine(logging.Formatter):
    """Keeps an event on one line, tracebacks and what a peer had a hand in included."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return super().format(record).replace("\r", "\\r").replace("\n", "\\n")


def log_to_stderr(level: str) -> None:
    """Send all logging of this process there, from this level on."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = OneLine(FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # What strangers send to the port is no event of ours.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
