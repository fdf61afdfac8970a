"""Documents in which something was found that should have been refused: what is good goes on.

The update is kept aside with who sent it and when, and the document begins anew, in a new epoch and
under new author ids, with everything good: whoever has the bad update in its replica must not bring
it again, and keeps its text beside. Does not know clients. Source: PROTOCOL.md §6.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

import msgspec

from collab_server.protocol.names import room_of
from collab_server.storage.epochs import Anew
from collab_server.storage.errors import OutOfSequence, StoreClosed, StoreError
from collab_server.transport.workers import JobFailed, JobRefused

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from collab_server.protocol.names import DocumentName
    from collab_server.storage.store import Store
    from collab_server.transport.workers import Workers

logger = logging.getLogger(__name__)

SALVAGED_WITHIN_S = 300.0
TRIES = 5  # while people go on writing


class Quarantine:
    """The documents that are looked into, one at a time."""

    def __init__(
        self,
        store: Store,
        workers: Workers,
        tasks: asyncio.TaskGroup,
        *,
        after: Callable[[DocumentName, str], None],
    ) -> None:
        self._store = store
        self._workers = workers
        self._tasks = tasks
        self._after = after  # is told which document begins anew, and why
        self._suspected: dict[DocumentName, str] = {}
        self._working: asyncio.Task[None] | None = None
        self._is_stopped = False

    def suspect(self, document: DocumentName, reason: str) -> None:
        """Hear that a document could not be merged or read."""
        if self._is_stopped or document in self._suspected:
            return
        self._suspected[document] = reason
        if self._working is None:
            self._working = self._tasks.create_task(self._work(), name="quarantine")

    def stop(self) -> None:
        """Begin nothing more, and leave what is under way: the log is as it was."""
        self._is_stopped = True
        self._suspected.clear()
        if self._working is not None:
            self._working.cancel()

    async def _work(self) -> None:
        try:
            while self._suspected:
                document, reason = next(iter(self._suspected.items()))
                await self._look_into(document, reason)
                self._suspected.pop(document, None)
        finally:
            self._working = None

    async def _look_into(self, document: DocumentName, reason: str) -> None:
        told = {"room": room_of(document)}
        for _ in range(TRIES):
            try:
                count = await self._set_aside(document, reason)
            except OutOfSequence:
                continue  # somebody wrote meanwhile
            except StoreClosed:
                return
            except (StoreError, JobFailed, JobRefused) as error:
                why = error.reason if isinstance(error, StoreError) else error
                logger.error("nothing of %s could be set aside: %s", document, why, extra=told)
                return
            if count:
                text = f"{count} updates of {document} were set aside: {reason}"
                logger.error("%s", text, extra=told)
                self._after(document, text)
            return
        logger.error("nothing of %s could be set aside: it is written to", document, extra=told)

    async def _set_aside(self, document: DocumentName, reason: str) -> int:
        stored = await self._store.load_document(document)
        if stored is None:
            return 0
        log = (*stored.pieces, *stored.updates)
        taken = {*stored.owners, *stored.former_authors}
        good, renamed, bad = await self._workers.run(
            "salvage", msgspec.json.encode(sorted(taken)), *log, within_s=SALVAGED_WITHIN_S
        )
        indexes = msgspec.json.decode(bad, type=list[int])
        if not indexes:
            return 0
        new_ids = msgspec.json.decode(renamed, type=dict[int, int])
        anew = Anew(
            document=document,
            epoch=secrets.token_hex(16),
            update=good,
            owners={new_ids[old]: user for old, user in stored.owners.items() if old in new_ids},
        )
        await self._store.begin_anew(
            anew,
            was=(stored.epoch, stored.last_seq),
            aside=tuple((stored.seq_at(index), log[index]) for index in indexes),
            reason=reason,
        )
        return len(indexes)
