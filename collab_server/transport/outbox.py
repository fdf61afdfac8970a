"""What waits to be written to one connection: bounded, in order, one write a turn.

The bound is `limits.outbox_bytes`, counted over what waits here and in the transport's own buffer.
Who reads too slowly falls behind at a quarter of it, 128 KiB at least: ephemeral frames (cursors,
presence) are dropped until everything is written, and others may keep back what they can say more
briefly later. Beyond the bound the connection is lost; nobody who writes to others ever waits. Does
not know what a frame says or how a connection is closed. Source: DESIGN.md 4, PROTOCOL.md §10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from collab_server.transport.turn import Turn

SLICE_BYTES = 64 * 1024
"""Most that is written at once: what is in the transport's buffer can no longer be shed."""


STALLS_A_PACE = 3
"""A reader's pace is measured over so many times what a standstill may last."""


class Listener(Protocol):
    """Who hears how writing goes; never called by an outbox that is sealed."""

    def fell_behind(self) -> None:
        """Hear that a quarter of the limit waits."""
        ...

    def caught_up(self) -> None:
        """Hear that everything is written, after it had fallen behind."""
        ...

    def overflowed(self) -> None:
        """Hear that the limit is passed, and that a frame was not taken."""
        ...


class Outbox:
    """The one way to write to a connection.

    Invariant: what waits is at most the limit and one large frame. A frame that comes while less
    than half the limit waits is taken whatever its size: else a document larger than the limit
    could be sent to nobody.
    """

    __slots__ = (
        "_allowed_bytes",
        "_end",
        "_entries",
        "_ephemeral",
        "_is_behind",
        "_is_in_line",
        "_is_paused",
        "_is_sealed",
        "_is_slow",
        "_keen_bytes",
        "_limit_bytes",
        "_listener",
        "_seen_written_bytes",
        "_slow_from_bytes",
        "_slow_since_s",
        "_stalled_since_s",
        "_transport",
        "_turn",
        "_unchecked_bytes",
        "_usual_bytes",
        "_waiting_bytes",
        "_written_bytes",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        turn: Turn,
        *,
        limit_bytes: int,
        listener: Listener,
    ) -> None:
        self._transport = transport
        self._turn = turn
        self._limit_bytes = limit_bytes
        self._listener = listener
        transport.set_write_buffer_limits(high=SLICE_BYTES)
        self._allowed_bytes = limit_bytes
        # The transport's buffer holds two slices at most: its high-water mark, and what went over
        # it.
        self._usual_bytes = max(limit_bytes // 4, 2 * SLICE_BYTES)
        self._unchecked_bytes = self._usual_bytes - 2 * SLICE_BYTES
        self._keen_bytes = self._usual_bytes  # so much may wait before it falls behind
        self._entries: list[bytes | memoryview] = []
        self._ephemeral: list[int] = []  # indexes of entries that may be shed, ascending
        self._waiting_bytes = 0  # in entries
        self._written_bytes = 0  # handed to the transport, ever
        self._seen_written_bytes: int = 0  # taken by the system when `is_stalled` last looked
        self._stalled_since_s: float | None = None
        self._slow_since_s = 0.0  # when the pace began to be measured, and what was taken by then
        self._slow_from_bytes = 0
        self._is_behind = False
        self._is_in_line = False
        self._is_paused = False
        self._is_sealed = False
        self._is_slow = False
        self._end: Callable[[], None] | None = None

    @property
    def is_paused(self) -> bool:
        """Whether writing waits for the transport's buffer to empty."""
        return self._is_paused

    @property
    def is_behind(self) -> bool:
        """Whether it has fallen behind, and not everything is written since."""
        return self._is_behind

    @property
    def complaint(self) -> str:
        """What is wrong with who is stalled."""
        return "reads too slowly" if self._is_slow else "reads nothing"

    @property
    def is_congested(self) -> bool:
        """Whether so much waits that the client should not be answered with more."""
        return (
            self._waiting_bytes + self._transport.get_write_buffer_size() > self._limit_bytes // 2
        )

    @property
    def waiting_bytes(self) -> int:
        """How much waits here, beside the transport's own buffer."""
        return self._waiting_bytes

    @property
    def written_bytes(self) -> int:
        """How much has been handed to the transport, ever."""
        return self._written_bytes

    def put(self, wire: bytes, *, is_ephemeral: bool = False, body: bytes = b"") -> None:
        """Add whole frames, to be written at the end of the turn unless the connection closes.

        Args:
            wire: frames, or what stands before a large body.
            is_ephemeral: whether they may be shed.
            body: the rest of the last frame, which is not copied: many may wait for the same.
        """
        if self._is_sealed or (is_ephemeral and self._is_behind):
            return
        size = len(wire) + len(body)
        if self._waiting_bytes + size > self._unchecked_bytes and self._is_too_much(
            size, is_ephemeral=is_ephemeral
        ):
            return
        if is_ephemeral:
            self._ephemeral.append(len(self._entries))
        self._entries.append(wire)
        if body:
            self._entries.append(memoryview(body))
        self._waiting_bytes += size
        if not self._is_in_line:
            self._is_in_line = True
            self._turn.write_at_end(self)

    def seal(self, last: bytes, *, at_once: bool = False) -> None:
        """Add the connection's last frames, and take nothing after them.

        Args:
            last: whole frames; usually the close frame.
            at_once: drop what waits, except the rest of a frame that has been written in part.
        """
        if self._is_sealed:
            return
        if at_once:
            self._keep(self._entries[:1] if self._has_begun_entry() else [])
        self._is_sealed = True
        self._entries.append(last)
        self._waiting_bytes += len(last)
        self.flush()

    def end(self, *, half: bool = False) -> None:
        """Close the transport as soon as everything is written.

        Args:
            half: close it for writing only, where that can be, so that a peer in the middle of
            sending still
                reads what it was told last; whoever asks sees to the other half.
        """
        is_half = half and self._transport.can_write_eof()
        self._end = self._transport.write_eof if is_half else self._transport.close
        self.flush()

    def flush(self) -> None:
        """Write what waits, as far as the transport takes it."""
        self._is_in_line = False
        if self._transport.is_closing():
            self._keep([])
            return
        entries = self._entries
        if entries and self._waiting_bytes <= SLICE_BYTES and not self._is_paused:
            wire = entries[0] if len(entries) == 1 else b"".join(entries)
            entries.clear()
            self._waiting_bytes = 0
            if self._ephemeral:
                self._ephemeral.clear()
            self._written_bytes += len(wire)
            self._transport.write(wire)  # may call `pause` before it returns
        else:
            self._flush_in_slices()
        if not self._entries:
            self._allowed_bytes = self._limit_bytes
            self._keen_bytes = self._usual_bytes
            if self._end is not None:
                end, self._end = self._end, None
                end()
            elif self._is_behind and not self._is_paused and not self._is_sealed:
                self._is_behind = False
                self._listener.caught_up()

    def pause(self) -> None:
        """Write nothing more until `resume`: the transport's buffer is full."""
        self._is_paused = True

    def resume(self) -> None:
        """Go on writing: the transport's buffer has been emptied."""
        self._is_paused = False
        self.flush()

    def is_stalled(self, now_s: float, stall_s: float, least_bytes_a_s: float) -> bool:
        """Tell whether the system takes nothing, or too little, though something always waits.

        Args:
            now_s: monotonic.
            stall_s: for so long nothing may be taken; the pace is looked at after three times that.
            least_bytes_a_s: so fast it must be, else what waits would wait for ever.
        """
        buffered_bytes = self._transport.get_write_buffer_size()
        if not buffered_bytes and not self._entries:
            self._stalled_since_s = None
            return False
        taken_bytes: int = self._written_bytes - buffered_bytes
        if self._stalled_since_s is None:
            self._slow_since_s, self._slow_from_bytes = now_s, taken_bytes
        if self._stalled_since_s is None or taken_bytes != self._seen_written_bytes:
            self._seen_written_bytes = taken_bytes
            self._stalled_since_s = now_s
        if now_s - self._stalled_since_s >= stall_s:
            return True
        over_s = stall_s * STALLS_A_PACE
        self._is_slow = self._is_too_slow(now_s, taken_bytes, over_s, least_bytes_a_s)
        return self._is_slow

    def _is_too_slow(
        self, now_s: float, taken_bytes: int, over_s: float, least_bytes_a_s: float
    ) -> bool:
        elapsed_s = now_s - self._slow_since_s
        if elapsed_s < over_s:
            return False
        taken, self._slow_from_bytes = taken_bytes - self._slow_from_bytes, taken_bytes
        self._slow_since_s = now_s
        return taken < least_bytes_a_s * elapsed_s

    def _is_too_much(self, size: int, *, is_ephemeral: bool) -> bool:
        """Make room for a frame; when there is none, drop it, and unless it is ephemeral say so."""
        before = self._waiting_bytes + self._transport.get_write_buffer_size()
        if before <= self._limit_bytes // 2:
            # Behind a large frame as much may wait as usual: who takes it in may be quick.
            if before + size > self._limit_bytes:
                self._allowed_bytes = max(self._allowed_bytes, self._limit_bytes + size)
            if size > self._usual_bytes:
                self._keen_bytes = max(self._keen_bytes, self._usual_bytes + size)
        if before + size > self._keen_bytes and not self._is_behind:
            self._is_behind = True
            self._shed()
            self._listener.fell_behind()
        if is_ephemeral:
            return self._is_behind
        waits = self._waiting_bytes + self._transport.get_write_buffer_size()
        if waits + size <= self._allowed_bytes:
            return False
        self._listener.overflowed()
        return True

    def _shed(self) -> None:
        shed = set(self._ephemeral)
        self._keep([entry for index, entry in enumerate(self._entries) if index not in shed])

    def _keep(self, entries: list[bytes | memoryview]) -> None:
        """Replace what waits by these entries, none of which may be shed."""
        self._entries = entries
        self._ephemeral.clear()
        self._waiting_bytes = sum(map(len, entries)) if entries else 0

    def _has_begun_entry(self) -> bool:
        """Tell whether the first entry is the rest of one that was written in part."""
        return bool(self._entries) and isinstance(self._entries[0], memoryview)

    def _flush_in_slices(self) -> None:
        while self._entries and not self._is_paused:
            count, size = 0, 0
            while count < len(self._entries) and size + len(self._entries[count]) <= SLICE_BYTES:
                size += len(self._entries[count])
                count += 1
            if count:
                self._write(b"".join(self._entries[:count]))
                self._forget(count)
            else:
                self._write_part()

    def _write_part(self) -> None:
        """Write a slice of the first entry, which is large; from now on its rest cannot be shed."""
        entry = memoryview(self._entries[0])
        self._write(entry[:SLICE_BYTES])
        self._entries[0] = entry[SLICE_BYTES:]
        self._waiting_bytes -= SLICE_BYTES
        if self._ephemeral and self._ephemeral[0] == 0:
            del self._ephemeral[0]

    def _forget(self, count: int) -> None:
        self._waiting_bytes -= sum(map(len, self._entries[:count]))
        del self._entries[:count]
        self._ephemeral = [index - count for index in self._ephemeral if index >= count]

    def _write(self, wire: bytes | memoryview) -> None:
        self._written_bytes += len(wire)
        self._transport.write(wire)  # may call `pause` before it returns
