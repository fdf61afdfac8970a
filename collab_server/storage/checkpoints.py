"""Folds SQLite's log of writes into the database file, in a thread of its own: no commit pays.

Whoever commits goes on meanwhile. Only a log that has become too long although it was folded, under
load that never pauses, is begun anew while writers wait, which is for the few pages of the last
moment. Does not know what is written. Source: sqlite.org/wal.html, wal_checkpoint_v2.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from typing import TYPE_CHECKING

from collab_server.storage.connection import WAL_LIMIT_BYTES, open_for_folding, store_error

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

FOLD_AFTER_BYTES = 4 * 1024 * 1024
"""So much is folded at once, as SQLite by itself does."""

FOLD_AFTER_S = 10.0
"""What is less waits no longer than this."""

FOLD = "PRAGMA wal_checkpoint(PASSIVE)"  # nobody waits for it, and it waits for nobody
BEGIN_ANEW = "PRAGMA wal_checkpoint(TRUNCATE)"


class Checkpoints:
    """One thread and its connection. Invariant: what fails changes nothing but the log's length."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = threading.Event()  # there is something to fold
        self._due = threading.Event()  # at once
        self._is_closing = False
        self._is_failing = False
        self._bytes = 0
        self._thread = threading.Thread(target=self._live, name="store checkpoints", daemon=True)

    def start(self) -> None:
        """Begin; the database is open."""
        self._thread.start()

    def written(self, size_bytes: int) -> None:
        """Hear, in the writer's thread, that about so much was committed."""
        self._bytes += size_bytes
        if self._bytes >= FOLD_AFTER_BYTES:
            self._bytes = 0
            self._due.set()
        if not self._written.is_set():
            self._written.set()

    def close(self) -> None:
        """Wait for what is under way, and close the connection."""
        self._is_closing = True
        self._due.set()
        self._written.set()
        self._thread.join()

    def _live(self) -> None:
        while True:
            self._written.wait()
            is_large = self._due.wait(FOLD_AFTER_S)
            if self._is_closing:
                return
            self._written.clear()
            self._due.clear()
            try:
                with contextlib.closing(open_for_folding(self._path)) as connection:
                    _fold(connection, is_quiet=not is_large)
                self._is_failing = False
            except sqlite3.Error as error:
                self._say(error)

    def _say(self, error: sqlite3.Error) -> None:
        if not self._is_failing:
            self._is_failing = True
            reason = store_error(error, self._path).advice
            logger.warning("the log of writes could not be folded into the database: %s", reason)


def _fold(connection: sqlite3.Connection, *, is_quiet: bool) -> None:
    """Fold what is in the log; begin it anew if it is long and hardly anybody writes, or too long.

    Args:
        connection: of this thread.
        is_quiet: whether little was written in the last seconds.
    """
    _, pages, _ = connection.execute(FOLD).fetchone()
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    size_bytes = pages * page_bytes
    if size_bytes >= (FOLD_AFTER_BYTES if is_quiet else WAL_LIMIT_BYTES):
        connection.execute(BEGIN_ANEW)
