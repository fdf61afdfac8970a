"""What the server says over plain HTTP, and the first moments of every connection.

Knows no rooms and no documents. Source: PROTOCOL.md §1.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import h11
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from collab_server.transport.pair_page import pair_page
from collab_server.transport.web_responses import file_response
from collab_server.web_files import web_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

REQUEST_WITHIN_S = 10.0


class Health(Protocol):
    """How the server is; the pump knows."""

    @property
    def is_draining(self) -> bool: ...  # noqa: D102
    @property
    def is_store_failing(self) -> bool: ...  # noqa: D102


def http_app(
    health: Health, *more: Route, degraded: Callable[[], list[str]] | None = None
) -> Starlette:
    """Return the ASGI application of the public port.

    Args:
        health: how the server is.
        *more: further pages.
        degraded: tells what does not work and the server works without; it is said, with 200.
    """

    async def healthz(_: Request) -> JSONResponse:
        if health.is_store_failing:
            return JSONResponse({"status": "store failing"}, status_code=503)
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> JSONResponse:
        if health.is_draining:
            return JSONResponse({"status": "draining"}, status_code=503)
        away = degraded() if degraded is not None else []
        if away and not health.is_store_failing:
            return JSONResponse({"status": "ok", "degraded": away})
        return await healthz(_)

    async def client_js(request: Request) -> Response:
        return file_response(request, client, "text/javascript; charset=utf-8")

    client = web_file("client.js")
    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/client.js", client_js),
            *pair_page(),
            *more,
        ]
    )


class OneLength:
    """An application that hears no request with two lengths.

    A proxy may believe the other one, and then takes what is a body to it for a request of its own
    (RFC 9112, section 6.1); the connection is of no use after such a request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is clear."""
        names = {name for name, _ in scope["headers"]}
        if {b"content-length", b"transfer-encoding"} <= names:
            refusal = PlainTextResponse("Two lengths", 400, {"Connection": "close"})
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class HttpConnection(H11Protocol):
    """uvicorn's protocol, which also hangs up on who does not come to the end of a request.

    And it passes on what a client sent right behind its upgrade request, which h11 keeps to itself.
    """

    _hang_up: asyncio.TimerHandle | None = None
    _is_handed_over = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take in a piece of a request."""
        super().data_received(data)
        if not self._is_handed_over and self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._wait()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the transport over, and what came after the request."""
        self._is_handed_over = True
        super().handle_websocket_upgrade(event)
        rest, _ = self.conn.trailing_data
        successor = self.transport.get_protocol()
        if rest and isinstance(successor, asyncio.Protocol):
            successor.data_received(rest)

    def _wait(self) -> None:
        if self._hang_up is None:
            self._hang_up = self.loop.call_later(REQUEST_WITHIN_S, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._hang_up is not None:
            self._hang_up.cancel()
            self._hang_up = None
