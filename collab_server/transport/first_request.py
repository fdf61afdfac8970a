"""The first bytes of a connection: a WebSocket's go straight to it, all others to uvicorn.

uvicorn would read an upgrade request with h11, write it down again and hand it to the WebSocket,
which reads it once more; that was half of what a connection cost. A request that does not come
whole in its first chunk goes that way all the same. Knows of HTTP no more than how a request ends.
Source: RFC 9112, section 2.1; RFC 6455, section 4.1.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_BYTES_WITHIN_S = 10.0

_END = b"\r\n\r\n"


class FirstRequest(asyncio.Protocol):
    """Waits for the first chunk, and hands the transport and the chunk over.

    Invariant: it reads one chunk; who says nothing is hung up on.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        web_socket: Callable[[], asyncio.Protocol],
        http: Callable[[], asyncio.Protocol],
    ) -> None:
        self._loop = loop
        self._web_socket = web_socket
        self._http = http
        self._transport: asyncio.Transport
        self._hang_up: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait."""
        # Not an isinstance: uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        self._hang_up = self._loop.call_later(FIRST_BYTES_WITHIN_S, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        """Hand over; what came behind an upgrade request is no part of it."""
        self._hang_up.cancel()
        end = data.find(_END) + len(_END)
        if end >= len(_END) and _asks_for_a_web_socket(data[:end]):
            successor, parts = self._web_socket(), (data[:end], data[end:])
        else:
            successor, parts = self._http(), (data,)
        self._transport.set_protocol(successor)
        successor.connection_made(self._transport)
        for part in parts:
            if part:
                successor.data_received(part)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._hang_up.cancel()


def _asks_for_a_web_socket(head: bytes) -> bool:
    """Tell whether a request looks like an upgrade; whether it is a lawful one others see."""
    return head.startswith(b"GET ") and b"\nupgrade: websocket" in head.lower()
