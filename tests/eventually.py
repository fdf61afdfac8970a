"""Wait for a fact in an async test; never for a length of time."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

Fact = TypeVar("Fact")


async def eventually(
    predicate: Callable[[], Fact],
    *,
    timeout_s: float = 30.0,
    interval_s: float = 0.005,
    what: str = "",
) -> Fact:
    """Return the first true value of the predicate, which is asked again and again.

    The event loop runs on in between, a Qt loop included; `qtbot.waitUntil` is for sync tests.

    Raises:
        AssertionError: The predicate was still false after the time limit.
    """
    deadline_s = time.monotonic() + timeout_s
    while not (fact := predicate()):
        if time.monotonic() >= deadline_s:
            message = f"not so within {timeout_s} s: {what or predicate}"
            raise AssertionError(message)
        await asyncio.sleep(interval_s)
    return fact
