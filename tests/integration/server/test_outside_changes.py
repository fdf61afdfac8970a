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
from collab_server.protocol.names import parse_document, parse_room
from collab_server.protocol.room_events import Ack
from collab_server.storage.store import open_store
from collab_server.transport.outside_watch import OutsideWatch
from tests.eventually import eventually
from tests.support.server_process import SECRET, ServerProcess
from tests.support.wire_client import WAIT_S, wire_client
from tests.support.writer import Writer

PROJECT = parse_room("codexpro_project_shared")
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
        await store.put_room(PROJECT, None, {})
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
    watch = OutsideWatch(store, hub, clock=clock, perform=lambda: looks.append(None), every_s=0.0)
    task = asyncio.create_task(watch.keep())
    turns = iter(range(50))
    await eventually(lambda: next(turns, None) is None)
    task.cancel()
    await asyncio.wait([task])

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert looks == []
