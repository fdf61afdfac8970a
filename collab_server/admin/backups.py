"""Copies of the whole database: made while the server runs, proved, and put back.

A backup that is put back is another history: whoever worked on since must not mix it in, so every
document gets a new epoch and new author ids (PROTOCOL.md §6). The present file is never deleted.
Does not know the wire.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from collab_server.core.compaction import merge_checked
from collab_server.core.views import ViewError
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.update_renaming import authors_in, new_author_ids, rename_authors
from collab_server.protocol.updates import parse_update
from collab_server.storage import epochs
from collab_server.storage.connection import (
    open_for_reading,
    open_for_writing,
    roll_back,
    unusable,
)
from collab_server.storage.documents import load_document
from collab_server.storage.errors import CorruptDocument, StoreError, UnusableDatabase
from collab_server.storage.migrating import bring_up_to_date, is_up_to_date

if TYPE_CHECKING:
    from collections.abc import Generator

PAGES_A_STEP = 1000  # the running server writes in between


@dataclass(slots=True)
class Verified:
    """What a look at every document has found."""

    documents: int = 0
    damaged: list[str] = field(default_factory=list[str])  # a sentence each


def back_up(database: Path, target: Path) -> Verified:
    """Copy a database while it is in use, prove the copy, and only then give it its name.

    Raises:
        StoreError: It cannot be read, or the copy cannot be written; there is none then.
    """
    if target.exists():
        raise StoreError("it is there already", path=target, remedy="name a new file")
    part = target.with_name(f"{target.name}.part")
    try:
        _copy(database, part)
        found = verify(part)
        part.rename(target)
    except OSError as error:
        what = f"the backup cannot be written ({error.strerror})"
        raise StoreError(what, path=target, remedy="name another file") from error
    finally:
        for left in (part, *_logs_of(part)):
            left.unlink(missing_ok=True)
    return found


def verify(database: Path) -> Verified:
    """Look at the whole file, and load and merge every document in it.

    Raises:
        UnusableDatabase: The file itself is damaged, or no database of ours.
    """
    if not database.is_file():
        raise UnusableDatabase("there is no such file", path=database, remedy="name another file")
    try:
        with contextlib.closing(open_for_reading(database)) as connection:
            answers = [row[0] for row in connection.execute("PRAGMA integrity_check(10)")]
            if answers != ["ok"]:
                raise UnusableDatabase(
                    f"the database file is damaged: {answers[0]}",
                    path=database,
                    remedy="restore it from a backup",
                )
            if is_up_to_date(connection, database):
                return _look_at_all(connection)
        return _verify_brought_up_to_date(database)
    except sqlite3.Error as error:
        raise unusable(error, database) from error


def restore(backup: Path, database: Path) -> tuple[Verified, Path | None]:
    """Put a backup in the place of a database, with a new epoch for every document.

    The server must not run.

    Returns:
        What is in it, and where the database that was there has been moved to.

    Raises:
        StoreError: The backup is damaged, or cannot be put there, or the database is in use; then
            all is as it was.
    """
    _require_unused(database)
    found = verify(backup)
    if found.damaged:
        raise StoreError(found.damaged[0], remedy="nothing was changed; use another backup")
    part = database.with_name(f"{database.name}.part")
    try:
        for left in (part, *_logs_of(part)):
            left.unlink(missing_ok=True)
        _copy(backup, part)
        _begin_anew(part, database)
        aside = _put_aside(database)
        part.rename(database)
    except OSError as error:
        what = f"the backup cannot be put there ({error.strerror})"
        raise StoreError(what, path=database, remedy="see to the folder of --db") from error
    finally:
        for left in (part, *_logs_of(part)):
            left.unlink(missing_ok=True)
    return found, aside


def _require_unused(database: Path) -> None:
    """Refuse a database that somebody has open; one that is broken is nobody's any more."""
    if not database.is_file():
        return
    try:
        with contextlib.closing(sqlite3.connect(database, timeout=0)) as connection:
            # With this every other connection is in the way, and not only one that writes.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise StoreError("it is in use", path=database, remedy="stop the server") from error
    except sqlite3.DatabaseError:
        return


def _look_at_all(connection: sqlite3.Connection) -> Verified:
    found = Verified()
    for name in epochs.document_names(connection):
        found.documents += 1
        try:
            _merged(connection, name)
        except CorruptDocument as error:
            found.damaged.append(str(error))
    return found


def _verify_brought_up_to_date(database: Path) -> Verified:
    """Look at a database of another version by a copy: the file itself is left as it is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / database.name
        _copy(database, copy)
        with contextlib.closing(open_for_writing(copy)) as connection:
            try:
                bring_up_to_date(connection, copy)
            except UnusableDatabase as error:
                remedy = "nothing was changed; use the version of this program that wrote it"
                raise UnusableDatabase(error.reason, path=database, remedy=remedy) from error
            return _look_at_all(connection)


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise UnusableDatabase("there is no such file", path=source, remedy="name another file")
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            contextlib.closing(open_for_reading(source)) as reading,
            contextlib.closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing, pages=PAGES_A_STEP)
    except sqlite3.Error as error:
        raise unusable(error, source) from error
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _begin_anew(copy: Path, present: Path) -> None:
    """Give every document of the copy another history, which replicas of neither file fit."""
    former = _former_authors(present)
    with contextlib.closing(open_for_writing(copy)) as connection:
        bring_up_to_date(connection, copy)
        for name in epochs.document_names(connection):
            merged = _merged(connection, name)
            names = authors_in(parse_update(merged, max_items=UNLIMITED))
            stored = load_document(connection, name)
            assert stored is not None
            lost = former.get(name, {})
            taken = {*names, *stored.owners, *stored.former_authors, *lost}
            new_ids = new_author_ids(names, taken, secrets.randbelow)
            anew = epochs.Anew(
                document=name,
                epoch=secrets.token_hex(16),
                update=rename_authors(merged, new_ids),
                owners={
                    new_ids[author]: user
                    for author, user in stored.owners.items()
                    if author in new_ids
                },
                former=lost,
            )
            with _transaction(connection):
                epochs.begin(connection, anew, int(time.time() * 1000))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise


def _former_authors(present: Path) -> dict[str, dict[int, tuple[str, str]]]:
    """Return what the database that is replaced knows of author ids; nothing when it is broken."""
    if not present.is_file():
        return {}
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(open_for_reading(present)) as connection,
    ):
        return epochs.all_authors(connection)
    return {}


def _merged(connection: sqlite3.Connection, name: str) -> bytes:
    stored = load_document(connection, name)
    assert stored is not None
    try:
        return merge_checked(stored.pieces, stored.updates)
    except (ViewError, RemoteProtocolError) as error:
        raise CorruptDocument(name, str(error)) from error


def _put_aside(database: Path) -> Path | None:
    """Move a database and its log away, under a name that is free."""
    if not database.exists():
        return None
    number = 1
    while (aside := database.with_name(f"{database.name}.replaced-{number}")).exists():
        number += 1
    for log, moved in zip(_logs_of(database), _logs_of(aside), strict=True):
        if log.exists():
            log.rename(moved)
    database.rename(aside)
    return aside


def _logs_of(database: Path) -> tuple[Path, Path]:
    return (
        database.with_name(f"{database.name}-wal"),
        database.with_name(f"{database.name}-shm"),
    )
