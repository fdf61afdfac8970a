"""Compares live documents with what the store would give back, now and then, beside the rest.

What is wrong is put right where the other side is good: a log that the disk has damaged is written
anew from memory, what is wrong in memory is read anew from the store, and a log with an update that
should not be in it goes to the quarantine. What is taken out is kept aside. One document at a time;
does not know clients. Source: DESIGN.md 1; PROTOCOL.md §5 (quarantine).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collab_server.protocol.names import room_of
from collab_server.storage.errors import CorruptDocument, OutOfSequence, StoreClosed, StoreError
from collab_server.transport.jobs import LIVE_IS_BAD, LOG_IS_BAD, MERGE
from collab_server.transport.workers import JobFailed, JobRefused

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from collab_server.protocol.names import DocumentName
    from collab_server.storage.documents import StoredDocument
    from collab_server.storage.store import Store
    from collab_server.transport.workers import Workers

logger = logging.getLogger(__name__)

EVERY_S = 300.0
"""A document that is written to is compared so often."""

COMPARED_WITHIN_S = 120.0
TRIES = 5  # while people go on writing


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A live document at a moment when all of it was stored."""

    epoch: str
    seq: int
    digest: bytes  # `KnownState.digest`
    pieces: Sequence[bytes]  # what the committed document is the merge of


class ShadowChecks:
    """The documents that are compared. Invariant: one task at most; what fails changes nothing."""

    def __init__(
        self,
        store: Store,
        workers: Workers,
        tasks: asyncio.TaskGroup,
        *,
        snapshot: Callable[[DocumentName], Snapshot | None],
        suspect: Callable[[DocumentName, str], None],
        renew: Callable[[DocumentName, str], None],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._workers = workers
        self._tasks = tasks
        self._snapshot = snapshot  # None while something is on its way to the store
        self._suspect = suspect  # is told of a log with something in it that should not be there
        self._renew = renew  # is told of a document that is to be read anew
        self._clock = clock
        self._checked: dict[DocumentName, float] = {}  # when last, or when it was first written to
        self._due: dict[DocumentName, None] = {}  # in line
        self._working: asyncio.Task[None] | None = None
        self._is_stopped = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing is compared, or in line."""
        return self._working is None

    def written(self, document: DocumentName) -> None:
        """Hear that updates of a document are stored."""
        now_s = self._clock()
        if now_s - self._checked.setdefault(document, now_s) >= EVERY_S:
            self.check(document)

    def check(self, document: DocumentName) -> None:
        """Compare a document as soon as may be."""
        if self._is_stopped:
            return
        self._due[document] = None
        if self._working is None:
            self._working = self._tasks.create_task(self._work(), name="shadow check")

    def forget(self, document: DocumentName) -> None:
        """Hear that a document is in memory no longer."""
        self._checked.pop(document, None)
        self._due.pop(document, None)

    def stop(self) -> None:
        """Begin nothing more, and leave what is under way."""
        self._is_stopped = True
        self._due.clear()
        if self._working is not None:
            self._working.cancel()

    async def _work(self) -> None:
        try:
            while self._due:
                document = next(iter(self._due))
                del self._due[document]
                await self._look_at(document)
        finally:
            self._working = None

    async def _look_at(self, document: DocumentName) -> None:
        try:
            for _ in range(TRIES):
                try:
                    return await self._compare(document)
                except OutOfSequence:
                    continue  # somebody wrote meanwhile
        except StoreClosed:
            return None
        except (StoreError, JobFailed, JobRefused) as error:
            reason = error.reason if isinstance(error, StoreError) else error
            self._say("%s could not be compared with the store: %s", document, reason)

    async def _compare(self, document: DocumentName) -> None:
        live = self._snapshot(document)
        if live is None:
            return  # its next commit brings it here again
        try:
            stored = await self._store.load_document(document)
        except CorruptDocument as error:
            await self._write_anew(document, live, error.reason)
            return
        log = None if stored is None else _up_to(live, stored)
        if log is None:
            return
        self._checked[document] = self._clock()
        count = b"%d" % len(live.pieces)
        parts = (live.digest, count, *live.pieces, *log)
        fault, what, merged = await self._workers.run(
            "compare_live", *parts, within_s=COMPARED_WITHIN_S
        )
        reason = what.decode()
        if fault == LOG_IS_BAD:
            self._suspect(document, reason)
        elif fault == LIVE_IS_BAD:
            await self._store.keep_aside(document, (live.epoch, live.seq), merged, reason)
            self._renew(document, f"{document} is read anew from the store: {reason}")

    async def _write_anew(self, document: DocumentName, live: Snapshot, reason: str) -> None:
        """Write a damaged log anew from what is in memory; the damaged rows are kept aside."""
        kinds = MERGE * len(live.pieces)
        (merged,) = await self._workers.run(
            "compact", kinds, *live.pieces, within_s=COMPARED_WITHIN_S
        )
        rows = await self._store.write_anew(document, (live.epoch, live.seq), merged, reason)
        self._checked[document] = self._clock()
        text = "the log of %s was damaged and is written anew, %d rows kept aside: %s"
        self._say(text, document, rows, reason)
        await self._store.load_document(document)  # whether the disk gives it back

    def _say(self, text: str, document: DocumentName, *facts: object) -> None:
        logger.error(text, document, *facts, extra={"room": room_of(document)})


def _up_to(live: Snapshot, stored: StoredDocument) -> Sequence[bytes] | None:
    """Return the log as it was at a moment; None when it cannot be told any more."""
    later = stored.last_seq - live.seq
    if stored.epoch != live.epoch or not 0 <= later <= len(stored.updates):
        return None
    return (*stored.pieces, *stored.updates[: len(stored.updates) - later])
