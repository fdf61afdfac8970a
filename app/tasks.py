"""Who owns the app's tasks: every one has a name, is kept, is logged when it fails, and is ended.

Knows nothing of what tasks do. `asyncio` keeps only weak references, and an error in a task that
nobody awaits is told when the garbage is collected, if ever. Source: STYLE.md (asyncio), PITFALLS
(qasync).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

logger = logging.getLogger(__name__)

T = TypeVar("T")


class TaskOwner:
    """Tasks that live no longer than their owner.

    Invariant: after `stop` none of them runs, and none can be started; all run on the loop that the
    first was started on.
    """

    def __init__(self, *, on_error: Callable[[BaseException], None] | None = None) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()  # of any result
        self._on_error = on_error  # told besides the log
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_stopped = False

    @property
    def running(self) -> tuple[str, ...]:
        """The names of the tasks that run, sorted."""
        return tuple(sorted(task.get_name() for task in self._tasks))

    def start(self, coroutine: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T] | None:
        """Run a coroutine as a task; after `stop` it is closed instead, and None is returned."""
        if self._is_stopped:
            coroutine.close()
            return None
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        task = self._loop.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    async def stop(self, *, within_s: float = 3.0) -> None:
        """Cancel all tasks and wait until they have ended, or until the time is over."""
        self._is_stopped = True
        tasks = {task for task in self._tasks if task is not asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if not tasks:
            return
        _, left = await asyncio.wait(tasks, timeout=within_s)
        for task in left:
            logger.error("task %s did not end when it was cancelled", task.get_name())

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        logger.error("task %s failed", task.get_name(), exc_info=error)
        if self._on_error is not None:
            self._on_error(error)
