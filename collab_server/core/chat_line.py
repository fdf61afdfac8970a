"""What is said in rooms and waits for the store: one line of people, one of back-ends.

A flood of one is no delay of the other: in each batch they take turns. Does not know rooms, rights
or the store. Source: PROTOCOL.md §3, §7, §10.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collab_server.core.effects import ClientId
    from collab_server.protocol.event_base import RequestId
    from collab_server.protocol.room_facts import NewEvent

_MIB = 1024 * 1024

MAX_WAITING = 10_000
"""Events of people; who speaks then is told `unavailable`."""

MAX_PUBLISHED = 5_000
MAX_PUBLISHED_BYTES = 32 * _MIB
"""Of back-ends; beyond either they are told `unavailable`, and try again."""

EVENTS_A_BATCH = 500
BYTES_A_BATCH = 4 * _MIB
"""A batch is written into an outbox as one: not more than one may hold."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event on its way into the store, and who wants to hear of it."""

    event: NewEvent
    client: ClientId | None = None
    request_id: RequestId | None = None
    wants_ack: bool = False
    ticket: str | None = None  # of a back-end


class ChatLine:
    """Events that nobody has asked the store to keep yet.

    Invariant: those of people leave in their order, those of back-ends in theirs; what waits is
    within the limits above.
    """

    def __init__(self) -> None:
        self._of_people: deque[Waiting] = deque()
        self._of_back_ends: deque[Waiting] = deque()
        self._published_bytes = 0

    def __bool__(self) -> bool:
        return bool(self._of_people or self._of_back_ends)

    def add(self, waiting: Waiting) -> bool:
        """Put an event at the end of its line; tell whether there was room."""
        if waiting.ticket is None:
            if len(self._of_people) >= MAX_WAITING:
                return False
            self._of_people.append(waiting)
            return True
        size_bytes = self._published_bytes + len(waiting.event.message)
        if len(self._of_back_ends) >= MAX_PUBLISHED or size_bytes > MAX_PUBLISHED_BYTES:
            return False
        self._published_bytes = size_bytes
        self._of_back_ends.append(waiting)
        return True

    def take_batch(self) -> tuple[Waiting, ...]:
        """Take out what goes to the store together: at least one event, if there is any."""
        batch: list[Waiting] = []
        left_bytes = BYTES_A_BATCH
        line, other = self._of_people, self._of_back_ends
        while (line or other) and len(batch) < EVENTS_A_BATCH:
            if not line:
                line, other = other, line
            left_bytes -= len(line[0].event.message)
            if left_bytes < 0 and batch:
                break
            batch.append(line.popleft())
            if batch[-1].ticket is not None:
                self._published_bytes -= len(batch[-1].event.message)
            line, other = other, line
        return tuple(batch)
