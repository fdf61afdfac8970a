"""The socket: the only module of the app that imports websockets.

Knows frames and no protocol. What is sent is handed to the system at once, and what comes is handed
on as soon as it is read: each turn of the event loop in between would be one after the window has
painted. What the system does not take goes into a bounded queue that one task writes out, so that a
key never waits for the network; when the queue is full the connection is dropped, since everything
unacknowledged is kept by the replicas and is sent again on the next one. Source: PITFALLS
(websockets), STYLE.md (asyncio).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import ssl
from collections import deque
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.frames import DATA_OPCODES, Frame, Opcode
from websockets.protocol import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.protocol import Event

    from collab_server.protocol.limits import Limits

OPEN_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 2.0
ABNORMAL = 1006
"""The close code of a connection that ended without one."""

_QUEUE_BYTES = 48 * 1024 * 1024
"""More than two of the largest document frames."""

_AT_ONCE_BYTES = 64 * 1024
"""A larger frame is left to the writer: a key does not wait until it is masked and copied."""

_quiet = logging.getLogger("app.collab.transport.websocket")
_quiet.setLevel(logging.WARNING)  # below it the library logs frames, and with them tokens


class ConnectFailed(Exception):
    """The server cannot be reached, or does not speak WebSocket; `reason` is for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InsecureServer(Exception):
    """The address would send everything in clear over a network."""


class Connection(Protocol):
    """An open connection; `WebSocketConnection` is one."""

    @property
    def close_code(self) -> int:
        """Why it ended."""
        ...

    def send(self, frame: str | bytes) -> None:
        """Send a frame, or queue it; never waits."""
        ...

    async def run(self, on_frame: Callable[[str | bytes], None]) -> None:
        """Hand on what the server sends, and send what is queued, until the connection ends."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Send what is queued and close; returns when the connection is gone."""
        ...


async def open_connection(
    url: str, *, limits: Limits, allow_insecure: bool = False
) -> WebSocketConnection:
    """Connect to a server.

    Args:
        url: `wss://…`, or `ws://…` to this machine.
        limits: for the size of what may come.
        allow_insecure: whether `ws://` may lead elsewhere too.

    Raises:
        InsecureServer: it may not, and does.
        ConnectFailed: nothing speaks WebSocket there, in time.
    """
    is_local = _is_loopback(urlsplit(url).hostname or "")
    if not (url.startswith("wss://") or is_local or allow_insecure):
        raise InsecureServer
    try:
        socket = await connect(
            url,
            compression=None,
            max_size=limits.document_frame_bytes,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=None,  # the session asks, and counts any frame as an answer
            proxy=None if is_local else True,
            ssl=ssl.create_default_context() if url.startswith("wss://") else None,
            user_agent_header=None,
            logger=_quiet,
            create_connection=_Socket,
        )
    except (OSError, TimeoutError, WebSocketException, ValueError) as error:
        raise ConnectFailed(type(error).__name__) from error
    assert isinstance(socket, _Socket)
    return WebSocketConnection(socket)


class _Socket(ClientConnection):
    """The library's connection, without the turns of the event loop before and after it.

    Invariant: frames are handed on in the order in which they came. A message that is in one piece
    goes straight on; one in several, or behind one that waits for `recv`, goes the library's way.
    """

    on_frame: Callable[[str | bytes], None] | None = None
    failure: BaseException | None = None  # what `on_frame` raised; the connection is dropped then
    unread: int = 0  # messages and pieces that the library holds

    def process_event(self, event: Event) -> None:
        """Take in what was read."""
        if not isinstance(event, Frame) or event.opcode not in DATA_OPCODES:
            super().process_event(event)
        elif self.on_frame is None or self.unread or not event.fin:
            self._leave_to_library(event)
        elif event.opcode is Opcode.BINARY:
            self._hand_on(bytes(event.data))
        else:
            try:
                text = bytes(event.data).decode()
            except UnicodeDecodeError:
                self._leave_to_library(event)  # which closes the connection for it
            else:
                self._hand_on(text)

    async def next_frame(self) -> str | bytes:
        """Wait for what was left to the library."""
        frame = await self.recv()
        self.unread -= 1
        return frame

    def write_now(self, frame: str | bytes) -> bool:
        """Hand a frame to the system, and tell whether there was room for it."""
        # A socket that has just failed is open until the loop's next turn; the writer waits for it.
        is_gone = self.state is not State.OPEN or self.transport.is_closing()
        if is_gone or self.transport.get_write_buffer_size():
            return False
        if isinstance(frame, str):
            self.protocol.send_text(frame.encode())
        else:
            self.protocol.send_binary(frame)
        self.send_data()
        return True

    def _leave_to_library(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.CONT:
            self.unread += 1
        super().process_event(frame)

    def _hand_on(self, frame: str | bytes) -> None:
        if self.on_frame is None or self.failure is not None:
            return
        try:
            self.on_frame(frame)
        except BaseException as error:  # noqa: BLE001 - `run` raises it, in its task
            self.failure = error
            self.transport.abort()


class WebSocketConnection:
    """A connection over a WebSocket.

    Invariant: frames leave in the order of `send`, and at most `_QUEUE_BYTES` of them wait; the
    next one drops the connection.
    """

    def __init__(self, socket: _Socket) -> None:
        self._socket = socket
        self._queue: deque[str | bytes] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._is_closing = False

    @property
    def close_code(self) -> int:
        """Why the connection ended; `ABNORMAL` when nobody said."""
        return self._socket.close_code or ABNORMAL

    def send(self, frame: str | bytes) -> None:
        """Send a frame, or queue it; never waits."""
        if self._is_closing:
            return
        is_small = len(frame) <= _AT_ONCE_BYTES
        if not self._queue and is_small and self._socket.write_now(frame):
            return
        self._queued_bytes += len(frame)
        if self._queued_bytes > _QUEUE_BYTES:
            self._is_closing = True
            self._queue.clear()
            self._socket.transport.abort()
        else:
            self._queue.append(frame)
        self._wake.set()

    async def run(self, on_frame: Callable[[str | bytes], None]) -> None:
        """Hand on what the server sends, and send what is queued, until the connection ends.

        When it is cancelled, or `on_frame` fails, the connection is dropped.
        """
        try:
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(self._write(), name="write frames")
                self._socket.on_frame = on_frame
                with contextlib.suppress(ConnectionClosed):
                    while True:
                        on_frame(await self._socket.next_frame())
                if self._socket.failure is not None:
                    raise self._socket.failure
                writer.cancel()
        finally:
            self._socket.on_frame = None
            self._socket.transport.abort()

    async def close(self, code: int, reason: str) -> None:
        """Send what is queued and close; returns when the connection is gone, within seconds."""
        self._is_closing = True
        with contextlib.suppress(TimeoutError):  # a peer that does not read: close it anyway
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._flush()
        await self._socket.close(code, reason)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._flush()

    async def _flush(self) -> None:
        with contextlib.suppress(ConnectionClosed):  # the reader sees it too, and ends
            while self._queue:
                frame = self._queue.popleft()
                self._queued_bytes -= len(frame)
                await self._socket.send(frame)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
