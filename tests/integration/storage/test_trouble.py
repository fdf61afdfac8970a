"""Full disks, locks and lost files while the store is open: nothing half, and on it goes."""

import asyncio
import contextlib
import os
import sqlite3
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from collab_server.storage.connection import BUSY_TIMEOUT_S, store_error
from collab_server.storage.errors import StoreError, UnusableDatabase
from collab_server.storage.store import Store, open_store
from collab_server.storage.writer import JOBS_A_TURN, Writer
from tests.integration.storage.rows import plain, row, store_at, url_of
from tests.support.full_disk import no_file_larger_than


@contextlib.contextmanager
def locked(path: Path) -> Generator[sqlite3.Connection]:
    """Hold the database's write lock, as another process would."""
    with contextlib.closing(sqlite3.connect(path, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        other.rollback()


async def texts(store: Store, name: str = "notes") -> tuple[bytes, ...]:
    """Return a document's updates."""
    stored = await store.load_document(name)
    return stored.updates if stored else ()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of this kind there")
@pytest.mark.parametrize("size_bytes", [1, 50_000, 150_000])
async def test_without_space_nothing_half_is_stored_and_with_space_all_goes_on(
    path: Path, size_bytes: int
) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"one")])

        with no_file_larger_than(size_bytes):
            large = [row(2, b"x" * 200_000), row(1, b"y", document="other")]
            with pytest.raises(StoreError) as caught:
                await store.append(large)
            with pytest.raises(StoreError):
                await store.append(large)
            readable = await texts(store)
        await store.append([row(2, b"two")])

        assert caught.value.reason in ("the disk is full", "the disk refused to read or write")
        assert readable == (b"one",)
        assert await texts(store) == (b"one", b"two")
        assert await texts(store, "other") == ()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of this kind there")
async def test_without_space_the_small_ones_that_wait_with_a_large_one_are_stored(
    path: Path,
) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"one")])

        log_bytes = path.with_name("collab.db-wal").stat().st_size
        with no_file_larger_than(log_bytes + 100_000):
            outcomes = await asyncio.wait_for(
                _all_of(
                    store.append([row(1, b"x" * 200_000, document="large")]),
                    store.append([row(2, b"two")]),
                    store.entry.create_room("room", "7"),
                ),
                timeout=30,
            )

        assert [type(outcome) for outcome in outcomes] == [StoreError, type(None), type(None)]
        assert await texts(store) == (b"one", b"two")
        assert await texts(store, "large") == ()
        assert await store.entry.grants_for("7", "room") == "rwhmo"


async def _all_of(*verbs) -> list[object]:
    """Ask for everything at once; an error is an outcome."""

    async def outcome(verb) -> object:
        try:
            return await verb
        except (StoreError, ZeroDivisionError) as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(outcome(verb), name="verb") for verb in verbs]
    return [task.result() for task in tasks]


def test_a_full_disk_is_named_so(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("INSERT INTO t VALUES (zeroblob(100000))")

    error = store_error(caught.value, path)

    assert error.reason == "the disk is full"
    assert str(error) == (
        f"{path}: the disk is full (free some space: nothing that was acknowledged is lost)."
    )


async def test_a_write_waits_for_another_process_to_finish(path: Path) -> None:
    async with store_at(path) as store:
        with locked(path) as other:
            threading.Timer(0.2, other.rollback).start()
            await store.append([row(1, b"one")])

        assert await texts(store) == (b"one",)


async def test_a_lock_delays_no_reading(path: Path) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"one")])

        with locked(path):
            assert await texts(store) == (b"one",)


@pytest.mark.slow
async def test_a_lock_for_ever_is_an_error_once_for_all_who_wait(path: Path) -> None:
    async with store_at(path) as store:
        with locked(path):
            started_s = asyncio.get_running_loop().time()
            outcomes = await _all_of(*[store.entry.create_room(f"r{n}", "7") for n in range(5)])
            took_s = asyncio.get_running_loop().time() - started_s
        await store.append([row(1, b"one")])

        assert {str(outcome) for outcome in outcomes} == {
            f"{path}: another program has locked the database for more than 5 s"
            " (end what else uses it)."
        }
        assert BUSY_TIMEOUT_S <= took_s < 2.5 * BUSY_TIMEOUT_S
        assert await texts(store) == (b"one",)


def make_numbers(connection: sqlite3.Connection) -> None:
    """Make a table, as a store makes its own."""
    connection.execute("CREATE TABLE numbers (number INTEGER)")


def insert(connection: sqlite3.Connection) -> None:
    """Do what any job does."""
    connection.execute("INSERT INTO numbers VALUES (1)")


def insert_and_fail(connection: sqlite3.Connection) -> None:
    """Do half of it."""
    insert(connection)
    raise ZeroDivisionError


def numbers_in(path: Path) -> int:
    """Return how many jobs are in the file."""
    with plain(path) as connection:
        return connection.execute("SELECT count(*) FROM numbers").fetchone()[0]


async def test_more_than_the_writer_can_bear_is_refused_at_once(path: Path) -> None:
    writer = Writer(path, make_numbers, max_waiting_jobs=10)
    await writer.open()
    with locked(path) as other:
        timer = threading.Timer(0.3, other.rollback)
        timer.start()
        outcomes = await _all_of(*[writer.run(insert) for _ in range(200)])
    await writer.close()

    stored = outcomes.count(None)
    assert 10 <= stored < 200
    assert "the disk is too slow for what is asked" in {
        outcome.reason for outcome in outcomes if isinstance(outcome, StoreError)
    }
    assert numbers_in(path) == stored


async def test_a_bug_in_one_job_fails_its_caller_and_nobody_else(path: Path) -> None:
    writer = Writer(path, make_numbers)
    await writer.open()
    with pytest.raises(ZeroDivisionError):
        await writer.run(insert_and_fail)

    outcomes = await _all_of(writer.run(insert), writer.run(insert_and_fail), writer.run(insert))
    await writer.close()

    assert [type(outcome) for outcome in outcomes] == [type(None), ZeroDivisionError, type(None)]
    assert numbers_in(path) == 2


async def test_more_jobs_than_a_turn_takes_are_all_done(path: Path) -> None:
    writer = Writer(path, make_numbers)
    await writer.open()

    outcomes = await _all_of(*[writer.run(insert) for _ in range(3 * JOBS_A_TURN)])
    await writer.close()

    assert set(outcomes) == {None}
    assert numbers_in(path) == 3 * JOBS_A_TURN


async def test_a_writer_that_does_not_open_says_why(path: Path) -> None:
    writer = Writer(path, lambda connection: connection.execute("SELECT * FROM nowhere").close())

    with pytest.raises(UnusableDatabase) as caught:
        await writer.open()
    await writer.close()

    assert caught.value.reason == "SQLite failed with SQLITE_ERROR"


async def test_nothing_is_written_into_a_file_that_was_moved_away(path: Path) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"one")])
        os.rename(path, path.with_name("moved.db"))

        with pytest.raises(StoreError, match="moved away or replaced"):
            await store.append([row(2, b"lost")])
        os.rename(path.with_name("moved.db"), path)
        await store.append([row(2, b"two")])

        assert await texts(store) == (b"one", b"two")


async def test_a_missing_file_is_not_an_empty_document(path: Path) -> None:
    async with store_at(path) as store:
        os.rename(path, path.with_name("moved.db"))

        with pytest.raises(StoreError):
            await store.load_document("notes")

        assert "collab.db" not in os.listdir(path.parent)
        os.rename(path.with_name("moved.db"), path)


async def test_missing_tables_are_not_an_empty_document(path: Path) -> None:
    async with store_at(path) as store:
        with plain(path) as connection:
            connection.execute("DROP TABLE document_updates")
            connection.execute("DROP TABLE documents")

        with pytest.raises(StoreError) as caught:
            await store.load_document("notes")

    assert caught.value.reason == "SQLite failed with SQLITE_ERROR"


async def test_two_processes_may_make_the_database_at_once(path: Path) -> None:
    async with asyncio.TaskGroup() as group:
        opening = [group.create_task(open_store(url_of(path)), name=f"store {n}") for n in range(8)]

    stores = [task.result() for task in opening]
    for number, store in enumerate(stores):
        await store.append([row(number + 1, b"%d" % number)])
        await store.close()

    async with store_at(path) as store:
        assert await texts(store) == tuple(b"%d" % number for number in range(8))
