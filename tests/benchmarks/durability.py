"""How long a durable acknowledgement takes, and what a delivery costs the server."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pycrdt import Doc, Text

from collab_server.protocol import documents as frames
from collab_server.protocol.names import parse_document
from tests.benchmarks import histories
from tests.benchmarks.figures import report
from tests.benchmarks.server_process import LIMITS, open_document, running_server

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from collab_server.protocol.names import DocumentName

RATE_A_S = 200
WRITERS = 5
CLIENTS = 50


def typed_updates(count: int) -> list[bytes]:
    """Return the updates of a person who types `count` characters."""
    doc: Doc[Text] = Doc()
    text = doc.get("content", type=Text)
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    for number in range(count):
        text.insert(number, "abcdefgh "[number % 9])
    doc.unobserve(subscription)
    return updates


async def acknowledgements(updates: int) -> None:
    """Measure update → durable status at a steady rate."""
    document = parse_document("codexpro_project_bench/f/durable")
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running_server(Path(folder)) as server,
            open_document(server, "1", document) as socket,
        ):
            sent_s: list[float] = []
            took_ms: list[float] = []
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_collect(socket, sent_s, took_ms, updates), name="statuses")
                started_s = time.perf_counter()
                for number, update in enumerate(typed_updates(updates)):
                    await asyncio.sleep(started_s + number / RATE_A_S - time.perf_counter())
                    sent_s.append(time.perf_counter())
                    await socket.send(frames.sync_update(document, update))
    report(f"durable status at {RATE_A_S} updates/s", took_ms, targets="targets p50 ≤ 8, p99 ≤ 15")


async def _collect(
    socket: ClientConnection, sent_s: list[float], took_ms: list[float], count: int
) -> None:
    while len(took_ms) < count:
        data = await socket.recv()
        if not isinstance(data, bytes):
            continue
        frame = frames.decode_server_frame(data, LIMITS)
        if isinstance(frame, frames.SyncStatus):
            assert frame.saved
            took_ms.append((time.perf_counter() - sent_s[len(took_ms)]) * 1000)


async def deliveries(rounds: int) -> None:
    """Measure the server's CPU a delivery: many clients in one document, a few of them writing."""
    document = parse_document("codexpro_project_bench/f/fanout")
    with tempfile.TemporaryDirectory() as folder:
        async with running_server(Path(folder)) as server, contextlib.AsyncExitStack() as stack:
            sockets = [
                await stack.enter_async_context(open_document(server, str(number), document))
                for number in range(1, CLIENTS + 1)
            ]
            scripts = [typed_updates(rounds) for _ in range(WRITERS)]
            before_s = server.cpu_s()
            async with asyncio.TaskGroup() as tasks:
                for number, socket in enumerate(sockets):
                    expected = rounds * (WRITERS - (1 if number < WRITERS else 0))
                    tasks.create_task(_drain(socket, expected), name=f"reader {number}")
                tasks.create_task(
                    _type_together(document, sockets[:WRITERS], scripts), name="writers"
                )
            cpu_s = server.cpu_s() - before_s
    count = rounds * WRITERS * (CLIENTS - 1)
    print(
        f"server CPU a delivery, {CLIENTS} clients in one document, {WRITERS} writers at 10/s, "
        f"durable, {count} deliveries: {cpu_s / count * 1e6:.1f} µs",
        flush=True,
    )


async def idle_documents(count: int) -> None:
    """Measure what a document costs that somebody has open and nobody writes to."""
    names = [parse_document(f"codexpro_project_bench/f/idle{at}") for at in range(count)]
    (update,) = typed_updates(1)
    with tempfile.TemporaryDirectory() as folder:
        async with running_server(Path(folder)) as server, contextlib.AsyncExitStack() as stack:
            before = server.resident_bytes()
            for at in range(0, count, LIMITS.documents_a_connection):
                batch = names[at : at + LIMITS.documents_a_connection]
                socket = await stack.enter_async_context(open_document(server, str(at), batch[0]))
                for name in batch[1:]:
                    await socket.send(frames.sync_step1(name, b"\0"))
                for name in batch:
                    await socket.send(frames.sync_update(name, update))
                await _statuses(socket, len(batch))
            grown = server.resident_bytes() - before
    print(f"an idle document: {grown / count / 1024:.1f} KB (target ≤ 50)", flush=True)


async def _statuses(socket: ClientConnection, count: int) -> None:
    while count:
        data = await socket.recv()
        if isinstance(data, bytes):
            count -= isinstance(frames.decode_server_frame(data, LIMITS), frames.SyncStatus)


async def _type_together(
    document: DocumentName, sockets: list[ClientConnection], scripts: list[list[bytes]]
) -> None:
    started_s = time.perf_counter()
    for number in range(len(scripts[0])):
        await asyncio.sleep(started_s + number / 10 - time.perf_counter())
        for socket, script in zip(sockets, scripts, strict=True):
            await socket.send(frames.sync_update(document, script[number]))


async def _drain(socket: ClientConnection, expected: int) -> None:
    got = 0
    async for data in socket:
        if not isinstance(data, bytes):
            continue
        frame = frames.decode_server_frame(data, LIMITS)
        got += isinstance(frame, frames.Sync)
        if got >= expected:
            return


def run(*, quick: bool) -> None:
    """Print the figures."""
    asyncio.run(acknowledgements(1000 if quick else 6000))
    asyncio.run(deliveries(30 if quick else 200))
    asyncio.run(idle_documents(200 if quick else 1000))
    histories.run(quick=quick)
