"""A WebSocket client that costs next to nothing, so that thousands fit beside what is measured.

It masks with zeros, which is lawful, and counts what comes instead of reading it.
"""

from __future__ import annotations

import asyncio

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
LONGEST_SHORT = 125
FIN_TEXT = 0x81
MASKED = 0x80


def masked_frame(text: str) -> bytes:
    """Return a client's text frame of less than 64 KiB."""
    payload = text.encode()
    size = len(payload)
    if size <= LONGEST_SHORT:
        return bytes((FIN_TEXT, MASKED | size)) + bytes(4) + payload
    return bytes((FIN_TEXT, MASKED | 126)) + size.to_bytes(2, "big") + bytes(4) + payload


class BareClient(asyncio.Protocol):
    """One connection; `wait_for` waits until something has come so often."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._mark = b"\r\n\r\n"  # the end of the answer to the handshake
        self._tail = b""
        self._left = 1
        self._done = self._loop.create_future()
        self.last = b""  # what came with the mark

    @classmethod
    async def connect(cls, port: int, *events: str) -> BareClient:
        """Connect and say something at once, as far as the answer to the handshake."""
        _, client = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        client.send(HANDSHAKE)
        await client.done()
        client.say(*events)
        return client

    def say(self, *events: str) -> None:
        """Send text frames."""
        self.send(b"".join(map(masked_frame, events)))

    def send(self, wire: bytes) -> None:
        """Send bytes as they are."""
        assert self._transport is not None
        self._transport.write(wire)

    def expect(self, mark: str, count: int = 1) -> None:
        """From now on, count how often something comes; no mark may be a part of itself."""
        self._mark, self._tail, self._left = mark.encode(), b"", count
        self._done = self._loop.create_future()

    async def done(self) -> None:
        """Wait until what was expected has come.

        Raises:
            ConnectionError: The connection ended before.
        """
        await self._done

    def close(self) -> None:
        """End the connection, without a word."""
        assert self._transport is not None
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Count the mark, also where it is cut."""
        if self._done.done():
            return
        searched = self._tail + data
        self._left -= searched.count(self._mark)
        self._tail = searched[-(len(self._mark) - 1) :]
        if self._left <= 0:
            self.last = searched
            self._done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let nobody wait for ever."""
        if not self._done.done():
            self._done.set_exception(ConnectionResetError("the connection ended"))
            self._done.exception()  # nobody may be waiting
