"""The app's socket against a real WebSocket server in this process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from app.collab.transport import (
    ABNORMAL,
    ConnectFailed,
    InsecureServer,
    WebSocketConnection,
    open_connection,
)
from collab_server.protocol.limits import Limits
from tests.eventually import eventually

LIMITS = Limits()


class Server:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[str | bytes] = []
        self.connections: list[ServerConnection] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    async def handle(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        with contextlib.suppress(ConnectionClosed):
            async for frame in connection:
                self.heard.append(frame)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    keeper = Server()
    async with serve(keeper.handle, "127.0.0.1", 0, max_size=None) as listening:
        keeper.port = next(iter(listening.sockets)).getsockname()[1]
        yield keeper


async def run(connection: WebSocketConnection, heard: list[str | bytes]) -> None:
    await connection.run(heard.append)


async def test_frames_go_both_ways_in_order(server: Server) -> None:
    connection = await open_connection(server.url, limits=LIMITS)
    heard: list[str | bytes] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(run(connection, heard), name="run")
        for frame in ("text", b"binary", b"\x00" * 100_000):
            connection.send(frame)
        await eventually(lambda: len(server.heard) == 3)
        await server.connections[0].send("answer")
        await eventually(lambda: heard)
        await connection.close(1000, "")

    assert server.heard == ["text", b"binary", b"\x00" * 100_000]
    assert heard == ["answer"]
    assert server.connections[0].close_code == 1000


async def test_what_was_sent_before_a_close_still_arrives(server: Server) -> None:
    connection = await open_connection(server.url, limits=LIMITS)
    async with asyncio.TaskGroup() as group:
        group.create_task(run(connection, []), name="run")
        connection.send("last words")
        await connection.close(1000, "")
        connection.send("too late")

    assert server.heard == ["last words"]


async def test_the_server_s_close_code_is_told(server: Server) -> None:
    connection = await open_connection(server.url, limits=LIMITS)
    async with asyncio.TaskGroup() as group:
        group.create_task(run(connection, []), name="run")
        await eventually(lambda: server.connections)
        await server.connections[0].close(4503, "kicked")

    assert connection.close_code == 4503


async def test_a_connection_that_breaks_is_abnormal(server: Server) -> None:
    connection = await open_connection(server.url, limits=LIMITS)
    async with asyncio.TaskGroup() as group:
        group.create_task(run(connection, []), name="run")
        await eventually(lambda: server.connections)
        server.connections[0].transport.abort()

    assert connection.close_code == ABNORMAL


async def test_a_frame_over_the_limit_ends_the_connection(server: Server) -> None:
    connection = await open_connection(server.url, limits=Limits(document_frame_bytes=1000))
    heard: list[str | bytes] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(run(connection, heard), name="run")
        await eventually(lambda: server.connections)
        await server.connections[0].send(b"x" * 1001)

    assert heard == []
    assert connection.close_code == ABNORMAL  # it was this side that closed


async def test_pieces_early_messages_and_whole_ones_come_in_order(server: Server) -> None:
    connection = await open_connection(server.url, limits=LIMITS)
    await eventually(lambda: server.connections)
    peer = server.connections[0]
    await peer.send("early")
    await (await peer.ping())
    heard: list[str | bytes] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(run(connection, heard), name="run")
        await peer.send(b"whole")
        await peer.send([b"in ", b"", b"pieces"])
        await peer.send("after")
        await eventually(lambda: len(heard) == 4)
        await peer.send("at once")
        await peer.close()

    assert heard == ["early", b"whole", b"in pieces", "after", "at once"]


async def test_a_text_that_is_none_ends_the_connection(server: Server) -> None:
    connection = await open_connection(server.url, limits=LIMITS)
    heard: list[str | bytes] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(run(connection, heard), name="run")
        await eventually(lambda: server.connections)
        await server.connections[0].send(b"\xff", text=True)

    assert heard == []
    assert server.connections[0].close_code == 1007


@pytest.mark.parametrize("good", [0, 1], ids=["the first", "a later one"])
async def test_a_connection_with_a_frame_that_cannot_be_taken_is_dropped(
    server: Server, good: int
) -> None:
    heard: list[str | bytes] = []

    def take(frame: str | bytes) -> None:
        if len(heard) == good:
            raise LookupError("no place for it")
        heard.append(frame)

    async def run_into_it() -> None:
        async with asyncio.TaskGroup() as group:
            await server.connections[0].send("one")
            group.create_task(connection.run(take), name="run")
            await eventually(lambda: len(heard) == good)
            await server.connections[0].send("two")

    connection = await open_connection(server.url, limits=LIMITS)
    await eventually(lambda: server.connections)
    with pytest.raises(ExceptionGroup) as raised:
        await run_into_it()

    assert raised.group_contains(LookupError, match="no place for it")
    await eventually(lambda: server.connections[0].close_code is not None)


async def test_what_the_system_does_not_take_waits_its_turn(server: Server) -> None:
    connection = await open_connection(server.url, limits=LIMITS)
    frames = [b"\x00" * 8_000_000, b"small", b"\x00" * 8_000_000, "last"]
    async with asyncio.TaskGroup() as group:
        group.create_task(run(connection, []), name="run")
        for frame in frames:
            connection.send(frame)
        await connection.close(1000, "")

    assert server.heard == frames


async def test_a_queue_that_is_full_drops_the_connection(server: Server) -> None:
    connection = await open_connection(server.url, limits=LIMITS)
    connection.send(b"x" * (30 * 1024 * 1024))
    connection.send(b"x" * (30 * 1024 * 1024))

    await connection.run([].append)

    assert connection.close_code == ABNORMAL


async def test_what_is_sent_while_the_connection_breaks_is_let_go(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_frame: str | bytes) -> None:
        raise LookupError("no place for it")

    connection = await open_connection(server.url, limits=LIMITS)
    await eventually(lambda: server.connections)
    await server.connections[0].send("early")
    await (await server.connections[0].ping())
    with pytest.raises(ExceptionGroup):
        await connection.run(fail)
    for number in range(20):  # in the same turn of the loop
        connection.send(f"key {number}")
    await eventually(lambda: server.connections[0].close_code is not None)

    assert server.heard == []
    assert not caplog.records


async def test_a_cancelled_connection_is_dropped(server: Server) -> None:
    connection = await open_connection(server.url, limits=LIMITS)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(run(connection, []), name="run")
        connection.send("running")
        await eventually(lambda: server.heard)
        task.cancel()

    await eventually(lambda: server.connections[0].close_code is not None)


async def test_nothing_there_is_told(unused_tcp_port: int) -> None:
    with pytest.raises(ConnectFailed):
        await open_connection(f"ws://127.0.0.1:{unused_tcp_port}/ws", limits=LIMITS)


@pytest.mark.parametrize("url", ["ws://example.com/ws", "ws://192.0.2.1:8080/ws", "http://x/"])
async def test_a_plain_connection_to_another_machine_is_refused(url: str) -> None:
    with pytest.raises(InsecureServer):
        await open_connection(url, limits=LIMITS)


async def test_a_plain_connection_may_be_allowed(server: Server) -> None:
    with pytest.raises(ConnectFailed):
        await open_connection("ws://host.invalid:1/ws", limits=LIMITS, allow_insecure=True)
