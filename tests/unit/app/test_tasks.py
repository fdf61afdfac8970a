import asyncio

import pytest

from app.tasks import TaskOwner


async def test_a_task_is_kept_under_its_name_until_it_ends() -> None:
    owner, gate = TaskOwner(), asyncio.Event()

    task = owner.start(gate.wait(), name="waiting")

    assert owner.running == ("waiting",)
    gate.set()
    assert task is not None
    assert await task is True
    await asyncio.sleep(0)
    assert owner.running == ()


async def test_stopping_cancels_and_waits() -> None:
    owner, ended = TaskOwner(), []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    owner.start(work(), name="work")
    await asyncio.sleep(0)
    await owner.stop()

    assert ended == ["cleaned up"]
    assert owner.running == ()


async def test_a_stopped_owner_starts_nothing() -> None:
    owner = TaskOwner()
    await owner.stop()

    assert owner.start(asyncio.sleep(0), name="late") is None


@pytest.mark.allow_warnings
async def test_a_failed_task_is_logged_and_told(caplog: pytest.LogCaptureFixture) -> None:
    told: list[BaseException] = []
    owner = TaskOwner(on_error=told.append)

    async def fail() -> None:
        raise RuntimeError("a reason")

    task = owner.start(fail(), name="failing")
    assert task is not None
    await asyncio.wait({task})

    assert [str(error) for error in told] == ["a reason"]
    assert "task failing failed" in caplog.text


@pytest.mark.allow_warnings
async def test_a_task_that_will_not_end_is_named(caplog: pytest.LogCaptureFixture) -> None:
    owner, gate = TaskOwner(), asyncio.Event()

    async def stubborn() -> None:
        while not gate.is_set():
            try:
                await gate.wait()
            except asyncio.CancelledError:
                continue

    task = owner.start(stubborn(), name="stubborn")
    await asyncio.sleep(0)
    await owner.stop(within_s=0.01)

    assert "task stubborn did not end" in caplog.text
    gate.set()
    assert task is not None
    await task


async def test_an_owner_can_be_stopped_from_one_of_its_tasks() -> None:
    owner = TaskOwner()

    task = owner.start(owner.stop(), name="stop")

    assert task is not None
    await task
