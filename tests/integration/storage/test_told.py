"""Appending without a task: who asked is told once, in a later turn, and bothers nobody else."""

import asyncio
import logging

import pytest

from collab_server.storage.errors import OutOfSequence, StoreClosed
from collab_server.storage.store import Store
from tests.integration.storage.rows import row


async def test_who_appends_is_told_when_it_is_stored(store: Store) -> None:
    told: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    store.begin_append([row(1, b"one")], told.set_result)
    at_once = told.done()
    error = await told

    stored = await store.load_document("notes")
    assert (at_once, error) == (False, None)
    assert stored is not None
    assert stored.updates == (b"one",)


async def test_who_appends_out_of_order_is_told_so(store: Store) -> None:
    told: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    store.begin_append([row(2, b"two")], told.set_result)

    assert isinstance(await told, OutOfSequence)
    assert await store.load_document("notes") is None


async def test_what_is_not_taken_is_an_error_at_once(store: Store) -> None:
    told: list[Exception | None] = []
    await store.close()

    with pytest.raises(StoreClosed):
        store.begin_append([row(1, b"one")], told.append)

    assert told == []


@pytest.mark.allow_warnings
async def test_a_bug_in_hearing_keeps_nobody_else_from_hearing(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    told: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def broken(_: Exception | None) -> None:
        raise RuntimeError

    with caplog.at_level(logging.ERROR):
        store.begin_append([row(1, b"one")], broken)
        store.begin_append([row(1, b"one", document="plans")], told.set_result)
        error = await told

    assert error is None
    assert [record.message for record in caplog.records] == [
        "hearing an answer of the store failed"
    ]
