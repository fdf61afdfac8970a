"""A real server process for the measurements, and documents opened on it by plain sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import sys
import time
from dataclasses import dataclass
from socket import create_server
from typing import TYPE_CHECKING

import psutil
from websockets.asyncio.client import connect

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Auth, encode_event
from collab_server.protocol.limits import Limits
from collab_server.protocol.sync import SyncStep1
from collab_server.protocol.tokens import TokenClaims, sign_token

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    from websockets.asyncio.client import ClientConnection

    from collab_server.protocol.names import DocumentName

LIMITS = Limits()
ANSWER_S = 20.0
FLAT_OUT = {  # what is measured is the server, not how long it makes a fast client wait
    f"COLLAB_LIMITS__{name}": "unlimited"
    for name in ("UPDATES_A_S", "UPDATES_BURST", "JOINS_A_S", "JOINS_BURST")
}


@dataclass(frozen=True)
class ServerProcess:
    """A server that listens on loopback."""

    port: int
    secret: str
    pid: int

    def cpu_s(self) -> float:
        """Return the processor time it has used, in seconds."""
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system

    def resident_bytes(self) -> int:
        """Return how much memory it has."""
        return psutil.Process(self.pid).memory_info().rss

    def token(self, user: str, rooms: dict[str, str]) -> str:
        """Return a token for one user and one session."""
        now = int(time.time())
        claims = TokenClaims(
            user_id=user,
            issued_at_s=now,
            expires_at_s=now + 3600,
            nonce=secrets.token_hex(16),
            rooms=rooms,
        )
        return sign_token(claims, self.secret.encode())


@contextlib.asynccontextmanager
async def running_server(
    folder: Path,
    *flags: str,
    settings: Mapping[str, str] | None = None,
    like: ServerProcess | None = None,
) -> AsyncGenerator[ServerProcess]:
    """Run a server on a database in a folder; `like` one that ran there, at its port."""
    secret = like.secret if like is not None else secrets.token_hex(32)
    port = like.port if like is not None else 0
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "collab_server", "serve", "--host", "127.0.0.1"),
        *("--port", str(port), "--db", f"sqlite:///{folder / 'bench.db'}", "--stop-with-stdin"),
        *flags,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"COLLAB_SECRET": secret} | FLAT_OUT | dict(settings or {}),
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), ANSWER_S)
        yield ServerProcess(json.loads(line)["port"], secret, process.pid)
    finally:
        process.terminate()
        await process.wait()


def sign_in_event(server: ServerProcess, user: str, rooms: dict[str, str]) -> str:
    """Return what a user says first."""
    return encode_event(Auth(token=server.token(user, rooms)))


@contextlib.asynccontextmanager
async def open_document(
    server: ServerProcess, user: str, document: DocumentName
) -> AsyncGenerator[ClientConnection]:
    """Sign a user in and open a document, as far as the server's own step 1."""
    room = document.partition("/")[0]
    url = f"ws://127.0.0.1:{server.port}/ws"
    async with connect(url, compression=None, max_queue=None, max_size=None) as socket:
        token = server.token(user, {room: "rw"})
        await socket.send(encode_event(Auth(token=token)))
        answer = json.loads(await asyncio.wait_for(socket.recv(), ANSWER_S))
        assert answer["type"] == "auth_success", answer
        await socket.send(frames.sync_step1(document, b"\0"))
        while True:
            data = await asyncio.wait_for(socket.recv(), ANSWER_S)
            if isinstance(data, str):
                continue  # who else is there
            frame = frames.decode_server_frame(data, LIMITS)
            if isinstance(frame, frames.Sync) and isinstance(frame.message, SyncStep1):
                break
        yield socket


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
