"""A long real history: what it costs to take in, to open cold and warm, and on disk.

The history is automerge-paper's (259,778 edits of one text), named by CODEXPRO_AUTOMERGE_PAPER; it
is not part of this repository.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pycrdt import Doc, Text

from collab_server.protocol import documents as frames
from collab_server.protocol.names import parse_document
from tests.benchmarks.figures import report
from tests.benchmarks.server_process import LIMITS, open_document, running_server

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

VARIABLE = "CODEXPRO_AUTOMERGE_PAPER"
DOCUMENT = parse_document("codexpro_project_bench/f/paper")
UNANSWERED = 2000


def paper_updates(most: int | None) -> list[bytes]:
    """Return the history as the updates of one person, as Yjs makes them."""
    with gzip.open(os.environ[VARIABLE]) as file:
        transactions = json.load(file)["txns"][:most]
    doc: Doc[Text] = Doc(client_id=77)  # Yjs' ids are short
    text = doc.get("content", type=Text)
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    for transaction in transactions:
        for at, deleted, inserted in transaction["patches"]:
            with doc.transaction():
                if deleted:
                    del text[at : at + deleted]
                if inserted:
                    text.insert(at, inserted)
    doc.unobserve(subscription)
    return updates


async def ingest(updates: list[bytes], folder: Path) -> None:
    """Send each update as its own message, and measure the server's processor time."""
    async with running_server(folder) as server:
        async with open_document(server, "1", DOCUMENT) as socket:
            before_s = server.cpu_s()
            waiting = asyncio.Semaphore(UNANSWERED)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_count(socket, waiting, len(updates)), name="statuses")
                for update in updates:
                    await waiting.acquire()
                    await socket.send(frames.sync_update(DOCUMENT, update))
            cpu_s = server.cpu_s() - before_s
        print(
            f"{len(updates)} updates, each its own message, durable: {cpu_s:.2f} s CPU "
            f"({cpu_s / len(updates) * 1e6:.1f} µs each; target 6 s for 259,778)",
            flush=True,
        )


async def _count(socket: ClientConnection, waiting: asyncio.Semaphore, count: int) -> None:
    while count:
        data = await socket.recv()
        if isinstance(data, bytes) and isinstance(
            frames.decode_server_frame(data, LIMITS), frames.SyncStatus
        ):
            waiting.release()
            count -= 1


async def opening(folder: Path, times: int) -> None:
    """Open it cold, in a server that has just started, and then warm."""
    cold_ms: list[float] = []
    warm_ms: list[float] = []
    for _ in range(times):
        async with running_server(folder) as server:
            for figures in (cold_ms, warm_ms, warm_ms):
                started_s = time.perf_counter()
                async with open_document(server, "1", DOCUMENT):
                    figures.append((time.perf_counter() - started_s) * 1000)
    report("cold open, with connection and sign-in", cold_ms, targets="target ≤ 150")
    report("warm join, with connection and sign-in", warm_ms, targets="target ≤ 8")


def on_disk(folder: Path, updates: list[bytes]) -> None:
    """Print how much larger the database is than the raw updates."""
    raw = sum(map(len, updates))
    stored = sum(path.stat().st_size for path in folder.glob("bench.db*"))
    print(
        f"on disk: {stored / 1e6:.1f} MB for {raw / 1e6:.1f} MB of updates, "
        f"{stored / raw:.2f} times (target ≤ 3)",
        flush=True,
    )


def run(*, quick: bool) -> None:
    """Print the figures, or why there are none."""
    if VARIABLE not in os.environ:
        print(f"a long history: left out, for {VARIABLE} names no automerge-paper.json.gz")
        return
    updates = paper_updates(30_000 if quick else None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(ingest(updates, folder))
        on_disk(folder, updates)
        asyncio.run(opening(folder, 2 if quick else 5))
