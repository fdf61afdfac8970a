"""The log of writes is folded into the file by a thread of its own, and never grows for ever."""

import asyncio
from pathlib import Path

import pytest

from collab_server.storage import checkpoints
from collab_server.storage.store import Store
from tests.eventually import eventually
from tests.integration.storage.rows import plain, row, store_at

LARGE = b"x" * 900_000
MOST_ROWS = 5000


def file_bytes(path: Path) -> int:
    return path.stat().st_size


def wal_bytes(path: Path) -> int:
    return file_bytes(path.with_name(f"{path.name}-wal"))


async def append(store: Store, *updates: bytes, begin: int = 1) -> None:
    for seq, update in enumerate(updates, start=begin):
        await store.append([row(seq, update)])


async def test_what_is_much_is_folded_beside_the_commits(path: Path) -> None:
    async with store_at(path) as store:
        before = file_bytes(path)
        await append(store, *[LARGE] * 6)
        await append(store, *[b"small"] * 300, begin=7)

        await eventually(lambda: file_bytes(path) > before + 4 * len(LARGE))


async def test_what_is_little_is_folded_before_long(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "FOLD_AFTER_S", 0.01)
    async with store_at(path) as store:
        await append(store, LARGE)

        await eventually(lambda: file_bytes(path) > len(LARGE))


async def test_under_load_that_never_pauses_the_log_begins_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "FOLD_AFTER_BYTES", 100_000)
    monkeypatch.setattr(checkpoints, "WAL_LIMIT_BYTES", 400_000)
    async with store_at(path) as store:
        longest = written = 0
        while wal_bytes(path) >= longest and written < MOST_ROWS:
            longest = wal_bytes(path)
            written += 1
            await append(store, b"x" * 10_000, begin=written)
        stored = await store.load_document("notes")

    assert longest >= 400_000
    assert written < MOST_ROWS
    assert stored is not None
    assert stored.last_seq == written


async def test_who_reads_for_long_holds_up_no_commit(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "FOLD_AFTER_BYTES", 20_000)
    monkeypatch.setattr(checkpoints, "WAL_LIMIT_BYTES", 100_000)
    async with store_at(path) as store:
        await append(store, b"first")
        with plain(path) as reading:
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM document_updates").fetchone()
            await asyncio.wait_for(append(store, *[b"x" * 10_000] * 60, begin=2), 60)
            seen = reading.execute("SELECT count(*) FROM document_updates").fetchone()

    assert seen == (1,)


@pytest.mark.allow_warnings
async def test_a_log_that_cannot_be_folded_is_said_once_and_commits_go_on(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(checkpoints, "FOLD", "SELECT * FROM nothing")
    monkeypatch.setattr(checkpoints, "FOLD_AFTER_S", 0.001)
    async with store_at(path) as store:
        await append(store, b"one")
        await eventually(lambda: "could not be folded" in caplog.text)
        await append(store, b"two", begin=2)
        monkeypatch.undo()
        await append(store, *[LARGE] * 5, begin=3)
        await eventually(lambda: file_bytes(path) > 4 * len(LARGE))

    assert caplog.text.count("could not be folded") == 1
