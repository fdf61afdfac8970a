"""Closing waits for what was asked, and leaves neither thread nor file behind."""

import asyncio
import os
import threading
from pathlib import Path

import pytest

from collab_server.storage.errors import StoreClosed, UnusableDatabase
from collab_server.storage.store import open_store
from tests.integration.storage.rows import row, store_at, url_of


def store_threads() -> list[str]:
    """Return the names of the store's threads that live."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("store")]


async def test_what_was_asked_before_closing_is_stored(path: Path) -> None:
    store = await open_store(url_of(path))

    async with asyncio.TaskGroup() as group:
        for seq in range(1, 501):
            group.create_task(store.append([row(seq, b"%d" % seq)]), name=f"append {seq}")
        await asyncio.sleep(0)
        group.create_task(store.close(), name="close")

    async with store_at(path) as again:
        stored = await again.load_document("notes")
    assert stored
    assert stored.last_seq == 500


async def test_a_closed_store_says_so(path: Path) -> None:
    store = await open_store(url_of(path))
    await store.close()

    with pytest.raises(StoreClosed):
        await store.append([row()])
    with pytest.raises(StoreClosed):
        await store.load_document("notes")


async def test_closing_twice_is_harmless(path: Path) -> None:
    store = await open_store(url_of(path))

    await store.close()
    await store.close()

    assert store_threads() == []


async def test_a_store_that_does_not_open_leaves_no_thread(path: Path) -> None:
    os.mkdir(path)

    with pytest.raises(UnusableDatabase):
        await open_store(url_of(path))

    assert store_threads() == []


async def test_opening_that_is_cancelled_leaves_no_thread(path: Path) -> None:
    opening = asyncio.create_task(open_store(url_of(path)), name="open")
    await asyncio.sleep(0)
    writers = [thread for thread in threading.enumerate() if thread.name == "store writer"]

    opening.cancel()
    await asyncio.wait([opening])
    for writer in writers:
        writer.join(timeout=10)

    assert store_threads() == []


async def test_an_append_nobody_waits_for_any_more_is_still_whole(path: Path) -> None:
    async with store_at(path) as store:
        append = asyncio.create_task(store.append([row(1, b"one", b"two")]), name="append")
        await asyncio.sleep(0)
        append.cancel()
        await asyncio.wait([append])
        await store.append([row(3, b"three")])

        stored = await store.load_document("notes")

    assert append.cancelled()
    assert stored
    assert stored.updates == (b"one", b"two", b"three")
