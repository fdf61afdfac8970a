"""Reads that wait together are done together, and none suffers from another."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from collab_server.storage.errors import StoreClosed, StoreError
from collab_server.storage.reader import Read, Reader


@contextlib.asynccontextmanager
async def reader_of(path: Path) -> AsyncGenerator[tuple[Reader, sqlite3.Connection]]:
    """A reader, and a connection of somebody who writes."""
    writing = sqlite3.connect(path, isolation_level=None)
    writing.execute("PRAGMA journal_mode = WAL")
    writing.execute("CREATE TABLE facts (number INTEGER)")
    reader = Reader(path, name="test reads")
    try:
        yield reader, writing
    finally:
        await reader.close()
        writing.close()


def count(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT count(*) FROM facts").fetchone()[0]


def no_such_table(connection: sqlite3.Connection) -> None:
    connection.execute("SELECT * FROM rumours")


def bug(_: sqlite3.Connection) -> None:
    raise KeyError("a bug")


async def test_many_reads_are_answered_in_the_order_they_were_asked(tmp_path: Path) -> None:
    async with reader_of(tmp_path / "facts.db") as (reader, _):
        told: list[int] = []
        last = asyncio.get_running_loop().create_future()
        for number in range(500):
            reader.submit(lambda _, number=number: number, lambda got, _: told.append(got))
        reader.submit(count, lambda got, error: last.set_result((got, error)))

        assert await last == (0, None)
        assert told == list(range(500))


async def test_a_read_sees_what_was_committed_before_it_was_asked(tmp_path: Path) -> None:
    async with reader_of(tmp_path / "facts.db") as (reader, writing):
        for number in range(100):
            writing.execute("INSERT INTO facts VALUES (?)", (number,))
            async with asyncio.TaskGroup() as tasks:
                asked = [tasks.create_task(reader.run(count), name=f"read {at}") for at in range(3)]
                await asyncio.sleep(0)
                writing.execute("INSERT INTO facts VALUES (?)", (-number,))
                asked.append(tasks.create_task(reader.run(count), name="last read"))
            seen = [each.result() for each in asked]

            assert min(seen) >= 2 * number + 1
            assert seen[-1] == 2 * number + 2


@pytest.mark.parametrize(("broken", "error"), [(no_such_table, StoreError), (bug, KeyError)])
async def test_an_error_in_a_read_is_its_own(
    tmp_path: Path, broken: Read[object], error: type[Exception]
) -> None:
    async with reader_of(tmp_path / "facts.db") as (reader, _):
        reads: list[Read[object]] = [count, broken, count, broken, count]

        answers = await asyncio.gather(*map(reader.run, reads), return_exceptions=True)

        assert [type(answer) for answer in answers] == [int, error, int, error, int]


async def test_closing_waits_for_what_was_asked_and_takes_nothing_more(tmp_path: Path) -> None:
    async with reader_of(tmp_path / "facts.db") as (reader, _):
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(reader.run(count), name=f"read {at}") for at in range(3)]
            await asyncio.sleep(0)
            await reader.close()

        assert [each.result() for each in asked] == [0, 0, 0]
        with pytest.raises(StoreClosed):
            await reader.run(count)
        await reader.close()


async def test_a_reader_that_was_asked_nothing_closes(tmp_path: Path) -> None:
    async with reader_of(tmp_path / "facts.db") as (reader, _):
        await reader.close()
