"""Makes a new database's tables, or brings an older database up to date.

A start costs one look at the version mark; Alembic is imported only when that differs. Does not
know the tables themselves: `schema_sql` and `migrations` do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.storage.connection import roll_back
from collab_server.storage.errors import UnusableDatabase
from collab_server.storage.parts import sweep
from collab_server.storage.schema_sql import SCHEMA_REVISION, SCHEMA_SQL, VERSION_TABLE_SQL

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
)


def is_up_to_date(connection: sqlite3.Connection, path: Path) -> bool:
    """Tell whether a database has the tables of this version; an older or newer one has not.

    Raises:
        UnusableDatabase: It is another program's.
    """
    return _version_marks(connection, path) == [SCHEMA_REVISION]


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Leave the database with exactly the tables that this version knows.

    Raises:
        UnusableDatabase: It is another program's, or of a newer version, or a migration failed. It
            is as it was.
    """
    if not _tables(connection):
        _make_tables(connection)
    marks = _version_marks(connection, path)
    if marks != [SCHEMA_REVISION]:
        from collab_server.storage.migrations import upgrade  # 0.8 s and 25 MB: only when needed

        upgrade(path, marks)
    sweep(connection)


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute(_TABLES)}


def _version_marks(connection: sqlite3.Connection, path: Path) -> list[str]:
    tables = _tables(connection)
    marks: list[str] = []
    if "alembic_version" in tables:
        marks = [mark for (mark,) in connection.execute("SELECT version_num FROM alembic_version")]
    if not marks and tables != {"alembic_version"}:
        raise UnusableDatabase(
            "it is another program's database", path=path, remedy="name another file"
        )
    return marks


def _make_tables(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _tables(connection):  # another process may have been faster
            for statement in (VERSION_TABLE_SQL + SCHEMA_SQL).split(";\n"):
                connection.execute(statement)
            connection.execute("INSERT INTO alembic_version VALUES (?)", (SCHEMA_REVISION,))
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
