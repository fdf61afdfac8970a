"""A thread with a connection that only reads, so that a long read delays no commit and no event.

It sees whatever was committed before it was asked. A read begins at once when the last did so 2 ms
ago, else at that mark, with all that were asked meanwhile: in one transaction, and answered
together. When many come in at once, waking the thread and the loop for each would cost more than
the reads. Does not know what is read.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from collab_server.storage.answers import Outcome, hand_over, settle, tell_all
from collab_server.storage.connection import open_for_reading, roll_back, store_error
from collab_server.storage.errors import StoreClosed

if TYPE_CHECKING:
    from pathlib import Path

    from collab_server.storage.answers import Told

PACE_S = 0.002
ANSWERED_WITHIN_S = 0.002
"""An answer waits no longer for those of the reads behind it."""

Result = TypeVar("Result")
Read = Callable[[sqlite3.Connection], Result]


@dataclass(frozen=True, slots=True)
class _Job:
    read: Read[Any]
    told: Told


class Reader:
    """Runs reads one after another; each sees one moment, not before it was asked."""

    def __init__(self, path: Path, *, name: str) -> None:
        self._path = path
        self._name = name
        self._asked: list[_Job] = []  # and not begun
        self._began_s = -PACE_S
        self._jobs: queue.SimpleQueue[list[_Job] | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread: threading.Thread | None = None  # there from the first read on
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._connection: sqlite3.Connection | None = None  # used in the thread only
        self._is_closed = False

    async def run(self, read: Read[Result]) -> Result:
        """Return what the statements read.

        Raises:
            StoreError: The database could not be read.
        """
        future: asyncio.Future[Result] = self._loop.create_future()
        self.submit(read, partial(settle, future))
        return await future

    def submit(self, read: Read[Any], told: Told) -> None:
        """Have something read, without a task; `told` is called in a later turn of the loop.

        Raises:
            StoreClosed: It was not taken, and `told` will not be called.
        """
        if self._is_closed:
            raise StoreClosed
        self._asked.append(_Job(read, told))
        if len(self._asked) > 1:
            return
        wait_s = self._began_s + PACE_S - time.monotonic()
        if wait_s > 0:
            self._loop.call_later(wait_s, self._begin)
        else:
            self._begin()

    async def close(self) -> None:
        """Wait for the reads that were asked for, and close the file. Harmless when closed."""
        if self._is_closed:
            return
        self._is_closed = True
        self._begin()
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.wait([self._ended])
            self._thread.join()

    def _begin(self) -> None:
        """Let the thread have what was asked."""
        asked, self._asked = self._asked, []
        if not asked:  # closing came first
            return
        self._began_s = time.monotonic()
        if self._thread is None:
            # A daemon: it has nothing to lose.
            self._thread = threading.Thread(target=self._live, name=self._name, daemon=True)
            self._thread.start()
        self._jobs.put(asked)

    # The thread.

    def _live(self) -> None:
        while (jobs := self._jobs.get()) is not None:
            self._turn(jobs)
        self._forget_connection()
        hand_over(self._loop, settle, self._ended, None, None)

    def _turn(self, jobs: list[_Job]) -> None:
        outcomes: list[Outcome] = []
        tell_at_s = time.monotonic() + ANSWERED_WITHIN_S
        for job in jobs:
            outcomes.append(self._perform(job))
            if time.monotonic() >= tell_at_s:
                self._tell(outcomes)
                outcomes = []
                tell_at_s = time.monotonic() + ANSWERED_WITHIN_S
        self._tell(outcomes)

    def _tell(self, outcomes: list[Outcome]) -> None:
        """End the transaction, which would keep SQLite's log long, and answer."""
        if self._connection is not None:
            roll_back(self._connection)
        if outcomes:
            hand_over(self._loop, tell_all, outcomes)

    def _perform(self, job: _Job) -> Outcome:
        try:
            return Outcome(job.told, result=job.read(self._in_transaction()))
        except sqlite3.Error as error:
            self._forget_connection()  # the next read begins afresh
            return Outcome(job.told, error=store_error(error, self._path))
        except Exception as error:  # noqa: BLE001  a bug in a read fails its caller, not the thread
            return Outcome(job.told, error=error)

    def _in_transaction(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_for_reading(self._path)
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN")
        return self._connection

    def _forget_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
