"""What other rooms notice while somebody sends frames of almost 16 MiB."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from collab_server.protocol import documents as frames
from collab_server.protocol.names import parse_document
from collab_server.protocol.updates import encode_text
from collab_server.protocol.wire import write_var_uint
from tests.benchmarks.durability import typed_updates
from tests.benchmarks.figures import report
from tests.benchmarks.server_process import LIMITS, ServerProcess, open_document, running_server

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

CALM = parse_document("codexpro_project_calm/f/text")
LARGE = parse_document("codexpro_project_large/f/text")
MOST_BYTES = LIMITS.document_frame_bytes - 65_536
SPACED = 400_000  # deletes in one update, none next to another
EVERY_S = 0.02
GOES_ON_FOR_S = 6.0


async def _round_trips(
    server: ServerProcess, end: asyncio.Event
) -> tuple[list[float], list[float]]:
    """Return how long pings took, which need the loop alone, and updates, which need the disk."""
    pings_ms: list[float] = []
    took_ms: list[float] = []
    updates = iter(typed_updates(10_000))
    async with (
        open_document(server, "1", CALM) as writer,
        open_document(server, "2", CALM) as reader,
    ):
        while not end.is_set():
            started_s = time.perf_counter()
            await reader.send(frames.ping(CALM))
            while not isinstance(
                frames.decode_server_frame(await _bytes(reader), LIMITS), frames.Pong
            ):
                pass
            pings_ms.append((time.perf_counter() - started_s) * 1000)
            started_s = time.perf_counter()
            await writer.send(frames.sync_update(CALM, next(updates)))
            await _bytes(reader)
            took_ms.append((time.perf_counter() - started_s) * 1000)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(end.wait(), EVERY_S)
    return pings_ms, took_ms


async def _bytes(socket: ClientConnection) -> bytes:
    while not isinstance(data := await socket.recv(), bytes):
        pass
    return data


async def _send_large(url_port: int, secret: str) -> None:
    """Send large updates, each as soon as the one before is acknowledged."""
    server = ServerProcess(url_port, secret, 0)
    until_s = time.monotonic() + GOES_ON_FOR_S
    count = 0
    async with open_document(server, "9", LARGE) as socket:
        author = 1000
        while time.monotonic() < until_s:
            author += 1
            for update in (
                encode_text(author, "content", "x" * MOST_BYTES),
                _spaced_deletes(author),
            ):
                await socket.send(frames.sync_update(LARGE, update))
                while not await _is_status(socket):
                    pass
                count += 1
    print(f"{count} large updates sent", flush=True)


async def _is_status(socket: ClientConnection) -> bool:
    data = await socket.recv()
    return isinstance(data, bytes) and isinstance(
        frames.decode_server_frame(data, LIMITS), frames.SyncStatus
    )


def _spaced_deletes(author: int) -> bytes:
    out = bytearray(b"\x00\x01")
    write_var_uint(out, author)
    write_var_uint(out, SPACED)
    for number in range(SPACED):
        write_var_uint(out, 2 * number)
        out.append(1)
    return bytes(out)


async def others_while_somebody_sends_large_frames() -> None:
    """Measure another room's round trips alone, and with a sender in a process of its own."""
    settings = {
        "COLLAB_LIMITS__DOCUMENT_TEXT_BYTES": "unlimited",
        "COLLAB_LIMITS__DOCUMENT_LOG_BYTES": "unlimited",
        "COLLAB_LIMITS__UPDATES_A_S": "unlimited",
        "COLLAB_LIMITS__MESSAGES_A_S": "unlimited",
    }
    with tempfile.TemporaryDirectory() as folder:
        async with running_server(Path(folder), settings=settings) as server:
            for what in ("alone", "beside 16 MiB frames"):
                end = asyncio.Event()
                async with asyncio.TaskGroup() as tasks:
                    measured = tasks.create_task(_round_trips(server, end), name="calm room")
                    await (asyncio.sleep(GOES_ON_FOR_S) if what == "alone" else _attack(server))
                    end.set()
                pings_ms, took_ms = measured.result()
                report(f"a ping in another room, {what}", pings_ms, targets="alike")
                report(f"a durable update in another room, {what}", took_ms, targets="alike")


async def _attack(server: ServerProcess) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.large_frames", str(server.port)),
        env=os.environ | {"BENCH_SECRET": server.secret},
    )
    await process.wait()


def run(*, quick: bool) -> None:
    """Print the figures."""
    asyncio.run(others_while_somebody_sends_large_frames())


if __name__ == "__main__":
    asyncio.run(_send_large(int(sys.argv[1]), os.environ["BENCH_SECRET"]))
