"""Rooms on a real server: chat over sockets, and nothing acknowledged lost by a kill."""

import asyncio
import json
import sqlite3
import uuid
from pathlib import Path

from websockets.asyncio.client import connect

from collab_server.protocol.events import Error, Join, Left, Position, RoomJoined
from collab_server.protocol.moderation_events import (
    Admit,
    Admitted,
    Ban,
    Knock,
    Knocked,
    RoleChanged,
    RoleSet,
)
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import (
    Ack,
    FindHistory,
    HistoryPage,
    MarkRead,
    MessagePosted,
    PostMessage,
    RelayEdit,
)
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import WireClient, wire_client

GENERAL = parse_room("chat_general")


async def test_the_pages_of_the_seed_get_what_they_expect_from_plain_frames(
    server: ServerProcess,
) -> None:
    room = "chat_seed"
    async with connect(server.url) as ada, connect(server.url) as bob:
        for socket, user in ((bob, "7"), (ada, "42")):
            # Sent back to back, as the document's client does.
            await socket.send(json.dumps({"type": "auth", "token": server.token(user)}))
            await socket.send(json.dumps({"type": "join", "room": room}))
            replies = [json.loads(await socket.recv()) for _ in range(2)]
            assert [reply["type"] for reply in replies] == ["auth_success", "room_joined"]
            assert replies[0]["user_id"] == int(user)
        members = replies[1]["members"]
        joined = json.loads(await bob.recv())
        await ada.send(json.dumps({"type": "message", "room": room, "message": "Hello World!"}))
        heard = [json.loads(await socket.recv()) for socket in (ada, bob)]
        await ada.send(json.dumps({"type": "cursor", "room": room, "position": {"line": 1}}))
        await ada.send(json.dumps({"type": "edit", "room": room, "changes": {"text": ["x"]}}))
        await ada.send(json.dumps({"type": "ping"}))
        cursor, edit = [json.loads(await bob.recv()) for _ in range(2)]
        pong = json.loads(await ada.recv())

    assert [(one["user_id"], isinstance(one["client_id"], str)) for one in members] == [(7, True)]
    assert (joined["type"], joined["user_id"]) == ("user_joined", 42)
    assert heard[0] == heard[1]
    assert (heard[0]["user_id"], heard[0]["message"]) == (42, "Hello World!")
    assert isinstance(heard[0]["timestamp"], int)
    assert (cursor["type"], cursor["position"]) == ("cursor", {"line": 1})
    assert (edit["type"], edit["changes"]) == ("edit", {"text": ["x"]})
    assert isinstance(edit["timestamp"], float)
    assert pong["type"] == "pong"


async def test_what_was_acknowledged_is_there_once_after_a_kill(folder: Path) -> None:
    said = [str(uuid.uuid4()) for _ in range(60)]
    fast = {"COLLAB_LIMITS__MESSAGES_A_S": "unlimited"}
    with running_server(folder, settings=fast) as server:
        async with wire_client(server.url, server.token("ada")) as ada:
            await ada.say(Join(room=GENERAL))
            first = await ada.hear(RoomJoined)
            for mid in said:
                await ada.say(PostMessage(room=GENERAL, message=mid, mid=mid))
            for mid in said[:20]:
                await ada.hear(Ack, mid=mid)
            server.kill()
        server.restart()

        async with wire_client(server.url, server.token("ada")) as ada:
            await ada.say(Join(room=GENERAL, recover=Position(epoch=str(first.epoch), offset=0)))
            again = await ada.hear(RoomJoined)
            for mid in said:
                await ada.say(PostMessage(room=GENERAL, message=mid, mid=mid))
            acks = [await ada.hear(Ack, mid=mid) for mid in said]
            await ada.say(FindHistory(room=GENERAL, limit=200))
            page = await ada.hear(HistoryPage)

    assert (again.epoch, again.recovered) == (first.epoch, True)
    assert again.offset is not None
    assert again.offset >= 20
    assert [ack.duplicate for ack in acks] == [index < again.offset for index in range(60)]
    stored = [json.loads(bytes(message)) for message in page.messages]
    assert [message["message"] for message in stored] == said
    assert [message["offset"] for message in stored] == list(range(1, 61))


async def test_the_order_is_the_same_for_everybody(server: ServerProcess) -> None:
    room = parse_room("chat_order")
    clients: list[WireClient] = []
    async with (
        wire_client(server.url, server.token("a")) as first,
        wire_client(server.url, server.token("b")) as second,
        wire_client(server.url, server.token("c")) as third,
    ):
        clients = [first, second, third]
        for client in clients:
            await client.say(Join(room=room))
            await client.hear(RoomJoined)
        await asyncio.gather(
            *(
                client.say(PostMessage(room=room, message=number))
                for number in range(40)
                for client in clients
            )
        )
        heard = [[(await client.hear(MessagePosted)).id for _ in range(120)] for client in clients]

    assert heard[0] == heard[1] == heard[2]
    assert heard[0] == sorted(id for id in heard[0] if id is not None)


async def test_a_read_mark_is_on_the_disk_when_the_server_has_stopped(folder: Path) -> None:
    with running_server(folder) as server:
        async with wire_client(server.url, server.token("ada")) as ada:
            await ada.say(Join(room=GENERAL))
            await ada.hear(RoomJoined)
            await ada.say(PostMessage(room=GENERAL, message="one", id=1))
            await ada.hear(Ack)
            async with wire_client(server.url, server.token("bob")) as bob:
                await bob.say(Join(room=GENERAL))
                await bob.hear(RoomJoined, unread=1)
                await bob.say(MarkRead(room=GENERAL, offset=1))
                await bob.say(Join(room=GENERAL))
                await bob.hear(RoomJoined, unread=0)
                assert await asyncio.to_thread(server.stop) == 0
        with sqlite3.connect(server.database) as database:
            marks = database.execute("SELECT * FROM read_marks ORDER BY user_id").fetchall()
        database.close()

    assert [mark[:3] for mark in marks] == [(GENERAL, "ada", 1), (GENERAL, "bob", 1)]


async def test_the_columns_of_the_seed_hold_what_was_said(folder: Path) -> None:
    with running_server(folder) as server:
        async with wire_client(server.url, server.token("42")) as ada:
            await ada.say(Join(room=GENERAL))
            for number, message in enumerate(("plain text", {"type": "card"})):
                await ada.say(PostMessage(room=GENERAL, message=message, id=number))
                await ada.hear(Ack)
        server.stop()
        with sqlite3.connect(server.database) as database:
            rows = database.execute(
                "SELECT id, room, user_id, message, created_at IS NOT NULL FROM chat_messages"
            ).fetchall()
        database.close()

    assert rows == [
        (1, "chat_general", "42", "plain text", 1),
        (2, "chat_general", "42", '{"type":"card"}', 1),
    ]


async def test_chat_is_in_no_log(folder: Path) -> None:
    with running_server(folder, settings={"COLLAB_LOG_LEVEL": "debug"}) as server:
        async with wire_client(server.url, server.token("42")) as ada:
            await ada.say(Join(room=GENERAL))
            await ada.say(PostMessage(room=GENERAL, message="planted words", id=1))
            await ada.hear(Ack)
            await ada.say(PostMessage(room=parse_room("chat_other"), message="planted words"))
            assert (await ada.hear(Error)).slug == "not_in_room"
        server.stop()

    assert "planted" not in server.log


async def test_a_ban_and_a_demotion_count_at_once_and_outlive_a_restart(folder: Path) -> None:
    room = parse_room("codexpro_project_7")
    with running_server(folder) as server:
        boss_token = {"rooms": {room: "rwhmo"}}
        async with (
            wire_client(server.url, server.token("boss", **boss_token)) as boss,
            wire_client(server.url, server.token("bob", rooms={room: "rw"})) as bob,
            wire_client(server.url, server.token("eve", rooms={})) as eve,
        ):
            for client in (boss, bob):
                await client.say(Join(room=room))
                await client.hear(RoomJoined)
            await eve.say(Knock(room=room, id=1))
            await boss.hear(Knocked, user_id="eve")
            await boss.say(Admit(room=room, user_id="eve", perm="rw"))
            await eve.hear(Admitted)
            await eve.say(Join(room=room))
            await eve.hear(RoomJoined, perm="rw")
            await boss.say(RoleSet(room=room, user_id="eve", perm="r"))
            await eve.hear(RoleChanged, perm="r")
            await eve.say(RelayEdit(room=room, changes={}))
            read_only = await eve.hear(Error)
            await boss.say(Ban(room=room, user_id="bob", id=2))
            left = await bob.hear(Left)
            await boss.hear(Ack, re=2)
        server.kill()
        server.restart()
        async with wire_client(server.url, server.token("bob", rooms={room: "rw"})) as bob:
            await bob.say(Join(room=room))
            refused = await bob.hear(Error)

    assert (read_only.slug, left.reason, refused.slug) == (
        "read_only",
        "kicked",
        "permission_denied",
    )
