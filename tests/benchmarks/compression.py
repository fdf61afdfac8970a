"""What compression costs and saves: memory a connection, and bytes a join."""

from __future__ import annotations

import asyncio
import contextlib
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from websockets.asyncio.client import connect

from collab_server.protocol import documents as frames
from collab_server.protocol.names import parse_document
from collab_server.protocol.sync import SyncStep2
from collab_server.protocol.updates import encode_text
from tests.benchmarks.server_process import (
    LIMITS,
    ServerProcess,
    free_port,
    open_document,
    running_server,
    sign_in_event,
)

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

ROOM = "codexpro_project_large"
TEXT = parse_document(f"{ROOM}/f/text")
WRITTEN = Path(__file__).read_text(encoding="utf-8") * 40


async def _join(server: ServerProcess, user: str) -> ClientConnection:
    """Open the document on a connection that offers compression."""
    url = f"ws://127.0.0.1:{server.port}/ws"
    socket = await connect(url, compression="deflate", max_queue=None, max_size=None)
    await socket.send(sign_in_event(server, user, {ROOM: "rw"}))
    await socket.send(frames.sync_step1(TEXT, b"\0"))
    while True:
        data = await socket.recv()
        if isinstance(data, bytes):
            frame = frames.decode_server_frame(data, LIMITS)
            if isinstance(frame, frames.Sync) and isinstance(frame.message, SyncStep2):
                return socket


def _sent_bytes(port: int) -> int:
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        figures = answer.read().decode()
    found = re.search(r"^collab_sent_bytes_total (\S+)$", figures, re.MULTILINE)
    assert found is not None
    return int(float(found[1]))


async def _measure(compression: str, connections: int) -> None:
    internal_port = free_port()
    settings = {
        "COLLAB_COMPRESSION": compression,
        "COLLAB_INTERNAL_PORT": str(internal_port),
        "COLLAB_LIMITS__CONNECTIONS_A_USER": "unlimited",
    }
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running_server(Path(folder), settings=settings) as server,
            contextlib.AsyncExitStack() as stack,
        ):
            writer = await stack.enter_async_context(open_document(server, "1", TEXT))
            await writer.send(frames.sync_update(TEXT, encode_text(7, "content", WRITTEN)))
            for user in range(50):  # warm
                await stack.enter_async_context(await _join(server, f"a{user}"))
            before_bytes, sent_bytes = (
                server.resident_bytes(),
                await asyncio.to_thread(_sent_bytes, internal_port),
            )
            for user in range(connections):
                await stack.enter_async_context(await _join(server, f"b{user}"))
            grown = (server.resident_bytes() - before_bytes) / connections / 1024
            sent = (await asyncio.to_thread(_sent_bytes, internal_port) - sent_bytes) / connections
            print(
                f"compression {compression}: {grown:.1f} KiB a connection, {sent / 1024:.1f} KiB"
                f" sent for a join of a text of {len(WRITTEN) / 1024:.0f} KiB"
            )


def run(*, quick: bool) -> None:
    """Print the figures."""
    for compression in ("off", "large"):
        asyncio.run(_measure(compression, 200 if quick else 1000))
