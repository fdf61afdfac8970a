"""The one thread that writes a database: jobs in, one transaction a turn, answers back on the loop.

A job and its answer are a call each, without a task or a future: this is the way of every
keystroke. `run` is the same for who would rather wait.

SQLite calls block and a commit waits for the disk, hence a thread; one, since SQLite has one writer
and rows are committed in the order they were asked for. Does not know what the jobs write.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from collab_server.storage.answers import Outcome, hand_over, settle, tell_all
from collab_server.storage.checkpoints import Checkpoints
from collab_server.storage.connection import open_for_writing, roll_back, store_error, unusable
from collab_server.storage.errors import StorageError, StoreClosed, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from collab_server.storage.answers import Told

JOBS_A_TURN = 256
BYTES_A_JOB = 16_384  # that a small one adds to the log of writes, about: four pages
LAST_RESORT_PAGES = 32_768  # of the log, when it could not be folded beside: then a commit does
MAX_WAITING_JOBS = 20_000  # twice the connections: each waits for one at most

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Result]
"""Statements inside a transaction that somebody else begins and commits.

May run a second time after a rollback, so it keeps nothing between runs.
"""


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work[Any]
    told: Told  # after the commit, or with why nothing was written
    size_bytes: int


class Writer:
    """Runs jobs in order, each all or nothing.

    When a job's answer arrives, what it wrote is committed with fsync; when an error does, nothing
    of it was written. Jobs that wait together share a transaction, and none suffers from another's
    error.
    """

    def __init__(
        self, path: Path, prepare: Work[None], *, max_waiting_jobs: int = MAX_WAITING_JOBS
    ) -> None:
        self._path = path
        self._path_text = str(path)  # looked at in each turn
        self._max_waiting_jobs = max_waiting_jobs
        self._prepare = prepare
        self._checkpoints = Checkpoints(path)
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._is_closing = False
        self._identity: tuple[int, int] | None = None
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        # A daemon: a process that dies without `close` loses nothing that it was told is stored.
        self._thread = threading.Thread(target=self._live, name="store writer", daemon=True)

    async def open(self) -> None:
        """Open the file and prepare what is in it.

        Raises:
            UnusableDatabase: It cannot be opened; the writer is closed.
        """
        self._thread.start()
        try:
            await self._opened
        except asyncio.CancelledError:
            self._jobs.put(None)  # nobody will close what nobody holds
            raise
        except StoreError:
            self._thread.join()
            raise

    async def run(self, work: Work[Result], *, size_bytes: int = BYTES_A_JOB) -> Result:
        """Run one job and return its result after the commit.

        Calls are served in the order they are made. A cancelled one may still be committed.

        Raises:
            StoreError: The store could not do it; nothing of it was written.
        """
        future: asyncio.Future[Result] = self._loop.create_future()
        self.submit(work, partial(settle, future), size_bytes=size_bytes)
        return await future

    def submit(self, work: Work[Any], told: Told, *, size_bytes: int = BYTES_A_JOB) -> None:
        """Have one job done; `told` is called in a later turn of the loop.

        Args:
            work: what is to be done.
            told: hears of it.
            size_bytes: about how much it writes.

        Raises:
            StoreError: It was not taken, and `told` will not be called.
        """
        if self._is_closing:
            raise StoreClosed
        if self._jobs.qsize() >= self._max_waiting_jobs:
            raise StoreError("the disk is too slow for what is asked", path=self._path)
        self._jobs.put(_Job(work, told, size_bytes))

    async def close(self) -> None:
        """Wait until what was asked for is done, and close the file. Harmless when closed."""
        if not self._is_closing:
            self._is_closing = True
            self._jobs.put(None)
        await asyncio.wait([self._closed])  # unlike await, leaves it whole when we are cancelled
        self._thread.join()

    # The thread.

    def _live(self) -> None:
        try:
            connection = open_for_writing(self._path)
            try:
                connection.execute(f"PRAGMA wal_autocheckpoint = {LAST_RESORT_PAGES}")
                self._prepare(connection)
                self._identity = _identity(self._path_text)
            except BaseException:
                connection.close()
                raise
        except Exception as error:  # noqa: BLE001  whatever it was, the opener is told
            told = unusable(error, self._path) if isinstance(error, sqlite3.Error) else error
            self._is_closing = True
            self._tell(settle, self._opened, None, told)
            self._tell(settle, self._closed, None, None)
            return
        self._checkpoints.start()
        self._tell(settle, self._opened, None, None)
        while jobs := self._next_turn():
            self._tell(tell_all, self._turn(connection, jobs))
            self._checkpoints.written(sum(job.size_bytes for job in jobs))
        self._checkpoints.close()
        with contextlib.suppress(
            sqlite3.Error
        ):  # everything is committed; only the log stays longer
            connection.close()
        self._tell(settle, self._closed, None, None)

    def _next_turn(self) -> list[_Job]:
        """Wait for a job and take what waits behind it; nothing when the end is reached."""
        jobs: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == JOBS_A_TURN or self._jobs.empty():  # nobody else takes any out
                return jobs
            job = self._jobs.get_nowait()
        if jobs:
            self._jobs.put(None)  # the end comes again, after this turn
        return jobs

    def _turn(self, connection: sqlite3.Connection, jobs: list[_Job]) -> list[Outcome]:
        if _identity(self._path_text) == self._identity:
            return _perform(connection, jobs, self._path)
        # SQLite would go on writing into a file that nobody finds again.
        return [Outcome(job.told, error=_moved(self._path)) for job in jobs]

    def _tell(self, call: Callable[..., None], *arguments: object) -> None:
        hand_over(self._loop, call, *arguments)


def _perform(connection: sqlite3.Connection, jobs: list[_Job], path: Path) -> list[Outcome]:
    """Run the jobs, together when possible; outcomes come in their order."""
    if len(jobs) > 1:
        locked = _begin(connection)
        if locked is not None:
            return _all_failed(jobs, locked, path)
        together = _together(connection, jobs)
        if together is not None:
            return together
    return _one_by_one(connection, jobs, path)


def _begin(connection: sqlite3.Connection) -> sqlite3.Error | None:
    """Begin a transaction that may write, or return why it cannot be."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        return error
    return None


def _together(connection: sqlite3.Connection, jobs: list[_Job]) -> list[Outcome] | None:
    """Run the jobs and commit; None when each must run alone, and nothing was written."""
    outcomes: list[Outcome] = []
    try:
        for job in jobs:
            connection.execute("SAVEPOINT job")
            try:
                outcomes.append(Outcome(job.told, result=job.work(connection)))
            except StorageError as error:
                connection.execute("ROLLBACK TO job")
                outcomes.append(Outcome(job.told, error=error))
            connection.execute("RELEASE job")
        connection.execute("COMMIT")
    except Exception:  # noqa: BLE001  each job finds its own error when it runs alone
        roll_back(connection)
        return None
    return outcomes


def _one_by_one(connection: sqlite3.Connection, jobs: list[_Job], path: Path) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for index, job in enumerate(jobs):
        locked = _begin(connection)
        if locked is not None:  # for long: do not wait as long again for each of the others
            return outcomes + _all_failed(jobs[index:], locked, path)
        outcomes.append(_alone(connection, job, path))
    return outcomes


def _all_failed(jobs: list[_Job], error: sqlite3.Error, path: Path) -> list[Outcome]:
    return [Outcome(job.told, error=store_error(error, path)) for job in jobs]


def _alone(connection: sqlite3.Connection, job: _Job, path: Path) -> Outcome:
    try:
        result = job.work(connection)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        roll_back(connection)
        return Outcome(job.told, error=store_error(error, path))
    except Exception as error:  # noqa: BLE001  a bug in a job fails its caller and not the thread
        roll_back(connection)
        return Outcome(job.told, error=error)
    return Outcome(job.told, result=result)


def _moved(path: Path) -> StoreError:
    return StoreError(
        "the database file was moved away or replaced while the server ran",
        path=path,
        remedy="put it back, or restart the server",
    )


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
