"""Ports: a listening socket, and uvicorn's HTTP protocol behind it.

Does not know what is asked or answered there. Source: DESIGN.md 4.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from functools import partial
from typing import TYPE_CHECKING, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from collab_server.transport.first_request import FirstRequest
from collab_server.transport.http import HttpConnection, OneLength

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from starlette.applications import Starlette

BACKLOG = 4096
TLS_HANDSHAKE_WITHIN_S = 10.0
KEEP_ALIVE_S = 5


class CannotListen(Exception):
    """The port cannot be had. The text is one sentence: what is wrong, and what to do."""


async def open_port(
    listening: socket.socket,
    app: Starlette,
    *,
    web_socket: Callable[[], asyncio.Protocol] | None = None,
    tls: ssl.SSLContext | None = None,
) -> asyncio.AbstractServer:
    """Let in uvicorn's HTTP protocol, and before it WebSockets if there is somebody for them.

    Only that: uvicorn's `Server` would take the signals and wake ten times a second.
    """

    def new_web_socket(**_: object) -> asyncio.Protocol:
        assert web_socket is not None
        return web_socket()

    upgraded = cast("type[asyncio.Protocol]", new_web_socket)
    http_config = Config(
        OneLength(app),
        http=HttpConnection,
        ws="none" if web_socket is None else upgraded,
        interface="asgi3",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    http_config.load()
    loop = asyncio.get_running_loop()
    http = partial(HttpConnection, http_config, ServerState(), app_state={}, _loop=loop)
    return await loop.create_server(
        http if web_socket is None else partial(FirstRequest, loop, web_socket, http),
        sock=listening,
        ssl=tls,
        backlog=BACKLOG,
        ssl_handshake_timeout=None if tls is None else TLS_HANDSHAKE_WITHIN_S,
    )


def listening_socket(host: str, port: int, *, flag: str = "--port") -> socket.socket:
    """Return a socket that listens on host and port; 0 is a free one.

    Args:
        host: a name or an address.
        port: 0 is a free one.
        flag: how the port was to be given, for the words of an error.

    Raises:
        CannotListen: It cannot be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except socket.gaierror as error:
        raise CannotListen(
            f"The host {host} is not known here: give --host an address of this machine."
        ) from error
    except OSError as error:
        raise CannotListen(_why_not(host, port, flag, error)) from error


def _why_not(host: str, port: int, flag: str, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"Port {port} on {host} is in use: stop what listens there, or choose another"
                f" with {flag} (0 picks a free one)."
            )
        case errno.EACCES:
            return f"Port {port} needs more rights than this user has: choose one above 1023."
        case errno.EADDRNOTAVAIL:
            return f"This machine has no address {host}: give --host one that it has."
        case _:
            return f"Port {port} on {host} cannot be had: {error.strerror}."
