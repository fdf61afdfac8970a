"""The server process: it opens store and port, says when it listens, and ends losing nothing.

Here everything is put together, once: configuration → store → hub → pump → port. Does not know what
the hub decides. Source: DESIGN.md 4 and 8, PROTOCOL.md §1.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import logging
import os
import secrets
import signal
import socket
import ssl
import sys
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from collab_server.core.hub import Hub, HubConfig
from collab_server.protocol.tokens import DEFAULT_KEY_ID
from collab_server.storage.store import open_store
from collab_server.transport.http import HttpConnection, http_app
from collab_server.transport.logs import log_to_stderr
from collab_server.transport.pump import Pump
from collab_server.transport.socket import WebSocketConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    from collab_server.storage.store import Store
    from collab_server.transport.choices import ServerChoices

logger = logging.getLogger(__name__)

BACKLOG = 4096
TLS_HANDSHAKE_WITHIN_S = 10.0
KEEP_ALIVE_S = 5
SETTLE_WITHIN_S = 15.0
CLOSE_WITHIN_S = 6.0
OPEN_FILES = 65_536
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
CANNOT_LISTEN = 2


class CannotListen(Exception):
    """The port cannot be had. The text is one sentence: what is wrong, and what to do."""


def run(config: ServerChoices) -> int:
    """Serve until told to stop, and return the process' exit code.

    Raises:
        UnusableDatabase: The database cannot be opened.
    """
    os.environ.setdefault("RUST_BACKTRACE", "0")  # before pycrdt may panic
    log_to_stderr(config.log_level, config.log_format)
    _allow_many_files()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            runner.run(serve(config))
        except CannotListen as error:
            sys.stderr.write(f"{error}\n")
            return CANNOT_LISTEN
    return 0


async def serve(config: ServerChoices) -> None:
    """Serve until told to stop.

    Raises:
        CannotListen: The port cannot be had.
        UnusableDatabase: The database cannot be opened.
    """
    stop = asyncio.Event()
    _stop_on_signals(stop)
    if config.stop_with_stdin:
        _stop_with_stdin(stop)
    store = await open_store(config.database_url)
    try:
        with _listening_socket(config.host, config.port) as listening:
            await _serve_on(listening, config, store, stop)
    finally:
        await store.close()


async def _serve_on(
    listening: socket.socket, config: ServerChoices, store: Store, stop: asyncio.Event
) -> None:
    port: int = listening.getsockname()[1]
    hub = Hub(_hub_config(config, port), new_id=_new_id)
    async with asyncio.TaskGroup() as tasks:
        pump = Pump(hub, store, tasks, config.limits, ping_every_s=config.ping_interval_s)
        try:
            port_server = await _open_door(listening, config, pump)
            _say_ready(config, port)
            await stop.wait()
            logger.info("stopping")
            await pump.drain(settle_within_s=SETTLE_WITHIN_S, close_within_s=CLOSE_WITHIN_S)
            port_server.close()
        finally:
            pump.stop()
    logger.info("stopped")


async def _open_door(
    listening: socket.socket, config: ServerChoices, pump: Pump
) -> asyncio.AbstractServer:
    """Let uvicorn's HTTP protocol in, which hands WebSocket upgrades to ours.

    Only that: uvicorn's `Server` would take the signals and wake ten times a second.
    """

    def new_web_socket(**_: object) -> WebSocketConnection:
        return WebSocketConnection(pump)

    http_config = Config(
        http_app(pump),
        http=HttpConnection,
        ws=cast("type[asyncio.Protocol]", new_web_socket),
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
    tls = _tls_context(config)
    return await loop.create_server(
        partial(HttpConnection, http_config, ServerState(), app_state={}, _loop=loop),
        sock=listening,
        ssl=tls,
        backlog=BACKLOG,
        ssl_handshake_timeout=None if tls is None else TLS_HANDSHAKE_WITHIN_S,
    )


def _hub_config(config: ServerChoices, port: int) -> HubConfig:
    return HubConfig(
        keys={DEFAULT_KEY_ID: config.secret},
        limits=config.limits,
        replay=config.replay,
        legacy_replay=config.legacy_replay,
        legacy_open=config.legacy_open,
        dev=config.dev,
        public_url=config.public_url_at(port),
        ping_interval_s=config.ping_interval_s,
    )


def _new_id() -> str:
    return secrets.token_hex(16)


def _tls_context(config: ServerChoices) -> ssl.SSLContext | None:
    if config.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(config.tls_cert, config.tls_key)
    return context


def _listening_socket(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except socket.gaierror as error:
        raise CannotListen(
            f"The host {host} is not known here: give --host an address of this machine."
        ) from error
    except OSError as error:
        raise CannotListen(_why_not(host, port, error)) from error


def _why_not(host: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"Port {port} on {host} is in use: stop what listens there, or choose another"
                " with --port (0 picks a free one)."
            )
        case errno.EACCES:
            return f"Port {port} needs more rights than this user has: choose one above 1023."
        case errno.EADDRNOTAVAIL:
            return f"This machine has no address {host}: give --host one that it has."
        case _:
            return f"Port {port} on {host} cannot be had: {error.strerror}."


def _say_ready(config: ServerChoices, port: int) -> None:
    url = f"{config.public_url_at(port)}/ws"
    line = {"event": "ready", "port": port, "host": config.host, "url": url, "pid": os.getpid()}
    gc.freeze()  # what is here now stays; the collector need not look at it again
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _stop_on_signals(stop: asyncio.Event) -> None:
    """Drain at the first signal; the second ends the process at once, and loses nothing stored."""
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if stop.is_set():
            logger.warning("stopped at once by a second signal")
            os._exit(128 + number)
        stop.set()

    for number in STOP_SIGNALS:
        try:
            loop.add_signal_handler(number, on_signal, number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda got, _: loop.call_soon_threadsafe(on_signal, got))


def _stop_with_stdin(stop: asyncio.Event) -> None:
    """Drain when standard input ends: whoever started us has gone.

    In a thread, for a loop can wait for neither files nor Windows' pipes; with `os.read`, for a
    thread that sits in `sys.stdin` keeps the interpreter from ending.
    """
    loop = asyncio.get_running_loop()

    def watch() -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=watch, name="standard input", daemon=True).start()


def _allow_many_files() -> None:
    """Raise this process' own limit of open files, as far as it may: a connection is one."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    return uvloop.new_event_loop
