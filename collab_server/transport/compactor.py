"""Keeps logs short: merges what has become long, and everything of a document that rests.

One document at a time, beside everything else: reading and writing happen in the store's threads,
and merging in a worker process unless it is very little. Whatever goes wrong, the log stays as it
was. Does not know clients. Source: storage/compaction.py, core/compaction.py.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from collab_server.core.compaction import merge_checked
from collab_server.core.views import ViewError
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.names import room_of
from collab_server.storage.compaction import ROWS_A_PIECE, weight_of
from collab_server.storage.errors import CorruptDocument, StoreClosed, StoreError
from collab_server.transport.jobs import MERGE, PACKED, UPDATE
from collab_server.transport.workers import JobFailed, JobRefused

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from collab_server.protocol.names import DocumentName
    from collab_server.storage.compaction import Stretch
    from collab_server.storage.store import Store
    from collab_server.transport.workers import Workers

logger = logging.getLogger(__name__)

INLINE_BYTES = 8 * 1024
INLINE_UPDATES = 250
"""What is merged in the loop: less than 3 ms. A worker costs its start and two copies."""

MERGED_WITHIN_S = 120.0
ROWS_OF_A_RESTING_LOG = 20
"""So few rows of a document that rests are left as they are."""


class Compactor:
    """The documents whose logs grow, and one task at most that makes them short.

    Invariant: what cannot be merged is left alone until it has grown by as much again.
    """

    def __init__(
        self,
        store: Store,
        workers: Workers,
        tasks: asyncio.TaskGroup,
        *,
        suspect: Callable[[DocumentName, str], None],
        damaged: Callable[[DocumentName], None],
    ) -> None:
        self._store = store
        self._suspect = suspect  # is told of a log that is not what it should be
        self._damaged = damaged  # is told of a log that the disk gives back otherwise
        self._workers = workers
        self._tasks = tasks
        self._rows: dict[DocumentName, int] = {}  # weight of what is not merged, if in memory
        self._due: dict[DocumentName, bool] = {}  # in line; whether all of it is to be merged
        self._working: asyncio.Task[None] | None = None
        self._is_stopped = False

    @property
    def due_count(self) -> int:
        """How many documents wait to be merged."""
        return len(self._due)

    def grown(self, document: DocumentName, rows: int = 1) -> None:
        """Hear that rows of this weight are not merged, or that much more."""
        rows += self._rows.get(document, 0)
        self._rows[document] = rows
        if rows >= ROWS_A_PIECE and document not in self._due:
            self._enqueue(document, whole=False)

    def rests(self, document: DocumentName) -> None:
        """Hear that nobody has a document open any more."""
        rows = self._rows.pop(document, 0)
        if rows >= ROWS_OF_A_RESTING_LOG:
            self._enqueue(document, whole=True)

    def stop(self) -> None:
        """Begin nothing more, and leave what is under way: the log is as it was."""
        self._is_stopped = True
        self._due.clear()
        if self._working is not None:
            self._working.cancel()

    def _enqueue(self, document: DocumentName, *, whole: bool) -> None:
        if self._is_stopped:
            return
        self._due[document] = whole or self._due.get(document, False)
        if self._working is None:
            self._working = self._tasks.create_task(self._work(), name="compaction")

    async def _work(self) -> None:
        try:
            while self._due:
                document = next(iter(self._due))
                whole = self._due.pop(document)
                await self._compact(document, whole=whole)
        finally:
            self._working = None

    async def _compact(self, document: DocumentName, *, whole: bool) -> None:
        try:
            stretch = await self._store.read_stretch(document, whole=whole)
            if stretch is None:
                return
            if not whole and document in self._rows:
                merged = sum(weight_of(row.size_bytes) for row in stretch.rows)
                self._rows[document] = max(0, self._rows[document] - merged)
            payload, is_collected = await self._merged(stretch, whole=whole)
            await self._store.replace(stretch, payload, is_collected=is_collected)
            self.grown(document, 0)  # there may be more than was read at once
        except StoreClosed:
            return
        except (StoreError, ViewError, RemoteProtocolError, JobFailed, JobRefused) as error:
            reason = error.reason if isinstance(error, StoreError) else error
            told = {"room": room_of(document)}
            logger.error("the log of %s could not be merged: %s", document, reason, extra=told)
            if isinstance(error, CorruptDocument):
                self._damaged(document)
            elif not isinstance(error, StoreError):
                self._suspect(document, f"it could not be merged: {error}")

    async def _merged(self, stretch: Stretch, *, whole: bool) -> tuple[bytes, bool]:
        """Return the stretch as one update, and whether what was deleted is no longer in it."""
        size_bytes = stretch.span.size_bytes
        is_little = size_bytes <= INLINE_BYTES and stretch.update_count <= INLINE_UPDATES
        if is_little and not whole:
            return merge_checked(stretch.merged, stretch.updates), False
        job = "collect" if whole and stretch.is_whole else "compact"
        kinds = MERGE * len(stretch.merged) + b"".join(
            UPDATE if at in stretch.lone else PACKED for at in range(len(stretch.payloads))
        )
        parts = (kinds, *stretch.merged, *stretch.payloads)
        merged, *smaller = await self._workers.run(job, *parts, within_s=MERGED_WITHIN_S)
        return (smaller[0], True) if smaller else (merged, False)
