"""A transport without a socket: it keeps what was written, and buffers only when told to."""

import asyncio


class FakeTransport(asyncio.Transport):
    """Takes everything at once, until `stop_reading`; then it buffers and pauses its writer.

    Behaves as asyncio's own: `pause_writing` is called inside `write`, `resume_writing` when the
    buffer has been taken, and a closing transport takes nothing more.
    """

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.7", 50_000)})
        self.writes: list[bytes] = []
        self.is_read_paused = False
        self.was_aborted = False
        self.has_written_eof = False
        self._high_bytes = 64 * 1024
        self._buffered_bytes = 0
        self._is_peer_reading = True
        self._is_closing = False
        self._writer: asyncio.Protocol | None = None
        self._is_write_paused = False

    @property
    def written(self) -> bytes:
        return b"".join(self.writes)

    def stop_reading(self) -> None:
        self._is_peer_reading = False

    def read_everything(self) -> None:
        self._is_peer_reading = True
        self.take(self._buffered_bytes)

    def take(self, count: int) -> None:
        self._buffered_bytes -= count
        if self._is_write_paused and self._buffered_bytes == 0:
            self._is_write_paused = False
            assert self._writer is not None
            self._writer.resume_writing()

    # asyncio.Transport

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self._writer = protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high_bytes = high if high is not None else 64 * 1024

    def get_write_buffer_size(self) -> int:
        return self._buffered_bytes

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.has_written_eof
        if self._is_closing:
            return
        self.writes.append(bytes(data))
        if not self._is_peer_reading:
            self._buffered_bytes += len(data)
        if self._buffered_bytes > self._high_bytes and not self._is_write_paused:
            self._is_write_paused = True
            assert self._writer is not None
            self._writer.pause_writing()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.has_written_eof = True

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True

    def abort(self) -> None:
        self._is_closing = True
        self.was_aborted = True

    def pause_reading(self) -> None:
        self.is_read_paused = True

    def resume_reading(self) -> None:
        self.is_read_paused = False
