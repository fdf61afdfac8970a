"""Three tellings of the tables, the SQLAlchemy ones, the plain text and the migrations, are one."""

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from collab_server.storage import migrations, schema, schema_sql
from collab_server.storage.errors import UnusableDatabase
from tests.integration.storage.rows import plain, row, store_at

NEXT = """
from alembic import op
from sqlalchemy import Column, Integer

revision = "next"
down_revision = "{newest}"

def upgrade():
    with op.batch_alter_table("documents") as table:
        table.add_column(Column("size_bytes", Integer, server_default="0", nullable=False))
    {more}
"""


def tables_of(path: Path) -> list[tuple[str, list[tuple[object, ...]], set[str]]]:
    """Return every table with its columns and indexes, without regard to how it was written."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            )
        ]
        return [
            (
                name,
                connection.execute(f"PRAGMA table_info({name})").fetchall(),
                {index for _, index, *_ in connection.execute(f"PRAGMA index_list({name})")},
            )
            for name in names
        ]


def with_one_more_migration(folder: Path, more: str = "") -> Path:
    """Return a copy of the migrations with one more."""
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text((migrations.SCRIPTS / "env.py").read_text())
    for script in (migrations.SCRIPTS / "versions").glob("*.py"):
        (folder / "versions" / script.name).write_text(script.read_text())
    text = NEXT.format(more=more, newest=schema_sql.SCHEMA_REVISION)
    (folder / "versions" / "next.py").write_text(text)
    return folder


def test_the_plain_text_is_what_the_tables_say() -> None:
    assert ";\n\n".join(schema.sqlite_statements()) + ";\n" == schema_sql.SCHEMA_SQL


def test_the_command_prints_the_plain_text() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "collab_server.storage.schema"],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )

    assert printed.stdout == schema_sql.SCHEMA_SQL


async def test_migrations_from_nothing_make_what_a_new_database_has(tmp_path: Path) -> None:
    async with store_at(tmp_path / "new.db"):
        pass

    (tmp_path / "old.db").touch()
    migrations.upgrade(tmp_path / "old.db", [])

    assert tables_of(tmp_path / "old.db") == tables_of(tmp_path / "new.db")


async def test_the_tables_say_what_a_new_database_has(path: Path) -> None:
    async with store_at(path):
        pass

    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, schema.metadata)
    engine.dispose()

    assert differences == []


async def test_a_new_database_bears_the_newest_mark(path: Path) -> None:
    async with store_at(path):
        pass

    with plain(path) as connection:
        marks = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert marks == [(schema_sql.SCHEMA_REVISION,)]


async def test_an_older_database_is_brought_up_to_date(path: Path) -> None:
    with plain(path) as connection:
        connection.executescript(schema_sql.VERSION_TABLE_SQL)

    async with store_at(path) as store:
        await store.append([row(1, b"one")])
        stored = await store.load_document("notes")

    assert stored
    assert stored.updates == (b"one",)


async def test_a_migration_keeps_what_is_stored(tmp_path: Path, path: Path) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"one")])

    scripts = with_one_more_migration(tmp_path / "scripts")
    migrations.upgrade(path, [schema_sql.SCHEMA_REVISION], scripts=scripts)

    with plain(path) as connection:
        documents = connection.execute(
            "SELECT name, last_seq, size_bytes FROM documents"
        ).fetchall()
        updates = connection.execute("SELECT seq_from, seq_to FROM document_updates").fetchall()
    assert documents == [("notes", 1, 0)]
    assert updates == [(1, 1)]


@pytest.mark.parametrize(
    "more",
    ["op.execute('INSERT INTO nowhere VALUES (1)')", "op.execute('DELETE FROM documents')"],
    ids=["fails", "leaves rows without their document"],
)
async def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, path: Path, more: str
) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"one")])
    scripts = with_one_more_migration(tmp_path / "scripts", more)

    with pytest.raises(UnusableDatabase, match="could not be brought up to date"):
        migrations.upgrade(path, [schema_sql.SCHEMA_REVISION], scripts=scripts)

    async with store_at(path) as store:
        stored = await store.load_document("notes")
    assert stored
    assert stored.updates == (b"one",)


def test_a_start_needs_neither_alembic_nor_sqlalchemy(path: Path) -> None:
    program = f"""
import asyncio, sys
from collab_server.storage.store import open_store
for _ in range(2):
    asyncio.run(asyncio.wait_for(open_store("sqlite:///{path}"), 60))
print(sorted({{"alembic", "sqlalchemy"}} & set(sys.modules)))
"""
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, timeout=60
    )

    assert printed.stdout == "[]\n"
