"""What rooms cost: a delivery flat out, an idle connection, a recovery, a storm."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from collab_server.protocol.events import Join, Position, encode_event
from collab_server.protocol.names import RoomId, parse_room
from collab_server.protocol.room_events import PostMessage
from tests.benchmarks.bare_client import BareClient
from tests.benchmarks.figures import quantile, report
from tests.benchmarks.server_process import running_server, sign_in_event

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.benchmarks.server_process import ServerProcess

MEMBERS = 100
WRITERS = 5
WINDOW = 16
SAID = "the quick brown fox jumps over the lazy dog, twice a day"
MISSED = 300
A_ROOM = 20  # members, when there are many rooms
AT_ONCE = 32  # handshakes
SETTINGS = {
    f"COLLAB_LIMITS__{name}": "unlimited"
    for name in ("MESSAGES_A_S", "MESSAGES_BURST", "CONNECTIONS_AN_ADDRESS")
}
JOINED = '"type":"room_joined"'


async def _member(
    server: ServerProcess, user: str, room: RoomId, *, recover: Position | None = None
) -> BareClient:
    """Return a connection that is in a room; `last` holds the reply."""
    client = await BareClient.connect(server.port)
    try:
        client.expect('"re":"joined"')
        join = encode_event(Join(room=room, recover=recover, id="joined"))
        client.say(sign_in_event(server, user, {}), join)
        await client.done()
    except BaseException:
        client.close()
        raise
    return client


@contextlib.asynccontextmanager
async def _many(
    server: ServerProcess, count: int, room_of: str
) -> AsyncGenerator[list[BareClient]]:
    """Have so many members of rooms, in order."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> BareClient:
        async with gate:
            return await _member(server, str(number + 1), _room(room_of, number))

    async with asyncio.TaskGroup() as tasks:
        joining = [tasks.create_task(one(number), name="member") for number in range(count)]
    clients = [task.result() for task in joining]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


def _room(pattern: str, number: int) -> RoomId:
    return parse_room(pattern.format(number // A_ROOM))


async def flat_out(room: str, *, rounds: int, what: str, target: float) -> None:
    """Measure the server's CPU a delivery in a room of 100 in which a few say all they can."""
    burst = "".join(
        encode_event(PostMessage(room=parse_room(room), message=f"{number} {SAID}")) + "\n"
        for number in range(WINDOW)
    ).splitlines()
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running_server(Path(folder), "--dev", settings=SETTINGS) as server,
            _many(server, MEMBERS, room) as clients,
        ):
            before_s = server.cpu_s()
            started_s = time.perf_counter()
            for _ in range(rounds):
                for client in clients:
                    client.expect('"type":"message"', WINDOW * WRITERS)
                for client in clients[:WRITERS]:
                    client.say(*burst)
                for client in clients:
                    await client.done()
            took_s = time.perf_counter() - started_s
            cpu_s = server.cpu_s() - before_s
    deliveries = rounds * WINDOW * WRITERS * (MEMBERS - 1)
    print(
        f"server CPU a delivery, room of {MEMBERS}, {WRITERS} flat out, {what}, "
        f"{deliveries / took_s:,.0f} deliveries/s (target ≤ {target}): "
        f"{cpu_s / deliveries * 1e6:.2f} µs",
        flush=True,
    )


async def idle(count: int) -> None:
    """Measure what connections cost that are in a room and say nothing, and how fast they come."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_server(Path(folder), settings=SETTINGS) as server:
            before = server.resident_bytes()
            before_s, started_s = server.cpu_s(), time.perf_counter()
            async with _many(server, count, "chat_idle{}"):
                took_s, cpu_s = time.perf_counter() - started_s, server.cpu_s() - before_s
                grown = server.resident_bytes() - before
    print(
        f"{count} sign-ins that join a room: {count / took_s:.0f}/s, "
        f"{cpu_s / count * 1e6:.0f} µs of CPU each"
    )
    megabytes = grown / count * 1000 / 2**20
    print(f"1,000 idle connections in rooms (target ≤ 20): {megabytes:.1f} MB", flush=True)


async def recovery(times: int) -> None:
    """Measure join → reply of somebody who missed 300 events, which are in memory."""
    room = parse_room("chat_recovery")
    took_ms: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with running_server(Path(folder), settings=SETTINGS) as server:
            ada = await _member(server, "1", room)
            position = _position(ada.last)
            ada.expect('"type":"message"', MISSED)
            ada.say(*[encode_event(PostMessage(room=room, message=SAID)) for _ in range(MISSED)])
            await ada.done()
            join = encode_event(Join(room=room, recover=position, id="again"))
            for _ in range(times):
                grace = await BareClient.connect(server.port)
                grace.expect("auth_success")
                grace.say(sign_in_event(server, "2", {}))
                await grace.done()
                grace.expect('"re":"again"')
                started_s = time.perf_counter()
                grace.say(join)
                await grace.done()
                took_ms.append((time.perf_counter() - started_s) * 1000)
                grace.close()
            ada.close()
    report(f"recovery of {MISSED} missed events from memory", took_ms, targets="target ≤ 5")


def _position(reply: bytes) -> Position:
    found = re.search(rb'"epoch":"(\w+)","offset":(\d+)', reply)
    assert found is not None
    return Position(epoch=found[1].decode(), offset=int(found[2]))


@dataclass
class _Person:
    """Somebody in a room, who says one thing, is sent away and comes back."""

    number: int
    room: RoomId
    position: Position | None = None
    tries: int = 0
    is_recovered: bool = False


async def storm(count: int) -> None:
    """Measure how long everybody takes to come back after a restart, and how busy the server is."""
    people = [_Person(number, _room("chat_storm{}", number)) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running_server(Path(folder), settings=SETTINGS) as server,
            _many(server, count, "chat_storm{}") as clients,
        ):
            for person, client in zip(people, clients, strict=True):
                client.expect('"type":"ack"')
                mid = f"said-{person.number}"
                client.say(encode_event(PostMessage(room=person.room, message=SAID, mid=mid)))
            for person, client in zip(people, clients, strict=True):
                await client.done()
                found = re.search(rb'"offset":(\d+)', client.last.partition(b'"type":"ack"')[2])
                assert found is not None
                # Who had heard only the first half of its room has missed the other half.
                person.position = Position(epoch="", offset=int(found[1]))
            for person, client in zip(people, clients, strict=True):
                epoch = await _epoch(server, person.room) if person.number % A_ROOM == 0 else ""
                first = people[person.number - person.number % A_ROOM]
                person.position = Position(
                    epoch=epoch or (first.position.epoch if first.position else ""),
                    offset=person.position.offset if person.position else 0,
                )
                client.expect('"type":"shutdown"')
        spread_s = max(2.0, count * 0.005)
        async with running_server(Path(folder), settings=SETTINGS, like=server) as again:
            began_s = time.perf_counter()
            async with _pinging(again) as pings_ms, asyncio.TaskGroup() as tasks:
                for person in people:
                    tasks.create_task(_come_back(again, person, spread_s), name="person")
            took_s = time.perf_counter() - began_s
    recovered = sum(person.is_recovered for person in people)
    tries = sum(person.tries for person in people)
    print(
        f"{count} clients after a restart: {recovered} recovered all that they had missed, in "
        f"{tries} tries; all were back (target ≤ 30) after {took_s:.1f} s"
    )
    print(
        f"a ping beside them: n {len(pings_ms)}, p99 {quantile(pings_ms, 0.99):.1f} ms, "
        f"longest (target ≤ 500) {max(pings_ms):.0f} ms",
        flush=True,
    )


async def _epoch(server: ServerProcess, room: RoomId) -> str:
    visitor = await _member(server, "0", room)
    visitor.close()
    return _position(visitor.last).epoch


async def _come_back(server: ServerProcess, person: _Person, spread_s: float) -> None:
    """Come back as clients should: at a moment within the spread, then with full jitter."""
    longest_s = spread_s
    while True:
        await asyncio.sleep(random.random() * longest_s)
        longest_s, person.tries = 1.0, person.tries + 1
        with contextlib.suppress(OSError):
            user = str(person.number + 1)
            client = await _member(server, user, person.room, recover=person.position)
            person.is_recovered = b'"recovered":true' in client.last
            client.close()
            return


@contextlib.asynccontextmanager
async def _pinging(server: ServerProcess) -> AsyncGenerator[list[float]]:
    """Ping the server meanwhile, from another process; the times are in the list afterwards."""
    pings_ms: list[float] = []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.pinger", str(server.port)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"BENCH_SECRET": server.secret},
    )
    assert process.stdout is not None
    await process.stdout.readline()
    yield pings_ms
    told, _ = await process.communicate(b"")  # ends its input
    pings_ms += json.loads(told)


def run(*, quick: bool) -> None:
    """Print the figures."""
    rounds = 60 if quick else 300
    asyncio.run(flat_out("room_flat", rounds=rounds, what="nothing kept", target=0.6))
    asyncio.run(flat_out("chat_flat", rounds=rounds, what="every message stored", target=3))
    asyncio.run(recovery(50 if quick else 300))
    asyncio.run(idle(500 if quick else 2000))
    asyncio.run(storm(400 if quick else 2000))
