"""What a person has wished for and is under way: each wish a task, and all can be given up.

Knows no session. Source: STYLE.md (asyncio).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from app.tasks import TaskOwner


class Wishes:
    """Invariant: what was given up does nothing more, as far as it ends within the time."""

    def __init__(self, tasks: TaskOwner) -> None:
        self._tasks = tasks
        self._running: set[asyncio.Task[None]] = set()

    def start(self, wish: Coroutine[Any, Any, None], *, name: str) -> None:
        """Begin to do what somebody wishes."""
        task = self._tasks.start(wish, name=name)
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def give_up(self, *, within_s: float) -> None:
        """Stop all that runs now, and wait until it has ended or the time is over."""
        running = self._running.copy()
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=within_s)
