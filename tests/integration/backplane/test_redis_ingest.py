"""Back-ends publish over a real Redis, which goes away and comes back, to a real server."""

import asyncio
import contextlib
import json
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from collab_server.protocol.events import Gap, Join, RoomJoined
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import MessagePosted
from tests.eventually import eventually
from tests.support.api_client import API_KEY, ApiClient
from tests.support.redis_process import RedisProcess
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import WireClient, wire_client

ROOM = parse_room("notifications_ada")
STREAM = "collab:ingest"
LONG_S = 60.0


@contextlib.contextmanager
def server_with(folder: Path, url: str, **settings: str) -> Generator[ServerProcess]:
    chosen = {"COLLAB_REDIS__URL": url, "COLLAB_API_KEY": API_KEY} | settings
    with running_server(folder, "--internal-port", "0", settings=chosen) as server:
        yield server


def readyz(server: ServerProcess) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/readyz", timeout=10) as answer:
        return json.loads(answer.read())


def metric(server: ServerProcess, name: str, **labels: str) -> float:
    url = f"http://127.0.0.1:{server.ready['internal_port']}/metrics"
    with urllib.request.urlopen(url, timeout=10) as answer:
        text = answer.read().decode()
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def until_up(server: ServerProcess) -> None:
    await eventually(lambda: readyz(server) == {"status": "ok"}, timeout_s=LONG_S)


async def join(client: WireClient, room: str = ROOM) -> None:
    await client.say(Join(room=parse_room(room)))
    await client.hear(RoomJoined)


def seed_shape(room: str, message: object) -> str:
    return json.dumps({"type": "message", "room": room, "message": message})


def entry(number: int) -> dict[str, str]:
    return {"room": ROOM, "data": json.dumps({"number": number})}


def numbers_of(messages: list[object]) -> list[int]:
    return [
        json.loads(bytes(message.message))["number"]
        for message in messages
        if isinstance(message, MessagePosted)
    ]


async def test_what_is_published_on_a_channel_reaches_the_room(
    tmp_path: Path, redis: RedisProcess
) -> None:
    with server_with(tmp_path, redis.url) as server:
        await until_up(server)
        async with wire_client(server.url, server.token("ada")) as ada:
            await join(ada)
            with redis.client as client:
                client.publish(ROOM, seed_shape(ROOM, {"type": "file_downloaded", "count": 3}))
                client.publish(ROOM, json.dumps({"type": "message", "message": "no room"}))

            first, second = await ada.hear(MessagePosted), await ada.hear(MessagePosted)

    assert json.loads(bytes(first.message)) == {"type": "file_downloaded", "count": 3}
    assert (first.user_id, first.client_id, first.room, first.offset) == (None, None, ROOM, 1)
    assert json.loads(bytes(second.message)) == "no room"


async def test_wrong_shapes_are_counted_and_disturb_nothing(
    tmp_path: Path, redis: RedisProcess
) -> None:
    with server_with(tmp_path, redis.url) as server:
        await until_up(server)
        async with wire_client(server.url, server.token("ada")) as ada:
            await join(ada)
            with redis.client as client:
                for data in ("", "no json", "[]", "{}", seed_shape("user_other", 1), "x" * 2**21):
                    client.publish(ROOM, data)
                client.publish("notifications_a b", seed_shape("notifications_a b", 1))
                client.publish("elsewhere", seed_shape("elsewhere", 1))
                client.xadd(STREAM, {"room": "user_1"})
                client.xadd(STREAM, {"room": "a b", "data": "1"})
                client.publish(ROOM, seed_shape(ROOM, "the end"))
                said = await ada.hear(MessagePosted)
                await eventually(lambda: client.xlen(f"{STREAM}:dead") == 2, timeout_s=LONG_S)
                await eventually(lambda: client.xlen(STREAM) == 0)

        counted = {
            reason: metric(server, "collab_ingest_messages_total", outcome=reason)
            for reason in ("not_json", "no_object", "unknown_type", "other_room", "too_large")
        }
        invalid = metric(server, "collab_ingest_messages_total", outcome="invalid_room")
        stored = metric(server, "collab_ingest_messages_total", outcome="stored")

    assert json.loads(bytes(said.message)) == "the end"
    assert counted == {
        "not_json": 2,
        "no_object": 1,
        "unknown_type": 1,
        "other_room": 1,
        "too_large": 1,
    }
    assert (invalid, stored) == (2, 1)


async def test_an_entry_of_the_stream_is_taken_away_when_it_is_stored(
    tmp_path: Path, redis: RedisProcess
) -> None:
    with redis.client as client:
        client.xadd(STREAM, entry(1))  # before the server is there
    with server_with(tmp_path, redis.url) as server:
        await until_up(server)
        with redis.client as client:
            client.xadd(STREAM, entry(2) | {"key": "once"})
            client.xadd(STREAM, entry(2) | {"key": "once"})
            await eventually(lambda: client.xlen(STREAM) == 0, timeout_s=LONG_S)
        history = ApiClient(_internal(server)).get(f"/api/history?room={ROOM}").body
        known = metric(server, "collab_ingest_messages_total", link="stream", outcome="known")

    assert [message["message"]["number"] for message in history["messages"]] == [1, 2]
    assert known == 1


@pytest.mark.slow
async def test_what_a_killed_server_had_read_its_next_life_stores_once(
    tmp_path: Path, redis: RedisProcess
) -> None:
    count = 500
    with server_with(tmp_path, redis.url) as server:
        await until_up(server)
        with redis.client as client:

            def publish() -> None:
                for number in range(count):
                    client.xadd(STREAM, entry(number))
                    if number == count // 2:
                        server.kill()

            await asyncio.to_thread(publish)
            await asyncio.to_thread(server.start)
            await eventually(lambda: client.xlen(STREAM) == 0, timeout_s=LONG_S)
        numbers: list[int] = []
        while True:
            path = f"/api/history?room={ROOM}&limit=200&after={len(numbers)}"
            page = ApiClient(_internal(server)).get(path).body
            numbers += [message["message"]["number"] for message in page["messages"]]
            if not page["more"]:
                break

    assert sorted(numbers) == list(range(count))


async def test_what_a_killed_server_had_taken_away_is_acknowledged_by_its_next_life(
    tmp_path: Path, redis: RedisProcess
) -> None:
    with redis.client as client:
        client.xgroup_create(STREAM, "collab", id="0", mkstream=True)
        client.xadd(STREAM, entry(0), id="1-1")
        client.xreadgroup("collab", "collab-server", {STREAM: ">"})
        client.xdel(STREAM, "1-1")

        with server_with(tmp_path, redis.url) as server:
            await until_up(server)
            await eventually(
                lambda: client.xpending_range(STREAM, "collab", "-", "+", 1) == [],
                timeout_s=LONG_S,
            )
            client.xadd(STREAM, entry(1))
            await eventually(lambda: client.xlen(STREAM) == 0, timeout_s=LONG_S)

        assert not client.exists(f"{STREAM}:dead")


async def test_without_redis_the_server_works_and_says_so_and_takes_it_up(
    tmp_path: Path, redis: RedisProcess
) -> None:
    redis.kill()
    with server_with(tmp_path, redis.url) as server:
        async with wire_client(server.url, server.token("ada")) as ada:
            await join(ada)
            away = readyz(server)
            down = metric(server, "collab_redis_up")
            stats = ApiClient(_internal(server)).get("/api/stats").body
            redis.start()
            await until_up(server)
            with redis.client as client:
                client.publish(ROOM, seed_shape(ROOM, "back"))
            said = await ada.hear(MessagePosted)
        server.stop()

    assert away == {"status": "ok", "degraded": ["redis pubsub", "redis stream"]}
    assert (down, stats["away"]) == (0, ["redis pubsub", "redis stream"])
    assert json.loads(bytes(said.message)) == "back"
    assert "Redis cannot be reached" in server.log


@pytest.mark.slow
async def test_redis_restarts_amid_many_events_and_the_stream_loses_none(
    tmp_path: Path, redis: RedisProcess
) -> None:
    count, restarts = 2_000, {700, 1_400}
    with server_with(tmp_path, redis.url) as server:
        await until_up(server)
        async with wire_client(server.url, server.token("ada")) as ada:
            await join(ada)
            client = redis.client

            def publish() -> None:
                for number in range(count):
                    if number in restarts:
                        redis.kill()
                        redis.start()
                    client.xadd(STREAM, entry(number))

            await asyncio.to_thread(publish)
            heard: list[int] = []

            def all_are_heard() -> bool:
                heard.extend(numbers_of(ada.heard))
                ada.heard.clear()
                return len(heard) >= count

            await eventually(all_are_heard, timeout_s=LONG_S)
            client.close()
        gaps = metric(server, "collab_redis_gaps_total", link="stream")

    assert sorted(heard) == list(range(count))
    assert gaps >= 1


async def test_by_pubsub_what_was_lost_in_a_gap_is_counted_and_shown(
    tmp_path: Path, redis: RedisProcess
) -> None:
    count = 1_000
    with server_with(tmp_path, redis.url, COLLAB_REDIS__STREAM="") as server:
        await until_up(server)
        async with wire_client(server.url, server.token("ada")) as ada:
            await join(ada)
            client = redis.client

            def publish() -> int:
                reached = 0
                for number in range(count):
                    if number == count // 2:
                        redis.kill()
                        redis.start()
                    said = seed_shape(ROOM, {"number": number})
                    reached += int(str(client.publish(ROOM, said)))
                return reached

            reached = await asyncio.to_thread(publish)
            await until_up(server)
            client.publish(ROOM, seed_shape(ROOM, {"number": count}))
            client.close()
            heard: list[int] = []
            everything: list[object] = []

            def the_last_is_heard() -> bool:
                heard.extend(numbers_of(ada.heard))
                everything.extend(ada.heard)
                ada.heard.clear()
                return count in heard

            await eventually(the_last_is_heard, timeout_s=LONG_S)
            shown = [said for said in everything if isinstance(said, Gap)]
        gaps = metric(server, "collab_redis_gaps_total", link="pubsub")
        gap_s = metric(server, "collab_redis_gap_seconds_total", link="pubsub")
        server.stop()

    lost = count - (len(heard) - 1)
    print(f"published {count}, Redis handed on {reached}, heard {len(heard) - 1}, lost {lost}")
    assert heard == sorted(set(heard))
    assert len(heard) - 1 <= reached <= count
    assert (gaps, gap_s > 0) == (1, True)
    assert shown == [Gap(room=ROOM)]
    assert "what was published meanwhile is lost" in server.log


@pytest.mark.slow
async def test_a_redis_that_hangs_is_noticed_and_nobody_else_is(
    tmp_path: Path, redis: RedisProcess
) -> None:
    with server_with(tmp_path, redis.url, COLLAB_REDIS__PUBSUB="false") as server:
        await until_up(server)
        redis.freeze()
        async with wire_client(server.url, server.token("ada")) as ada:
            await join(ada)
            await eventually(lambda: "degraded" in readyz(server), timeout_s=LONG_S)
        redis.thaw()
        await until_up(server)


async def test_entries_wait_while_the_store_is_away(tmp_path: Path, redis: RedisProcess) -> None:
    with server_with(tmp_path, redis.url) as server:
        await until_up(server)
        server.database.rename(tmp_path / "away.db")
        with redis.client as client:
            client.xadd(STREAM, entry(1))
            unavailable = {"link": "stream", "outcome": "unavailable"}

            def has_been_refused() -> bool:
                return metric(server, "collab_ingest_messages_total", **unavailable) > 0

            await eventually(has_been_refused, timeout_s=LONG_S)
            kept = client.xlen(STREAM)
            (tmp_path / "away.db").rename(server.database)
            await eventually(lambda: client.xlen(STREAM) == 0, timeout_s=LONG_S)
        history = ApiClient(_internal(server)).get(f"/api/history?room={ROOM}").body

    assert kept == 1
    assert [message["message"]["number"] for message in history["messages"]] == [1]


async def test_a_password_is_nowhere_to_be_seen(tmp_path: Path, redis: RedisProcess) -> None:
    with redis.client as client:
        client.config_set("requirepass", "planted-password")
    url = f"redis://:planted-password@127.0.0.1:{redis.port}/0"
    with server_with(tmp_path, url, COLLAB_LOG_LEVEL="debug") as server:
        await until_up(server)
        redis.kill()
        await eventually(lambda: "degraded" in readyz(server), timeout_s=LONG_S)
        server.stop()

    assert "planted-password" not in server.log


def _internal(server: ServerProcess) -> int:
    port = server.ready["internal_port"]
    assert isinstance(port, int)
    return port
