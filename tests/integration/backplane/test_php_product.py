"""A product's PHP, as the products' guide has it, reaches people who are connected."""

import json
from pathlib import Path

import pytest

from collab_server.protocol.events import Join, RoomJoined
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import MessagePosted
from tests.eventually import eventually
from tests.integration.backplane.test_redis_ingest import LONG_S, readyz
from tests.support.php_product import PHP, WHY_NOT, product_calls
from tests.support.redis_process import RedisProcess
from tests.support.server_process import running_server
from tests.support.wire_client import wire_client

pytestmark = pytest.mark.skipif(PHP is None, reason=WHY_NOT)


async def test_the_guides_functions_reach_the_owner_and_a_late_one_too(
    tmp_path: Path, redis: RedisProcess
) -> None:
    settings = {"COLLAB_REDIS__URL": redis.url}
    rights = {"rooms": {"ocr_job_5": "r"}}
    result = {"text": "erste Zeile\nzweite </script> Zeile", "confidence": 98.5}
    with running_server(tmp_path, settings=settings) as server:
        await eventually(lambda: readyz(server) == {"status": "ok"}, timeout_s=LONG_S)
        async with wire_client(server.url, server.token("42", **rights)) as client:
            for room in ("notifications_42", "ocr_job_5"):
                await client.say(Join(room=parse_room(room)))
                await client.hear(RoomJoined)

            reached = await product_calls(
                redis,
                ("notifyFileDownloaded", 7, 42, 'Grace "G" Hopper', "naïve/😀.txt", 3),
                ("notifyOCRProgress", 5, 42, 25, "processing"),
                ("notifyOCRProgress", 5, 42, 50, "processing"),
                ("notifyOCRProgress", 5, 42, 100, "completed", result),
            )

            said = [await client.hear(MessagePosted) for _ in range(4)]
        async with wire_client(server.url, server.token("42", **rights)) as late:
            await late.say(Join(room=parse_room("ocr_job_5")))
            last = await late.hear(MessagePosted)

    messages = [json.loads(bytes(message.message)) for message in said]
    download = next(message for message in messages if message["type"] == "file_downloaded")
    progress = [message for message in messages if message["type"] == "ocr_progress"]
    assert reached == [1, 1, 1, 1]
    assert (download["file_id"], download["count"]) == (7, 3)
    assert (download["downloader"], download["filename"]) == ('Grace "G" Hopper', "naïve/😀.txt")
    assert [message["progress"] for message in progress] == [25, 50, 100]
    assert progress[-1]["text"] == "erste Zeile\nzweite </script> Zeile"
    assert progress[-1]["confidence"] == 98.5
    assert json.loads(bytes(last.message)) == progress[-1]
    assert {message.user_id for message in said} == {None}
