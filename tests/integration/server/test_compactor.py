"""Logs become short while people write, and documents that rest become small."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from collab_server.core.replicas import text_of
from collab_server.core.views import DocumentView
from collab_server.protocol.names import parse_document
from collab_server.storage.compaction import BYTES_A_ROW, MOST_BYTES_A_MERGE, ROWS_A_PIECE
from collab_server.storage.store import Store, open_store
from collab_server.transport.compactor import Compactor
from collab_server.transport.workers import Workers
from tests.eventually import eventually
from tests.integration.storage.rows import plain, row
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")


@contextlib.asynccontextmanager
async def compacting(path: Path) -> AsyncGenerator[tuple[Store, Compactor]]:
    """Run a store and what keeps it short while the block lasts."""
    store = await open_store(f"sqlite:///{path}")
    workers = Workers()
    try:
        async with asyncio.TaskGroup() as tasks:
            compactor = Compactor(
                store, workers, tasks, suspect=lambda *_: None, damaged=lambda _: None
            )
            yield store, compactor
            compactor.stop()
    finally:
        await workers.close()
        await store.close()


async def write(store: Store, writer: Writer, first_seq: int, count: int, text: str = "x") -> None:
    """Append so many rows of one update each."""
    for seq in range(first_seq, first_seq + count):
        await store.append([row(seq, writer.insert(0, text), document=NOTES)])


def counts(path: Path) -> tuple[int, int]:
    """Return how many pieces that count, and how many rows there are."""
    with plain(path) as connection:
        (pieces,) = connection.execute(
            "SELECT count(*) FROM document_pieces WHERE is_verified"
        ).fetchone()
        (rows,) = connection.execute("SELECT count(*) FROM document_updates").fetchone()
        return pieces, rows


async def text(store: Store) -> str:
    stored = await store.load_document(NOTES)
    assert stored
    return text_of(DocumentView.from_pieces(stored.pieces, stored.updates).merged())


@pytest.mark.parametrize("word", ["x", "a longer line of text, which needs a worker\n"])
async def test_many_rows_become_a_piece(tmp_path: Path, word: str) -> None:
    path, writer = tmp_path / "collab.db", Writer()
    async with compacting(path) as (store, compactor):
        await write(store, writer, 1, ROWS_A_PIECE - 1, word)
        compactor.grown(NOTES, ROWS_A_PIECE - 1)
        waiting = compactor.due_count
        await write(store, writer, ROWS_A_PIECE, 1, word)
        compactor.grown(NOTES)

        await eventually(lambda: counts(path) == (1, 0))

        assert waiting == 0
        assert await text(store) == writer.text


async def test_rows_that_come_later_become_the_next_piece(tmp_path: Path) -> None:
    path, writer = tmp_path / "collab.db", Writer()
    async with compacting(path) as (store, compactor):
        for first_seq in range(1, 4 * ROWS_A_PIECE, ROWS_A_PIECE):
            await write(store, writer, first_seq, ROWS_A_PIECE)
            compactor.grown(NOTES, ROWS_A_PIECE)
            await eventually(lambda: counts(path)[1] == 0)

        assert await text(store) == writer.text


async def test_much_that_came_at_once_is_merged_part_by_part(tmp_path: Path) -> None:
    writer, path = Writer(), tmp_path / "collab.db"
    async with compacting(path) as (store, compactor):
        await write(store, writer, 1, 8, "x" * (MOST_BYTES_A_MERGE // 3))

        compactor.grown(NOTES, 8 * MOST_BYTES_A_MERGE // 3 // BYTES_A_ROW)
        await eventually(lambda: counts(path)[1] == 0)

        assert await text(store) == writer.text


async def test_a_document_that_rests_becomes_one_small_piece(tmp_path: Path) -> None:
    path, writer = tmp_path / "collab.db", Writer()
    async with compacting(path) as (store, compactor):
        await write(store, writer, 1, 30, "some words that go\n")
        deleted = writer.delete(0, len(writer.text) - 5)
        await store.append([row(31, deleted, document=NOTES)])
        compactor.grown(NOTES, 31)

        compactor.rests(NOTES)
        await eventually(lambda: counts(path) == (1, 0))

        stored = await store.load_document(NOTES)
        assert stored
        assert stored.is_collected
        assert len(stored.pieces[0]) < 500
        assert await text(store) == writer.text


async def test_a_short_log_that_rests_is_left_alone(tmp_path: Path) -> None:
    path, writer = tmp_path / "collab.db", Writer()
    async with compacting(path) as (store, compactor):
        await write(store, writer, 1, 5)
        compactor.grown(NOTES, 5)

        compactor.rests(NOTES)

        assert compactor.due_count == 0
        assert counts(path) == (0, 5)


@pytest.mark.allow_warnings
async def test_a_log_that_cannot_be_merged_stays_and_the_next_is_merged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, writer, other = tmp_path / "collab.db", Writer(), parse_document("codexpro_project_8")
    async with compacting(path) as (store, compactor):
        await store.append([row(1, b"no update at all", document=other)])
        await write(store, writer, 1, 30)
        compactor.grown(other, ROWS_A_PIECE)
        compactor.rests(other)
        compactor.grown(NOTES, 30)

        compactor.rests(NOTES)
        await eventually(lambda: counts(path) == (1, 1))

    assert f"the log of {other} could not be merged" in caplog.text


async def test_what_is_under_way_when_the_server_stops_changes_nothing(tmp_path: Path) -> None:
    path, writer = tmp_path / "collab.db", Writer()
    async with compacting(path) as (store, compactor):
        await write(store, writer, 1, 30)
        compactor.grown(NOTES, 30)
        compactor.rests(NOTES)
        compactor.stop()
        compactor.grown(NOTES, ROWS_A_PIECE)

        assert compactor.due_count == 0
    assert counts(path) == (0, 30)
