"""What the hub asks of worker processes: one named task each, and always an answer.

Does not know connections or documents. Source: core/effects.py.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from collab_server.protocol.errors import MalformedUpdate, RemoteProtocolError, TooLarge
from collab_server.storage.errors import StoreError
from collab_server.transport.workers import JobFailed, JobRefused

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from collab_server.core.effects import ReadUpdate
    from collab_server.core.hub import Hub
    from collab_server.storage.store import Store
    from collab_server.transport.workers import Workers

logger = logging.getLogger(__name__)

READ_WITHIN_S = 30.0
"""For 16 MiB, however slow the machine; it takes a second or two."""


class WorkerCalls:
    """Runs jobs and hands their answers to the hub, each as soon as it is there."""

    def __init__(
        self,
        workers: Workers,
        store: Store,
        hub: Hub,
        tasks: asyncio.TaskGroup,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        after_answer: Callable[[], None],
    ) -> None:
        self._workers = workers
        self._store = store
        self._hub = hub
        self._tasks = tasks
        self._clock = clock
        self._wall_clock = wall_clock
        self._after_answer = after_answer

    def start(self, effect: ReadUpdate) -> None:
        """Begin; the answer comes to the hub in a later turn."""
        self._tasks.create_task(self._read(effect), name="worker: read an update")

    async def _read(self, effect: ReadUpdate) -> None:
        most = str(effect.max_items).encode()
        pieces: list[bytes] = []
        error: RemoteProtocolError | None = None
        try:
            pieces = await self._workers.run(
                "parse", effect.update, most, effect.measures, within_s=READ_WITHIN_S
            )
            if effect.may_be_stored:
                await self._stage(effect.update)
        except JobRefused as refusal:
            error = _error(refusal)
        except Exception as failure:
            if isinstance(failure, JobFailed):
                logger.error("%s", failure, extra={"client": effect.client})
            else:
                logger.exception("reading an update failed", extra={"client": effect.client})
            self._answer(
                partial(self._hub.document_answers.update_unread, effect.client, self._clock())
            )
            return
        now = (self._clock(), self._wall_clock())
        self._answer(
            partial(self._hub.document_answers.update_read, effect.client, pieces, error, *now)
        )

    async def _stage(self, update: bytes) -> None:
        """Let it be written while nobody waits for it; what becomes of it the hub decides."""
        try:
            await self._store.stage(update)
        except StoreError as error:
            logger.info("a large update is not staged: %s", error.reason)

    def _answer(self, answer: Callable[[], None]) -> None:
        try:
            answer()
        except Exception:
            logger.exception("the hub could not take what a worker found")
        self._after_answer()


def _error(refusal: JobRefused) -> RemoteProtocolError:
    kind = TooLarge if refusal.kind == TooLarge.__name__ else MalformedUpdate
    return kind(refusal.reason)
