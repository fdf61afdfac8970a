"""Migrations of the database, run by Alembic from inside the package (no alembic.ini).

`versions/` holds one module a change of the tables, made by hand from `storage.schema`. Does not
know the running server: it happens before anything else uses the file.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, NullPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from collab_server.storage.connection import open_for_writing
from collab_server.storage.errors import UnusableDatabase

SCRIPTS = Path(__file__).parent


def upgrade(path: Path, versions: list[str], *, scripts: Path = SCRIPTS) -> None:
    """Bring the database at `path` up to date, or leave it as it was.

    Args:
        path: The file, which nobody else writes meanwhile.
        versions: The marks it bears; none when it has no tables yet.
        scripts: Where the migrations are.

    Raises:
        UnusableDatabase: A mark is unknown, so a newer version wrote it; or a migration failed.
    """
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if not known.issuperset(versions):
        raise UnusableDatabase(
            "it was written by a newer version of this program",
            path=path,
            remedy="install that version, or name another file",
        )
    engine = create_engine("sqlite://", creator=lambda: _open(path), poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _check_references(connection, path)
    except (SQLAlchemyError, CommandError, sqlite3.Error) as error:
        raise UnusableDatabase(
            f"it could not be brought up to date: {type(error).__name__}",
            path=path,
            remedy="it is unchanged; keep a copy of it and report this",
        ) from error


def _open(path: Path) -> sqlite3.Connection:
    connection = open_for_writing(path)
    connection.execute("PRAGMA foreign_keys = OFF")  # a table may have to be made anew under others
    return connection


def _begin(connection: Connection) -> None:
    # The driver begins none for a change of tables, and one that fails must leave nothing.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check_references(connection: Connection, path: Path) -> None:
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise UnusableDatabase(
            "it could not be brought up to date: rows would point to nothing",
            path=path,
            remedy="it is unchanged; keep a copy of it and report this",
        )
