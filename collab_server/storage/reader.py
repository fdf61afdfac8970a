"""A thread with a connection that only reads, so that a long read delays no commit and no event.

It sees whatever was committed before it was asked. Does not know what is read.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from collab_server.storage.connection import open_for_reading, roll_back, store_error
from collab_server.storage.errors import StoreClosed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Result = TypeVar("Result")


class Reader:
    """Runs reads one after another, each in a transaction of its own: it sees one moment."""

    def __init__(self, path: Path, *, name: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._connection: sqlite3.Connection | None = None  # used in the thread only
        self._is_closed = False

    async def run(self, read: Callable[[sqlite3.Connection], Result]) -> Result:
        """Return what the statements read.

        Raises:
            StoreError: The database could not be read.
        """
        if self._is_closed:
            raise StoreClosed
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._perform, read)

    async def close(self) -> None:
        """Wait for the read that is under way, and close the file. Harmless when closed."""
        if self._is_closed:
            return
        self._is_closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._forget_connection)
        self._thread.shutdown()

    def _perform(self, read: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            if self._connection is None:
                self._connection = open_for_reading(self._path)
            self._connection.execute("BEGIN")
            try:
                return read(self._connection)
            finally:
                roll_back(self._connection)
        except sqlite3.Error as error:
            self._forget_connection()  # the next read begins afresh
            raise store_error(error, self._path) from error

    def _forget_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
