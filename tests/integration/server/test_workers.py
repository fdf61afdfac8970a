"""The worker pool with real child processes."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncGenerator

import psutil
import pytest

from collab_server.transport.workers import JobFailed, JobRefused, Workers
from tests.eventually import eventually

JOBS = "tests.integration.server.worker_jobs"
LONG_S = 60.0

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the jobs of these tests send POSIX signals"
)


@contextlib.asynccontextmanager
async def pool(most: int = 1) -> AsyncGenerator[Workers]:
    workers = Workers(most=most, jobs=JOBS)
    try:
        yield workers
    finally:
        await workers.close()


async def worker_id(workers: Workers) -> int:
    [answer] = await workers.run("process_id", within_s=LONG_S)
    return int(answer)


async def test_large_parts_go_there_and_answers_come_back() -> None:
    async with pool() as workers:
        answer = await workers.run("sizes", bytes(16 * 1024**2), b"", b"x", within_s=LONG_S)

    assert answer == [b"16777216", b"0", b"1"]


async def test_one_process_does_job_after_job() -> None:
    async with pool() as workers:
        first = await worker_id(workers)
        second = await worker_id(workers)

    assert first == second
    assert not psutil.pid_exists(first)


async def test_jobs_beyond_the_processes_wait_in_line() -> None:
    async with pool(most=2) as workers, asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(worker_id(workers), name="job") for _ in range(6)]

    assert len({task.result() for task in asked}) <= 2


async def test_a_refusal_comes_back_as_one_and_the_process_goes_on() -> None:
    async with pool() as workers:
        before = await worker_id(workers)

        with pytest.raises(JobRefused, match="too much of it") as refused:
            await workers.run("refuse", within_s=LONG_S)

        assert refused.value.kind == "TooLarge"
        assert await worker_id(workers) == before


async def test_a_bug_in_a_job_is_a_failure_and_the_process_goes_on() -> None:
    async with pool() as workers:
        before = await worker_id(workers)

        with pytest.raises(JobFailed, match="fail failed: ZeroDivisionError in fail"):
            await workers.run("fail", within_s=LONG_S)

        assert await worker_id(workers) == before


async def test_a_crash_costs_its_own_job_and_the_next_gets_a_new_process() -> None:
    async with pool() as workers:
        before = await worker_id(workers)

        with pytest.raises(JobFailed, match="crash crashed"):
            await workers.run("crash", within_s=LONG_S)

        assert await worker_id(workers) != before


async def test_a_job_that_overruns_is_killed_with_its_process() -> None:
    async with pool() as workers:
        before = await worker_id(workers)

        with pytest.raises(JobFailed, match=r"hang took more than 0\.05 s"):
            await workers.run("hang", within_s=0.05)

        assert not psutil.pid_exists(before)
        assert await worker_id(workers) != before


async def test_a_process_that_died_idle_is_replaced_before_anybody_asks_it() -> None:
    async with pool() as workers:
        before = await worker_id(workers)
        psutil.Process(before).kill()
        await eventually(lambda: not psutil.pid_exists(before))

        assert await worker_id(workers) != before


async def test_a_cancelled_job_leaves_no_process_behind() -> None:
    async with pool() as workers:
        before = await worker_id(workers)

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await workers.run("hang", within_s=LONG_S)

        assert not psutil.pid_exists(before)


async def test_a_child_knows_none_of_the_servers_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLLAB_SECRET", "planted")

    async with pool() as workers:
        names = await workers.run("environment", within_s=LONG_S)

    assert b"PATH" in names
    assert b"COLLAB_SECRET" not in names


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
async def test_a_child_inherits_no_sockets() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.set_inheritable(True)  # as careless as can be

        async with pool() as workers:
            files = await workers.run("open_files", within_s=LONG_S)

    assert files[2] == b"/dev/null"
    assert str(listening.fileno()).encode() not in files[3:]


async def test_what_a_library_prints_is_no_answer() -> None:
    async with pool() as workers:
        assert await workers.run("chatty", within_s=LONG_S) == [b"fine"]


async def test_what_cannot_be_started_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")

    async with pool() as workers:
        with pytest.raises(JobFailed, match="could be started"):
            await workers.run("sizes", within_s=LONG_S)
