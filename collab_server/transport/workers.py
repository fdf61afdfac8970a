"""A few child processes for work that would stop the event loop: named pure functions on bytes.

They are started when they are first needed and ended when nobody has needed them for a while; they
inherit no sockets and no secrets. A child that crashes, or is not done in time, is killed, and the
next job gets a new one: it costs only who asked. Jobs that find no child free wait in line. Does
not know what a job is for. See `worker` for what a child does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import TYPE_CHECKING, Self

from collab_server.transport.worker import COUNT, DONE, REFUSED, head_of, sizes_in

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_WORKERS = 2
STARTS_WITHIN_S = 20.0
IDLE_FOR_S = 60.0
ENDS_WITHIN_S = 5.0
SLICE_BYTES = 256 * 1024
JOBS_MODULE = "collab_server.transport.jobs"


class JobFailed(Exception):
    """A job did not come to its end: a crash, a bug, or no time. The text says which."""


class JobRefused(Exception):
    """A job found that it cannot be done with these bytes."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind  # the name of the exception's class in the child
        self.reason = reason


class Workers:
    """The pool.

    Invariant: there are at most so many children, each with one job at most; one whose job did not
    end well is never used again.
    """

    def __init__(self, *, most: int = MOST_WORKERS, jobs: str = JOBS_MODULE) -> None:
        self._jobs = jobs
        self._free = asyncio.Semaphore(most)
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._is_closed = False

    async def run(self, job: str, *parts: bytes, within_s: float) -> list[bytes]:
        """Do a job and return its parts; cancelled, the child is killed.

        Args:
            job: a name in the `JOBS` of the module.
            parts: its arguments.
            within_s: how long it may take once a child has begun.

        Raises:
            JobRefused: The job refused the bytes.
            JobFailed: The child crashed, was not done in time, or could not be started.
        """
        request = [job.encode(), *parts]
        async with self._free:
            if self._is_closed:
                raise JobFailed(f"{job} was not begun: the server stops")
            if self._idle:
                # It may have died meanwhile, and nobody has told us yet.
                with contextlib.suppress(OSError, EOFError):
                    return await self._ask(self._idle.pop(), request, within_s)
            try:
                return await self._ask(await self._new_worker(), request, within_s)
            except (OSError, EOFError) as error:
                raise JobFailed(f"{job} crashed") from error

    async def close(self) -> None:
        """End all children, and fail the jobs that are under way and those that wait."""
        self._is_closed = True
        for worker in (*self._idle, *self._busy):
            await worker.end()
        self._idle.clear()

    async def _ask(self, worker: _Worker, request: Sequence[bytes], within_s: float) -> list[bytes]:
        self._busy.add(worker)
        try:
            async with asyncio.timeout(within_s):
                kind, *answer = await worker.ask(request)
            worker.end_later(self._idle)
            self._idle.append(worker)
        except TimeoutError as error:
            raise JobFailed(f"{request[0].decode()} took more than {within_s:g} s") from error
        finally:
            self._busy.discard(worker)
            if worker not in self._idle:
                await worker.end()
        if kind == DONE:
            return answer
        if kind == REFUSED:
            raise JobRefused(answer[0].decode(), answer[1].decode())
        raise JobFailed(f"{request[0].decode()} failed: {answer[0].decode()}")

    async def _new_worker(self) -> _Worker:
        try:
            async with asyncio.timeout(STARTS_WITHIN_S):
                return await _Worker.start(self._jobs)
        except (OSError, RuntimeError, TimeoutError) as error:  # uvloop: "could not be started"
            raise JobFailed("no worker process could be started") from error


class _Worker:
    """One child process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._requests = process.stdin
        self._answers = process.stdout
        self._ending: asyncio.TimerHandle | None = None
        self._is_asked = False  # and whoever asks reads the answer

    @classmethod
    async def start(cls, jobs: str) -> Self:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "collab_server.transport.worker", jobs),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # a panic may print what it was given
            env=_environment(),
        )
        return cls(process)

    async def ask(self, request: Sequence[bytes]) -> list[bytes]:
        """Send a request and wait for its answer."""
        self._stay()
        self._is_asked = True
        try:
            return await self._answer_to(request)
        finally:
            self._is_asked = False

    async def _answer_to(self, request: Sequence[bytes]) -> list[bytes]:
        try:
            self._requests.write(head_of(request))
            for part in request:
                view = memoryview(part)
                for at in range(0, len(view), SLICE_BYTES):
                    self._requests.write(view[at : at + SLICE_BYTES])
                    await self._requests.drain()
        except RuntimeError as error:  # uvloop's word for a pipe whose other end has died
            raise BrokenPipeError from error
        (count,) = COUNT.unpack(await self._answers.readexactly(COUNT.size))
        sizes = sizes_in(count)
        lengths = sizes.unpack(await self._answers.readexactly(sizes.size))
        return [await self._answers.readexactly(length) for length in lengths]

    def end_later(self, idle: list[_Worker]) -> None:
        """End it by and by, unless it is needed before."""

        def end() -> None:
            if self in idle:
                idle.remove(self)
            self._requests.close()

        self._ending = asyncio.get_running_loop().call_later(IDLE_FOR_S, end)

    async def end(self) -> None:
        """End it now."""
        self._stay()
        if not self._answers.at_eof():  # asyncio warns of a signal to who is dead already
            self._kill()
        try:
            async with asyncio.timeout(ENDS_WITHIN_S):
                await self._process.wait()
                await self._read_past()
        except TimeoutError:
            self._kill()

    async def _read_past(self) -> None:
        """Read what is left of an answer: the pipe closes at its end, and not with the process."""
        with contextlib.suppress(OSError):
            while not self._is_asked and await self._answers.read(SLICE_BYTES):
                pass

    def _stay(self) -> None:
        """Do not end it after all."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()


def _environment() -> dict[str, str]:
    """Return ours without what is the server's alone, and with the places we import from."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("COLLAB_")
    }
    return environment | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "RUST_BACKTRACE": "0",
    }
