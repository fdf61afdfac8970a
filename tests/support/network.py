"""A network between clients and a server that a test can cut: a TCP proxy on loopback.

Knows bytes only.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

CHUNK_BYTES = 64 * 1024


class Network:
    """Lines from one port to another."""

    def __init__(self, to_port: int) -> None:
        self.port = 0
        self.lines = 0  # ever made
        self._to_port = to_port
        self._open: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()  # one a line
        self._is_down = False

    def cut(self) -> None:
        """Break every line as a pulled cable seen by both ends: without a word."""
        for writer in list(self._open):
            writer.transport.abort()

    def go_down(self) -> None:
        """Break every line, and make no new one until `come_up`."""
        self._is_down = True
        self.cut()

    def come_up(self) -> None:
        """Make lines again."""
        self._is_down = False

    async def end(self) -> None:
        """Go down for good, and wait until nothing is carried."""
        self.go_down()
        if self._carrying:
            await asyncio.wait(self._carrying)

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin to carry what somebody says who has come."""
        name = f"line {self.lines} to {self._to_port}"
        task = asyncio.get_running_loop().create_task(self._carry_both(reader, writer), name=name)
        self._carrying.add(task)
        task.add_done_callback(self._carried)

    def _carried(self, task: asyncio.Task[None]) -> None:
        self._carrying.discard(task)
        task.result()  # a bug of the proxy is heard

    async def _carry_both(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_down:
            writer.transport.abort()
            return
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:  # nobody listens there now
            writer.transport.abort()
            return
        if self._is_down:  # since a moment
            writer.transport.abort()
            there_writer.transport.abort()
            return
        self.lines += 1
        self._open |= {writer, there_writer}
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_carry(reader, there_writer), name="to the server")
                ways.create_task(_carry(there_reader, writer), name="to the client")
        finally:
            self._open -= {writer, there_writer}


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def network_to(port: int) -> AsyncGenerator[Network]:
    """Have a network to a port of this machine while the block lasts."""
    network = Network(port)
    server = await asyncio.start_server(network.connected, "127.0.0.1", 0)
    network.port = server.sockets[0].getsockname()[1]
    try:
        yield network
    finally:
        server.close()
        await network.end()
        await server.wait_closed()
