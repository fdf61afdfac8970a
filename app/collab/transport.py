"""The socket: the only module of the app that imports websockets.

Knows frames and no protocol. What is sent goes into a bounded queue that one task writes out, so
that a key never waits for the network; when the queue is full the connection is dropped, since
everything unacknowledged is kept by the replicas and is sent again on the next one. Source:
PITFALLS (websockets), STYLE.md (asyncio).
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

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.asyncio.client import ClientConnection

    from collab_server.protocol.limits import Limits

OPEN_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 2.0
ABNORMAL = 1006
"""The close code of a connection that ended without one."""

_QUEUE_BYTES = 48 * 1024 * 1024
"""More than two of the largest document frames."""

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
        """Queue a frame; never waits."""
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
        )
    except (OSError, TimeoutError, WebSocketException, ValueError) as error:
        raise ConnectFailed(type(error).__name__) from error
    return WebSocketConnection(socket)


class WebSocketConnection:
    """A connection over a WebSocket.

    Invariant: frames leave in the order of `send`, and at most `_QUEUE_BYTES` of them wait; the
    next one drops the connection.
    """

    def __init__(self, socket: ClientConnection) -> None:
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
        """Queue a frame; never waits."""
        if self._is_closing:
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
                with contextlib.suppress(ConnectionClosed):
                    while True:
                        on_frame(await self._socket.recv())
                writer.cancel()
        finally:
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
