"""How a thread of the store answers: calls on the event loop, many in one hand-over.

Handing over wakes the loop, which costs more than most answers do; so what is done together is told
together. Does not know what was asked.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

logger = logging.getLogger(__name__)

Told = Callable[[Any, Exception | None], None]
"""Hears on the loop what became of something asked: its result, or why there is none."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of something asked, and who is to hear of it."""

    told: Told
    result: Any = None  # whatever the asker's statements return
    error: Exception | None = None


def hand_over(
    loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: object
) -> None:
    """Call on the loop, from another thread; nothing when the loop has gone."""
    with contextlib.suppress(RuntimeError):  # and with it everyone who asked
        loop.call_soon_threadsafe(call, *arguments)


def tell_all(outcomes: list[Outcome]) -> None:
    """Let everybody hear, in order."""
    for outcome in outcomes:
        try:
            outcome.told(outcome.result, outcome.error)
        except Exception:  # a bug in what one does with its answer keeps no other from its own
            logger.exception("hearing an answer of the store failed")


def settle(future: asyncio.Future[Any], result: object, error: Exception | None) -> None:
    """Let whoever awaits the future hear."""
    if future.done():  # cancelled: nobody waits any more
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
