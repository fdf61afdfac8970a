"""A back-end that says ten thousand things at once: nothing is lost, and nobody else is disturbed.

By each way in, against a real server; facts, no timings.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import Ack, MessagePosted, PostMessage
from tests.eventually import eventually
from tests.integration.backplane.test_redis_ingest import (
    ROOM,
    STREAM,
    entry,
    join,
    metric,
    numbers_of,
    seed_shape,
    server_with,
    until_up,
)
from tests.support.api_client import API_KEY
from tests.support.redis_process import RedisProcess
from tests.support.server_process import ServerProcess
from tests.support.wire_client import WireClient, wire_client

pytestmark = pytest.mark.slow

COUNT = 10_000
CONNECTIONS = 50  # of a back-end that asks by HTTP, each with all its requests at once
GENERAL = parse_room("chat_general")
SPOKEN = 5
LONG_S = 240.0
MOST_GROWTH_BYTES = 150 * 1024 * 1024

Flood = Callable[[ServerProcess, RedisProcess], Coroutine[None, None, None]]


async def by_pubsub(_server: ServerProcess, redis: RedisProcess) -> None:
    def publish() -> None:
        with redis.client as client, client.pipeline(transaction=False) as pipe:
            for number in range(COUNT):
                pipe.publish(ROOM, seed_shape(ROOM, {"number": number}))
            pipe.execute()

    await asyncio.to_thread(publish)


async def by_the_stream(_server: ServerProcess, redis: RedisProcess) -> None:
    def publish() -> None:
        with redis.client as client, client.pipeline(transaction=False) as pipe:
            for number in range(COUNT):
                pipe.xadd(STREAM, entry(number))
            pipe.execute()

    await asyncio.to_thread(publish)


async def by_broadcast(server: ServerProcess, _redis: RedisProcess) -> None:
    """Ask on many connections, each of which says everything before it reads an answer."""

    async def ask(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        numbers = range(first, COUNT, CONNECTIONS)
        for number in numbers:
            body = json.dumps({"room": ROOM, "message": {"number": number}}).encode()
            head = f"POST /broadcast HTTP/1.1\r\nHost: x\r\nX-API-Key: {API_KEY}\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        for _ in numbers:
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200 "), answer
            length = int(answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
        writer.close()
        await writer.wait_closed()

    async with asyncio.TaskGroup() as tasks:
        for first in range(CONNECTIONS):
            tasks.create_task(ask(first), name=f"back-end {first}")


@pytest.mark.parametrize("flood", [by_pubsub, by_the_stream, by_broadcast])
async def test_a_flood_loses_nothing_and_leaves_another_room_alone(
    flood: Flood, tmp_path: Path, redis: RedisProcess
) -> None:
    with server_with(tmp_path, redis.url) as server:
        await until_up(server)
        token = server.token
        async with (
            wire_client(server.url, token("ada")) as ada,
            wire_client(server.url, token("bob")) as bob,
            wire_client(server.url, token("cyd")) as cyd,
        ):
            await join(ada)
            for client in (bob, cyd):
                await join(client, GENERAL)
            before_bytes = server.resident_bytes

            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(flood(server, redis), name="flood")
                first = await ada.hear(MessagePosted)
                spoken = [await speak(bob, number) for number in range(SPOKEN)]
                await eventually(lambda: len(told(ada)) == COUNT - 1, timeout_s=LONG_S)

            flooded = [first, *told(ada)]
            heard = [await cyd.hear(MessagePosted) for _ in range(SPOKEN)]
            growth_bytes = server.resident_bytes - before_bytes
            closed = [client.close_code for client in (ada, bob, cyd)]
        high_bytes = metric(server, "collab_outbox_high_water_bytes")
        server.stop()

    numbers = numbers_of(list(flooded))
    assert numbers == (sorted(numbers) if flood is not by_broadcast else numbers)
    assert sorted(numbers) == list(range(COUNT))
    assert [message.offset for message in flooded] == list(range(1, COUNT + 1))
    assert [json.loads(bytes(message.message)) for message in heard] == list(range(SPOKEN))
    assert [message.id for message in heard] == [ack.id for ack in spoken]
    # Ids are given in the order of storing: who spoke did not wait for the flood to end.
    assert spoken[-1].id is not None
    assert spoken[-1].id < max(message.id or 0 for message in flooded)
    assert closed == [None, None, None]
    assert high_bytes <= Limits().outbox_bytes
    assert growth_bytes < MOST_GROWTH_BYTES
    assert "WARNING" not in server.log.upper()


def told(client: WireClient) -> list[MessagePosted]:
    return [message for message in client.heard if isinstance(message, MessagePosted)]


async def speak(client: WireClient, number: int) -> Ack:
    await client.say(PostMessage(room=GENERAL, message=number, id=number))
    return await client.hear(Ack, re=number)
