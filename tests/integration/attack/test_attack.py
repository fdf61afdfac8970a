"""Malformed and mutated frames by the thousand, on every door, before and after signing in.

CODEXPRO_ATTACK_FRAMES says how many: 3,000 in a usual run, 100,000 on demand. Times are printed,
not asserted: `python3 dev.py test tests/integration/attack -s`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import urllib.request
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

import psutil

from collab_server.protocol import documents as frames
from collab_server.protocol.names import parse_document
from tests.integration.attack.frames import PLANTED_TEXT, percentile, wanted_frames
from tests.support.server_process import SECRET, ServerProcess, running_server
from tests.support.wire_client import WireClient, wire_client
from tests.support.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

Result = TypeVar("Result")
CALM = parse_document("codexpro_project_calm/f/text")
MOST_GROWTH_BYTES = 5 * 1024 * 1024
UNLIMITED = {
    f"COLLAB_LIMITS__{name}": "unlimited"
    for name in (
        "FAILED_AUTHS_A_MINUTE",
        "CONNECTIONS_A_USER",
        "SOCKETS_A_NONCE",
        "MESSAGES_A_S",
        "UPDATES_A_S",
        "JOINS_A_S",
    )
}


async def attack(server: ServerProcess, token: str, count: int, seed: int) -> Counter[int]:
    """Let a process attack; return how many frames it sent, under 0, and the codes it got."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.attack.attacker"),
        *(server.url, str(count), str(seed)),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"ATTACK_TOKEN": token, "ATTACK_SECRET": SECRET.decode()},
    )
    answer, _ = await process.communicate()
    assert process.returncode == 0
    told = json.loads(answer)
    return Counter({0: told["sent"]} | {int(code): n for code, n in told["codes"].items()})


async def round_trips(writer: WireClient, reader: WireClient, end: asyncio.Event) -> list[float]:
    """Return how long each of many updates took to the other client, in milliseconds."""
    typist = Writer()
    took_ms: list[float] = []
    while not end.is_set():
        started_s = time.perf_counter()
        await writer.send(frames.sync_update(CALM, typist.insert(0, "x")))
        await reader.hear(frames.Sync, document=CALM)
        took_ms.append((time.perf_counter() - started_s) * 1000)
        await writer.hear(frames.SyncStatus, document=CALM)
        with suppress(TimeoutError):
            await asyncio.wait_for(end.wait(), 0.02)
    return took_ms


async def while_measured(
    writer: WireClient, reader: WireClient, doing: Coroutine[None, None, Result]
) -> tuple[list[float], Result]:
    """Do something, and return the calm room's round trips meanwhile."""
    end = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        measured = tasks.create_task(round_trips(writer, reader, end), name="calm room")
        result = await doing
        end.set()
    return measured.result(), result


async def test_the_server_lives_and_the_others_notice_nothing(tmp_path: Path) -> None:
    count = wanted_frames()
    settings = {"COLLAB_LOG_LEVEL": "debug", **UNLIMITED}
    with running_server(tmp_path, "--internal-port", "0", settings=settings) as server:
        token = server.token("eve", rooms={"codexpro_project_attacked": "rw"})
        async with (
            wire_client(server.url, server.token("ada")) as ada,
            wire_client(server.url, server.token("bob")) as bob,
        ):
            await ada.open(CALM)
            await bob.open(CALM)
            bob.heard.clear()
            alone_ms, _ = await while_measured(ada, bob, asyncio.sleep(2))
            await attack(server, token, max(count // 5, 1000), seed=1)  # until caches are full
            before_bytes = server.resident_bytes
            doing = attack(server, token, count, seed=2)
            attacked_ms, codes = await while_measured(ada, bob, doing)
            grown_bytes = server.resident_bytes - before_bytes
            assert await ada.write(CALM, Writer().insert(0, "still here"))
        figures = _metrics(server)
        arguments = _arguments(server)
        assert server.stop() == 0
        log = server.log

    print(
        f"\n{codes.pop(0)} frames; codes {dict(codes)}; grown by {grown_bytes / 1e6:.1f} MB;"
        f" p99 of another room {percentile(attacked_ms, 0.99):.1f} ms,"
        f" alone {percentile(alone_ms, 0.99):.1f} ms"
    )
    assert set(codes) <= _CODES, codes
    assert grown_bytes < MOST_GROWTH_BYTES
    for place in (log, figures, arguments):
        assert PLANTED_TEXT not in place
        assert token not in place
    assert "Traceback" not in log
    assert "Task exception" not in log
    assert " ERROR " not in log


_CODES = {1000, 1002, 1003, 1007, 1009, 4400, 4401, 4403, 4413, 4429, 4500, 4501, 4502, 4509}
"""What a hostile client may be closed with; neither 1006, nothing at all, nor 4001, our own bug."""


def _metrics(server: ServerProcess) -> str:
    port = server.ready["internal_port"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return answer.read().decode()


def _arguments(server: ServerProcess) -> str:
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    return " ".join(
        argument
        for each in (process, *process.children(recursive=True))
        for argument in each.cmdline()
    )
