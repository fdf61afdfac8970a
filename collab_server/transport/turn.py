"""One turn of the event loop: how much of it may be read, and who is written to at its end.

Frames that come in during a turn are handled at once, at most `MESSAGES_A_TURN` of them; readers
that have more wait in a line and go on in the next turn, each for a share. What all of them caused
is carried out and written at the end, once a connection. Without the bound, uvloop reads a whole
flood before anything is written. Does not know frames, rooms or the hub.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

MESSAGES_A_TURN = 256
MESSAGES_A_SHARE = 64


class Reader(Protocol):
    """Somebody who has messages to handle."""

    def read_some(self, most: int) -> int:
        """Handle at most so many messages, and return how many it were.

        One that could handle more right now waits in line again (`Turn.wait`).
        """
        ...


class Writer(Protocol):
    """Somebody who has bytes to write."""

    def flush(self) -> None:
        """Write what waits, as far as the transport takes it."""
        ...


class Turn:
    """Shares the event loop fairly among readers, and gathers what is to be written.

    A reader or writer stands in its line at most once; that they see to themselves. `after_reading`
    is called at the end of a turn, before anything is written.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, *, after_reading: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._after_reading = after_reading
        self._budget = MESSAGES_A_TURN
        self._readers: deque[Reader] = deque()
        self._writers: list[Writer] = []
        self._has_end = False

    def read(self, reader: Reader) -> None:
        """Let the reader handle messages now if its turn has room, else in line."""
        if self._readers or self._budget <= 0:
            self.wait(reader)
            return
        self._share(reader)

    def wait(self, reader: Reader) -> None:
        """Let the reader handle messages in the next turn, behind those who wait already."""
        self._readers.append(reader)
        self._see_to_an_end()

    def write_at_end(self, writer: Writer) -> None:
        """Let the writer flush at the end of this turn."""
        self._writers.append(writer)
        if not self._has_end:
            self._see_to_an_end()

    def end_soon(self) -> None:
        """Have this turn end, even if nobody reads or writes in it."""
        self._see_to_an_end()

    def take(self, action: Callable[[], None]) -> None:
        """Act as part of this turn, or as a turn of its own that ends at once."""
        if self._has_end:
            action()
            return
        self._has_end = True
        try:
            action()
        finally:
            self._end()

    def _share(self, reader: Reader) -> None:
        read = reader.read_some(min(self._budget, MESSAGES_A_SHARE))
        self._budget -= max(1, read)  # so that a line of readers without a message ends too
        self._see_to_an_end()

    def _see_to_an_end(self) -> None:
        if not self._has_end:
            self._has_end = True
            self._loop.call_soon(self._end)

    def _end(self) -> None:
        try:
            self._after_reading()
            self._flush()
            self._budget = MESSAGES_A_TURN
            if self._readers:
                while self._readers and self._budget > 0:
                    self._share(self._readers.popleft())
                self._after_reading()
                self._flush()
        finally:
            self._has_end = False
            if self._readers or self._writers:
                self._see_to_an_end()

    def _flush(self) -> None:
        writers, self._writers = self._writers, []
        for writer in writers:
            writer.flush()
