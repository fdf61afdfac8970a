"""What of a back-end is under way at once is bounded, by number and by size."""

import asyncio

import pytest

from collab_server.backplane.budget import Budget, first_entries
from tests.eventually import eventually


@pytest.mark.parametrize(("count", "size_bytes"), [(2, 1_000), (100, 20)], ids=["count", "bytes"])
async def test_who_would_go_beyond_waits_until_one_is_given_back(
    count: int, size_bytes: int
) -> None:
    budget = Budget(count, size_bytes)
    for _ in range(2):
        await budget.take(10)

    async with asyncio.TaskGroup() as tasks:
        third = tasks.create_task(budget.take(10), name="third")
        asking = tasks.create_task(asyncio.sleep(0), name="a turn")
        await asking
        was_done = third.done()
        budget.give_back(10)
        await eventually(third.done)

    assert not was_done


async def test_one_that_is_larger_than_the_whole_goes_alone() -> None:
    budget = Budget(10, 100)

    await budget.take(1_000)
    async with asyncio.TaskGroup() as tasks:
        second = tasks.create_task(budget.take(1), name="second")
        await tasks.create_task(asyncio.sleep(0), name="a turn")
        was_done = second.done()
        budget.give_back(1_000)

    assert not was_done


def test_entries_go_together_up_to_a_size_and_one_goes_always() -> None:
    entries = [(b"%d" % number, {b"data": b"x" * 10}) for number in range(3)]

    assert first_entries(entries, 25) == entries[:2]
    assert first_entries(entries, 5) == entries[:1]
    assert first_entries(entries, 30) == entries
    assert first_entries([(b"9", None), *entries], 9) == [(b"9", None)]
