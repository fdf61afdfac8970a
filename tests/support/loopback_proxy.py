"""A bad network on one machine: passes bytes on, until it cuts, delays or half-closes.

Knows nothing of what it carries.
"""

import asyncio
import contextlib
import socket
import struct
from typing import Self

CHUNK_BYTES = 16 * 1024


class LoopbackProxy:
    """Listens on a port of its own, and passes on to another on this machine."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = 0
        self.delay_s = 0.0  # before each piece is passed on
        self.is_open = True  # whether new connections are taken
        self._server: asyncio.Server | None = None
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many connections are carried now."""
        return len(self._pairs)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        if self._tasks:  # they end by themselves now
            await asyncio.wait(self._tasks, timeout=10)
        await self._server.wait_closed()

    def cut(self) -> None:
        """Reset every connection, as a router does that was restarted."""
        for pair in self._pairs:
            for writer in pair:
                sock: socket.socket = writer.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()

    def half_close(self) -> None:
        """Tell the clients that nothing more comes; what they say still arrives."""
        for client, _ in self._pairs:
            if client.can_write_eof() and not client.is_closing():
                client.write_eof()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self.is_open:
                await self._pass_on(reader, writer)
        except OSError:
            pass  # one of the two is gone, which the other sees below
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        pair = (writer, far_writer)
        self._pairs.add(pair)
        try:
            ways = {
                asyncio.create_task(self._copy(reader, far_writer), name="there"),
                asyncio.create_task(self._copy(far_reader, writer), name="back"),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.wait(ways)
        finally:
            self._pairs.discard(pair)
            far_writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # reset, or half closed: nothing to carry
            while data := await reader.read(CHUNK_BYTES):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                writer.write(data)
                await writer.drain()
