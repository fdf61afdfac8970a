"""Another program writes to the database of a running server: rights change while people work.

Grants and revocations are written as a product's back-end would, by plain SQL from elsewhere.
"""

import asyncio
import json
import sqlite3
import time
from pathlib import Path

import pytest

from collab_server.core.arrivals import Arrival
from collab_server.core.effects import ClientId, Door
from collab_server.core.hub import Hub, HubConfig
from collab_server.core.revocations import Revoked, digest_of
from collab_server.protocol import documents as frames
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import Error, Join, Left, Ping, Pong, RoomJoined
from collab_server.protocol.limits import Limits
from collab_server.protocol.moderation_events import RoomClose
from collab_server.protocol.names import RoomId, parse_document, parse_room
from collab_server.protocol.room_events import Ack, PostMessage
from collab_server.storage.passwords import hash_password
from collab_server.storage.store import open_store
from collab_server.transport.outside_watch import OutsideWatch
from tests.eventually import eventually
from tests.support.server_process import SECRET, ServerProcess
from tests.support.wire_client import WAIT_S, WireClient, wire_client
from tests.support.writer import Writer

PROJECT = parse_room("codexpro_project_shared")
SHARED = parse_room("proshare_room_X7K2")
LATER = parse_room("proshare_room_later")
ODD = parse_room("proshare_room_odd")
NOTES = parse_document(f"{PROJECT}/f/notes")


def write(server: ServerProcess, statement: str, *values: object) -> None:
    """Commit one statement as another program does."""
    database = sqlite3.connect(server.database, timeout=10)
    with database:
        database.execute(statement, values)
    database.close()


def grant(server: ServerProcess, user: str, letters: str) -> None:
    write(
        server,
        "INSERT INTO room_grants (room, user_id, perm, created_at_ms) VALUES (?, ?, ?, 0)"
        " ON CONFLICT (room, user_id) DO UPDATE SET perm = excluded.perm",
        PROJECT,
        user,
        letters,
    )


async def test_what_another_program_grants_and_takes_counts_while_people_are_connected(
    server: ServerProcess,
) -> None:
    writer = Writer()
    grant(server, "ada", "rw")
    async with (
        wire_client(server.url, server.token("ada", rooms={})) as ada,
        wire_client(server.url, server.token("bob", rooms={})) as bob,
    ):
        await bob.say(Join(room=PROJECT))
        await bob.hear(Error, slug="permission_denied")
        await ada.say(Join(room=PROJECT))
        await ada.hear(RoomJoined)
        await ada.open(NOTES)
        assert await ada.write(NOTES, writer.insert(0, "before"))
        await ada.hear(frames.Stateless)  # the document's epoch and right

        grant(server, "bob", "r")
        grant(server, "ada", "r")

        demoted = await ada.hear(frames.Stateless)
        assert json.loads(demoted.text)["perm"] == "r"
        assert not await ada.write(NOTES, writer.insert(0, "after"))
        await bob.say(Join(room=PROJECT))
        assert (await bob.hear(RoomJoined)).perm == "r"

        write(server, "DELETE FROM room_grants WHERE room = ?", PROJECT)

        for client in (ada, bob):
            assert (await client.hear(Left)).reason == "revoked"


async def test_what_another_program_revokes_ends_the_connections(server: ServerProcess) -> None:
    now_s = int(time.time())
    async with (
        wire_client(server.url, server.token("ada", nonce="a nonce of ada's")) as ada,
        wire_client(server.url, server.token("bob")) as bob,
    ):
        write(
            server,
            "INSERT INTO token_revocations (digest, kind, at_s, until_s) VALUES (?, ?, ?, ?)",
            digest_of(Revoked.NONCE, "a nonce of ada's"),
            Revoked.NONCE.value,
            now_s,
            now_s + 3600,
        )

        assert await ada.hear_closed() == (CloseCode.KICKED, "revoked")
        await bob.say(Ping(t="here"))
        await bob.hear(Pong, t="here")


async def test_terms_that_another_program_sets_count_while_people_are_connected(
    server: ServerProcess,
) -> None:
    terms = "INSERT INTO room_terms (room, max_users) VALUES (?, ?)"
    update = "UPDATE room_terms SET {} = ? WHERE room = ?"
    grants = {"rooms": {SHARED: "rwh"}}
    write(server, terms, SHARED, 1)
    async with (
        wire_client(server.url, server.token("ada", **grants)) as ada,
        wire_client(server.url, server.token("bob", **grants)) as bob,
        wire_client(server.url, server.token("eve", rooms={})) as eve,
    ):
        await ada.say(Join(room=SHARED))
        assert (await ada.hear(RoomJoined)).max_users == 1
        assert await answer_to_join(bob) == "room_full"
        assert await answer_to_join(eve) == "permission_denied"

        write(server, update.format("max_users"), 2, SHARED)
        await until_answered(bob, "rwh")
        write(server, update.format("password_hash"), hash_password("planted"), SHARED)
        await until_answered(eve, "password_required")
        write(server, update.format("max_users"), None, SHARED)
        await until_answered(eve, "rwh", password="planted")
        write(server, update.format("expires_at_s"), int(time.time()) - 1, SHARED)

        for client in (ada, bob, eve):
            assert (await client.hear(Left)).reason == "closed"
        assert await answer_to_join(ada) == "room_closed"
        write(server, update.format("expires_at_s"), int(time.time()) + 3600, SHARED)
        await until_answered(ada, "rwh")


async def test_terms_that_changed_while_nobody_was_there_count_for_who_comes(
    server: ServerProcess,
) -> None:
    write(server, "INSERT INTO room_terms (room, max_users) VALUES (?, ?)", LATER, 5)
    token = {"rooms": {LATER: "rwh"}}
    async with wire_client(server.url, server.token("ada", **token)) as ada:
        await ada.say(Join(room=LATER))
        assert (await ada.hear(RoomJoined)).max_users == 5
    write(server, "UPDATE room_terms SET max_users = ? WHERE room = ?", 6, LATER)

    async with wire_client(server.url, server.token("ada", **token)) as ada:

        async def most() -> int | None:
            await ada.say(Join(room=LATER, id=1))
            return (await ada.hear(RoomJoined, re=1)).max_users

        async with asyncio.timeout(WAIT_S):
            while await most() != 6:  # noqa: ASYNC110  another program gives no sign
                await asyncio.sleep(0.3)


async def test_odd_terms_of_another_program_hold_nothing_and_delete_nothing(
    server: ServerProcess,
) -> None:
    odd = "INSERT INTO room_terms (room, password_hash, max_users, expires_at_s, keep_s)"
    async with (
        wire_client(server.url, server.token("ada", rooms={ODD: "rwh"})) as ada,
        wire_client(server.url, server.token("eve", rooms={})) as eve,
    ):
        await ada.say(Join(room=ODD))
        await ada.hear(RoomJoined)
        await ada.say(PostMessage(room=ODD, message="kept", id=1))
        await ada.hear(Ack, re=1)

        write(server, f"{odd} VALUES (?, ?, ?, ?, ?)", ODD, "$2y$10$x", "few", "soon", b"x")

        await until_answered(eve, "wrong_password", password="guess", room=ODD)
        await ada.say(Join(room=ODD, history=10))
        again = await ada.hear(RoomJoined)
        assert (again.max_users, again.expires_at, again.keep_s) == (None, None, None)
        assert len(again.events or ()) == 1
    store = await open_store(f"sqlite:///{server.database}")
    await store.rooms.forget_old([])
    page = await store.rooms.history(ODD, before=None, after=None, limit=10)
    await store.close()
    assert [message.message for message in page.messages] == [b'"kept"']
    assert "Traceback" not in server.log


async def answer_to_join(
    client: WireClient, password: str | None = None, *, room: RoomId = SHARED
) -> str:
    """Return the letters that somebody gets in a ProShare room, or why not."""
    await client.say(Join(room=room, password=password, id="join"))
    answer = await client.hear(object, re="join")
    return answer.slug if isinstance(answer, Error) else getattr(answer, "perm", "")


async def until_answered(
    client: WireClient, expected: str, password: str | None = None, *, room: RoomId = SHARED
) -> None:
    async with asyncio.timeout(WAIT_S):
        while await answer_to_join(client, password, room=room) != expected:  # noqa: ASYNC110
            await asyncio.sleep(0.3)  # another program gives no sign; sixty errors a minute


async def test_odd_rows_of_another_program_grant_nothing_and_stop_nothing(
    server: ServerProcess,
) -> None:
    grant(server, "ada", "r")
    async with (
        wire_client(server.url, server.token("ada", rooms={})) as ada,
        wire_client(server.url, server.token("bob", rooms={})) as bob,
    ):
        await ada.say(Join(room=PROJECT))
        await ada.hear(RoomJoined)
        odd = "INSERT INTO room_grants (room, user_id, perm, created_at_ms) VALUES (?, ?, ?, 0)"
        write(server, odd, PROJECT, "bob", b"rw")
        write(server, odd, PROJECT, b"\xff\xfe", "rw")
        revocation = "INSERT INTO token_revocations (digest, kind, at_s, until_s)"
        write(server, f"{revocation} VALUES (?, ?, ?, ?)", b"x", "of no kind", 1, 2**40)
        write(server, f"{revocation} VALUES (?, ?, ?, ?)", "text", "user", "soon", 2**40)
        write(server, "DELETE FROM room_grants WHERE user_id = 'ada'")

        assert (await ada.hear(Left)).reason == "revoked"
        await bob.say(Join(room=PROJECT, id=1))
        assert (await bob.hear(Error, re=1)).slug == "permission_denied"
    assert "Traceback" not in server.log


async def test_a_room_that_is_closed_stays_so_until_a_back_end_puts_it_again(
    server: ServerProcess,
) -> None:
    token = {"rooms": {PROJECT: "rwo"}}
    async with wire_client(server.url, server.token("ada", **token)) as ada:
        await ada.say(Join(room=PROJECT))
        await ada.hear(RoomJoined)

        await ada.say(RoomClose(room=PROJECT, id=1))

        await ada.hear(Ack, re=1)
        assert (await ada.hear(Left)).reason == "closed"
    server.kill()
    await asyncio.to_thread(server.restart)
    async with wire_client(server.url, server.token("ada", **token)) as ada:
        await ada.say(Join(room=PROJECT, id=2))
        assert (await ada.hear(Error, re=2)).slug == "room_closed"
        store = await open_store(f"sqlite:///{server.database}")
        await store.entry.put_room(PROJECT, None, {})
        await store.close()

        await ada.say(Ping(t=1))  # the watch looks while somebody is there

        async def is_open() -> bool:
            await ada.say(Join(room=PROJECT, id=3))
            answer = await ada.hear(object, re=3)
            return isinstance(answer, RoomJoined)

        async with asyncio.timeout(WAIT_S):
            while not await is_open():  # noqa: ASYNC110  another program gives no sign
                await asyncio.sleep(0.3)  # sixty errors a minute are too many


@pytest.mark.allow_warnings
async def test_a_failing_store_is_told_of_once_and_looked_at_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'collab.db'}")
    hub = Hub(HubConfig(keys={"default": SECRET}, limits=Limits()), new_id=lambda: "1")
    hub.connect(ClientId("ada"), Arrival(door=Door.MAIN), 0.0, 0.0)
    looks: list[None] = []

    def clock() -> float:
        raise AssertionError("nothing was read")

    await store.close()
    watch = OutsideWatch(
        store,
        hub,
        clock=clock,
        wall_clock=clock,
        perform=lambda: looks.append(None),
        every_s=0.0,
    )
    task = asyncio.create_task(watch.keep())
    turns = iter(range(50))
    await eventually(lambda: next(turns, None) is None)
    task.cancel()
    await asyncio.wait([task])

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert looks == []
