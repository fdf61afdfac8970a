"""Opens the SQLite file durably, and says in one sentence what is wrong when it cannot.

The one module that knows SQLite's error codes and settings. Does not know what is stored.
Sources: sqlite.org/wal.html, /pragma.html, /rescode.html.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import time
from typing import TYPE_CHECKING

from collab_server.storage.errors import StoreError, UnusableDatabase

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

BUSY_TIMEOUT_S = 5.0
FOLDING_TIMEOUT_S = 0.02  # a log that is begun anew waits so long for readers, and writers for it
WAL_LIMIT_BYTES = 64 * 1024 * 1024  # a longer log file is cut to this after a checkpoint
FULL_SYNC = 2  # what PRAGMA synchronous answers for FULL: each commit is an fsync

_DISK_FULL = ("the disk is full", "free some space: nothing that was acknowledged is lost")
_READ_ONLY = ("it cannot be written", "give this user the right to write the file and its folder")
_PROBLEMS = {  # by SQLite's primary result code
    sqlite3.SQLITE_FULL: _DISK_FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_BUSY: (
        f"another program has locked the database for more than {BUSY_TIMEOUT_S:.0f} s",
        "end what else uses it",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened",
        "see that this user may read and write the file and its folder",
    ),
    sqlite3.SQLITE_NOTADB: ("it is not an SQLite database", "name another file"),
    sqlite3.SQLITE_CORRUPT: ("the database file is damaged", "restore it from a backup"),
    sqlite3.SQLITE_IOERR: (
        "the disk refused to read or write",
        "see whether it is full, over a quota or failing",
    ),
}


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open the file so that a commit is an fsync; without one, make it, for this user only.

    Raises:
        UnusableDatabase: It cannot be opened, written or made durable. It is as it was.
    """
    _make_file(path)
    try:
        connection = _connect(path)
        with _closing_on_error(connection):
            _set_wal(connection, path)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")  # macOS: fsync alone stops in the drive
            connection.execute("PRAGMA checkpoint_fullfsync = ON")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
            if connection.execute("PRAGMA synchronous").fetchone() != (FULL_SYNC,):
                raise UnusableDatabase("SQLite does not sync its commits", path=path)
            _prove_writable(connection)
    except sqlite3.Error as error:
        raise unusable(error, path) from error
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a second connection to an open database, which cannot write."""
    connection = _connect(path)
    with _closing_on_error(connection):
        connection.execute("PRAGMA query_only = ON")
    return connection


def open_for_folding(path: Path) -> sqlite3.Connection:
    """Open a connection that moves the log of writes into the file, and lets no writer wait long.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    connection = _connect(path, timeout_s=FOLDING_TIMEOUT_S)
    with _closing_on_error(connection):
        connection.execute("PRAGMA checkpoint_fullfsync = ON")
    return connection


def store_error(error: sqlite3.Error, path: Path) -> StoreError:
    """Say what an error of SQLite means for who asked; whatever was under way is rolled back."""
    told = StoreError(_reason(error), path=path, remedy=_remedy(error))
    told.__cause__ = error
    return told


def unusable(error: sqlite3.Error, path: Path) -> UnusableDatabase:
    """Say why a database cannot be opened."""
    return UnusableDatabase(_reason(error), path=path, remedy=_remedy(error))


def roll_back(connection: sqlite3.Connection) -> None:
    """End the transaction, if SQLite has not ended it already."""
    with contextlib.suppress(sqlite3.Error):  # the error that brought us here is the one to tell
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _connect(path: Path, *, timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",  # never makes a file: one that has gone is an error
        uri=True,
        timeout=timeout_s,
        isolation_level=None,  # transactions are begun and ended by us
        check_same_thread=False,  # opened and closed by one thread, which need not be the same
    )


@contextlib.contextmanager
def _closing_on_error(connection: sqlite3.Connection) -> Generator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _make_file(path: Path) -> None:
    """Make an empty file with mode 0600: SQLite gives its log the same mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if not path.is_file():
            raise UnusableDatabase("it is not a file", path=path, remedy="name a file") from None
    except (FileNotFoundError, NotADirectoryError):
        raise UnusableDatabase(
            "its folder does not exist", path=path, remedy="make the folder, or name another one"
        ) from None
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason, remedy = _DISK_FULL if full else _READ_ONLY
        raise UnusableDatabase(reason, path=path, remedy=remedy) from error


def _set_wal(connection: sqlite3.Connection, path: Path) -> None:
    # The change to WAL does not wait for another process that does the same just now, and SQLite
    # has no other way to wait. The server does this in its writer's thread, not in its event loop.
    deadline_s = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            break
        except sqlite3.OperationalError as error:
            if _primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline_s:
                raise
            time.sleep(0.01)
    if mode != "wal":
        raise UnusableDatabase(
            "its file system cannot hold a write-ahead log",
            path=path,
            remedy="keep the database on a local disk",
        )


def _prove_writable(connection: sqlite3.Connection) -> None:
    """Fail now, and not at the first edit. BEGIN alone does not tell that a file is read-only."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("PRAGMA user_version = 1")
    connection.execute("ROLLBACK")


def _primary_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _reason(error: sqlite3.Error) -> str:
    problem = _PROBLEMS.get(_primary_code(error))
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return problem[0] if problem else f"SQLite failed with {name}"


def _remedy(error: sqlite3.Error) -> str:
    problem = _PROBLEMS.get(_primary_code(error))
    return problem[1] if problem else "see the file and its disk"
