"""One user's devices, and what people do to messages, over real sockets and a killed server."""

import asyncio
import contextlib
import json
import sqlite3
from pathlib import Path

from collab_server.protocol.events import Join, RoomJoined
from collab_server.protocol.names import RoomId, parse_room
from collab_server.protocol.room_events import (
    Ack,
    DeleteMessage,
    EditMessage,
    FindHistory,
    HistoryPage,
    MarkRead,
    MessageDeleted,
    MessagePosted,
    MessageUpdated,
    PostMessage,
    PresenceChanged,
    React,
    Reacted,
    ReadMarked,
    SetPresence,
    SetTyping,
    TypingChanged,
)
from tests.eventually import eventually
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import WireClient, wire_client

LONG_S = 60.0


async def enter(client: WireClient, room: RoomId) -> RoomJoined:
    await client.say(Join(room=room))
    return await client.hear(RoomJoined)


def mark_of(server: ServerProcess, user: str) -> int:
    """Return how far a user has read, as it is on the disk."""
    query = "SELECT stream_offset FROM read_marks WHERE user_id = ?"
    with contextlib.closing(sqlite3.connect(server.database)) as database:
        found = database.execute(query, (user,)).fetchone()
    return 0 if found is None else found[0]


async def test_two_devices_agree_on_what_is_read_after_a_kill_and_a_reload(folder: Path) -> None:
    room = parse_room("chat_marks")
    with running_server(folder) as server:
        async with (
            wire_client(server.url, server.token("bob")) as bob,
            wire_client(server.url, server.token("ada")) as phone,
            wire_client(server.url, server.token("ada")) as laptop,
        ):
            for client in (bob, phone, laptop):
                await enter(client, room)
            for number in range(5):
                await bob.say(PostMessage(room=room, message=number, id=number))
                await bob.hear(Ack)
            await phone.say(MarkRead(room=room, offset=3))
            told = await laptop.hear(ReadMarked)
            receipt = await bob.hear(ReadMarked, user_id="ada")
            await eventually(lambda: mark_of(server, "ada") == 3, timeout_s=LONG_S)
            await asyncio.to_thread(server.kill)
        server.restart()
        async with (
            wire_client(server.url, server.token("ada")) as phone,
            wire_client(server.url, server.token("ada")) as laptop,
        ):
            replies = [await enter(client, room) for client in (phone, laptop)]
            reloaded = await enter(phone, room)

    assert (told.offset, receipt.offset) == (3, 3)
    assert [(reply.read_offset, reply.unread) for reply in (*replies, reloaded)] == [(3, 2)] * 3


async def test_who_types_on_one_device_and_reloads_it_types_no_more(
    server: ServerProcess,
) -> None:
    room = parse_room("chat_typing")
    async with (
        wire_client(server.url, server.token("bob")) as bob,
        wire_client(server.url, server.token("ada")) as laptop,
    ):
        await enter(bob, room)
        await enter(laptop, room)
        async with wire_client(server.url, server.token("ada")) as phone:
            await enter(phone, room)
            await phone.say(SetTyping(room=room))
            began = await bob.hear(TypingChanged)
        ended = await bob.hear(TypingChanged)
        await laptop.say(PostMessage(room=room, message="done", id=1))
        await laptop.hear(Ack)

    assert (began.user_id, began.state, ended.state) == ("ada", "start", "stop")
    assert not [said for said in laptop.heard if isinstance(said, TypingChanged)]


async def test_the_same_message_from_two_devices_at_once_is_said_once(
    server: ServerProcess,
) -> None:
    room = parse_room("chat_once")
    async with (
        wire_client(server.url, server.token("ada")) as phone,
        wire_client(server.url, server.token("ada")) as laptop,
    ):
        for client in (phone, laptop):
            await enter(client, room)
        said = PostMessage(room=room, message="hello", mid="once")

        async with asyncio.TaskGroup() as tasks:
            for client in (phone, laptop):
                tasks.create_task(client.say(said))
        acks = [await client.hear(Ack, mid="once") for client in (phone, laptop)]
        await phone.say(FindHistory(room=room))
        page = await phone.hear(HistoryPage)

    assert acks[0].id == acks[1].id
    assert sorted(ack.duplicate for ack in acks) == [False, True]
    assert len(page.messages) == 1


async def test_a_message_is_answered_changed_and_taken_away(server: ServerProcess) -> None:
    room = parse_room("chat_changes")
    async with (
        wire_client(server.url, server.token("7")) as ada,
        wire_client(server.url, server.token("8")) as bob,
    ):
        for client in (ada, bob):
            await enter(client, room)
        await ada.say(PostMessage(room=room, message="first", mid="a"))
        first = await bob.hear(MessagePosted)
        assert first.id is not None
        reply = PostMessage(room=room, message="@7 yes", reply_to=first.id, mentions=(7,))
        await bob.say(reply)
        answer = await ada.hear(MessagePosted, user_id=8)
        assert answer.id is not None
        await bob.say(EditMessage(room=room, message_id=answer.id, message="@7 no"))
        edited = await ada.hear(MessageUpdated)
        await ada.say(React(room=room, message_id=answer.id, emoji="👍"))
        reacted = await bob.hear(Reacted)
        await ada.say(DeleteMessage(room=room, message_id=first.id))
        deleted = await bob.hear(MessageDeleted)
        await bob.say(FindHistory(room=room))
        page = await bob.hear(HistoryPage)

    shown = [json.loads(bytes(message)) for message in page.messages]
    assert (answer.reply_to, answer.mentions) == (first.id, (7,))
    assert json.loads(bytes(edited.message)) == "@7 no"
    assert (reacted.emoji, reacted.user_id, deleted.message_id) == ("👍", 7, first.id)
    assert [(one["message"], one.get("deleted", False)) for one in shown] == [
        (None, True),
        ("@7 no", False),
    ]
    assert shown[1]["reactions"] == {"👍": [7]}


async def test_do_not_disturb_on_one_device_counts_for_all(server: ServerProcess) -> None:
    room = parse_room("chat_dnd")
    async with (
        wire_client(server.url, server.token("bob")) as bob,
        wire_client(server.url, server.token("ada")) as phone,
        wire_client(server.url, server.token("ada")) as laptop,
    ):
        for client in (bob, phone, laptop):
            await enter(client, room)
        await laptop.say(SetPresence(status="dnd"))
        dnd = await bob.hear(PresenceChanged)
        await phone.say(SetPresence(status="idle"))
        await laptop.say(SetPresence(status="idle"))
        idle = await bob.hear(PresenceChanged)

    assert (dnd.status, idle.status) == ("dnd", "idle")
