"""The server process: it opens store and port, says when it listens, and ends losing nothing.

Here everything is put together, once: configuration → store → hub → pump → port. Does not know what
the hub decides. Source: DESIGN.md 4 and 8, PROTOCOL.md §1.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import platform
import secrets
import signal
import ssl
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from collab_server.core.hub import Hub, HubConfig
from collab_server.core.revocations import Revocation, Revoked
from collab_server.protocol.tokens import DEFAULT_KEY_ID
from collab_server.storage.store import open_store
from collab_server.transport.addresses import Entrance
from collab_server.transport.back_ends import BackEnds, asking_product
from collab_server.transport.connection_rows import ConnectionRows
from collab_server.transport.http import http_app
from collab_server.transport.logs import log_to_stderr
from collab_server.transport.outside_watch import OutsideWatch
from collab_server.transport.ports import CannotListen, listening_socket, open_port
from collab_server.transport.pump import Pump
from collab_server.transport.socket import WebSocketConnection
from collab_server.transport.workers import Workers

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from collab_server.storage.store import Store
    from collab_server.transport.choices import ServerChoices

logger = logging.getLogger(__name__)

INTERNAL_HOST = "127.0.0.1"  # nobody else's business
SETTLE_WITHIN_S = 15.0
CLOSE_WITHIN_S = 6.0
OPEN_FILES = 65_536
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
CANNOT_LISTEN = 2
COLLECT_AFTER = 10_000
"""New objects; Python's own 700 are those of a few connections, which nearly always stay."""


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
    with contextlib.ExitStack() as sockets:  # first: nothing is made for a port that is taken
        listening = sockets.enter_context(listening_socket(config.host, config.port))
        internal = _internal_socket(config)
        if internal is not None:
            sockets.enter_context(internal)
        store = await open_store(config.database_url)
        try:
            await _serve_on(listening, internal, config, store, stop)
        finally:
            await store.close()


async def _serve_on(
    listening: socket.socket,
    internal: socket.socket | None,
    config: ServerChoices,
    store: Store,
    stop: asyncio.Event,
) -> None:
    port: int = listening.getsockname()[1]
    hub = Hub(_hub_config(config, port), new_id=_new_id)
    hub.operators.restore_revocations(
        Revocation(Revoked(row.kind), row.digest, row.at_s, row.until_s)
        for row in await store.entry.all_revocations()
    )
    async with asking_product(config) as authorize, asyncio.TaskGroup() as tasks:
        workers = Workers()
        pump = Pump(
            hub,
            store,
            workers,
            tasks,
            config.limits,
            ping_every_s=config.ping_interval_s,
            entrance=Entrance(
                config.trusted_proxies,
                config.allowed_origins,
                offers_compression=config.compression == "large",
            ),
            authorize=authorize,
        )
        rows = ConnectionRows(store.rooms, f"{platform.node()}:{port}", hub.connected)
        keeping_rows = tasks.create_task(rows.keep(), name="rows of who is connected")
        watch = OutsideWatch(
            store, hub, clock=time.monotonic, wall_clock=time.time, perform=pump.perform
        )
        watching = tasks.create_task(watch.keep(), name="what other programs change")
        try:
            back_ends = BackEnds(config, hub, pump, store)
            port_server = await open_port(
                listening,
                http_app(pump, *back_ends.public_routes(), degraded=back_ends.degraded),
                web_socket=partial(WebSocketConnection, pump),
                tls=_tls_context(config),
            )
            internal_server = None
            if internal is not None:
                internal_server = await open_port(internal, back_ends.internal_app())
            hearing = tasks.create_task(back_ends.hear_redis(), name="redis")
            _say_ready(config, port, internal)
            await stop.wait()
            logger.info("stopping")
            hearing.cancel()
            await asyncio.wait([hearing])
            await pump.drain(settle_within_s=SETTLE_WITHIN_S, close_within_s=CLOSE_WITHIN_S)
            port_server.close()
            if internal_server is not None:
                internal_server.close()
            keeping_rows.cancel()
            await rows.clear()
        finally:
            keeping_rows.cancel()
            watching.cancel()
            pump.stop()
            await workers.close()
    logger.info("stopped")


def _internal_socket(config: ServerChoices) -> socket.socket | None:
    if config.internal_port is None:
        return None
    return listening_socket(INTERNAL_HOST, config.internal_port, flag="--internal-port")


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
        switched_off=config.switched_off,
    )


def _new_id() -> str:
    return secrets.token_hex(16)


def _tls_context(config: ServerChoices) -> ssl.SSLContext | None:
    if config.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(config.tls_cert, config.tls_key)
    return context


def _say_ready(config: ServerChoices, port: int, internal: socket.socket | None) -> None:
    url = f"{config.public_url_at(port)}/ws"
    line = {"event": "ready", "port": port, "host": config.host, "url": url, "pid": os.getpid()}
    if internal is not None:
        line["internal_port"] = internal.getsockname()[1]
    gc.freeze()  # what is here now stays; the collector need not look at it again
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])
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
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
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
