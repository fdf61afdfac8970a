"""Trouble inside the server: with the disk, with a stored document, with secrets in logs."""

import json
import sqlite3
import urllib.error
import urllib.request
from pathlib import Path

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Auth, Error, Invite, Invited, RoomCreate, RoomCreated
from collab_server.protocol.names import parse_document
from tests.eventually import eventually
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import wire_client
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")
PLANS = parse_document("codexpro_project_7/f/plans")


def health(server: ServerProcess) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


async def test_while_the_store_fails_nothing_is_acknowledged_and_then_everything(
    folder: Path,
) -> None:
    ada, grace = Writer(), Writer()
    with running_server(folder) as server:
        away = folder / "away.db"
        async with wire_client(server.url, server.token()) as client:
            await client.open(NOTES)
            server.database.rename(away)
            await client.send(frames.sync_update(NOTES, ada.insert(0, "kept")))
            error = await client.hear(Error)
            sick = health(server)
            unsaved = [said for said in client.heard if isinstance(said, frames.SyncStatus)]
            away.rename(server.database)
            saved = await client.hear(frames.SyncStatus)
            await eventually(lambda: health(server) == 200)

        async with wire_client(server.url, server.token()) as client:
            grace.apply(await client.open(NOTES))

    assert (error.slug, error.temporary) == ("unavailable", True)
    assert sick == 503
    assert unsaved == []
    assert saved.saved
    assert grace.text == "kept"


async def test_a_document_that_two_servers_write_is_shut_with_a_reason_and_comes_back_whole(
    folder: Path,
) -> None:
    ada, bob, reader = Writer(), Writer(), Writer()
    with running_server(folder) as one, running_server(folder) as other:
        async with (
            wire_client(one.url, one.token("ada")) as ours,
            wire_client(other.url, other.token("bob")) as theirs,
        ):
            await ours.open(NOTES)
            await theirs.open(NOTES)
            assert await theirs.write(NOTES, bob.insert(0, "theirs"))
            await ours.send(frames.sync_update(NOTES, ada.insert(0, "ours")))
            error = await ours.hear(Error)
            closed = await ours.hear(frames.CloseDocument)
            await ours.hear(frames.Sync)  # the step 1 of the first opening
            ada.apply(await ours.open(NOTES))
            await ours.send(frames.sync_step2(NOTES, ada.diff(bob.state)))
            status = await ours.hear(frames.SyncStatus)
        async with wire_client(one.url, one.token("cid")) as client:
            reader.apply(await client.open(NOTES))
        healthy = health(one)

    assert (error.slug, error.message) == (
        "unavailable",
        "The document has changed on the server and is opened anew",
    )
    assert closed.reason == "changed_elsewhere"
    assert status.saved
    assert healthy == 200
    assert sorted(reader.text) == sorted("theirsours")


async def test_a_damaged_document_stays_shut_and_the_others_open(folder: Path) -> None:
    with running_server(folder) as server:
        async with wire_client(server.url, server.token()) as client:
            for document in (NOTES, PLANS):
                await client.open(document)
                await client.write(document, Writer().insert(0, "text"))
        server.stop()
        with sqlite3.connect(server.database) as database:
            database.execute(
                "UPDATE document_updates SET payload = x'0200' WHERE document_id ="
                " (SELECT id FROM documents WHERE name = ?)",
                (NOTES,),
            )
        database.close()
        server.restart()

        async with wire_client(server.url, server.token()) as client:
            await client.send(frames.sync_step1(NOTES, b"\x00"))
            closed = await client.hear(frames.CloseDocument)
            error = await client.hear(Error)
            reader = Writer()
            reader.apply(await client.open(PLANS))

    assert (closed.document, closed.reason) == (NOTES, "unavailable")
    assert error.slug == "unavailable"
    assert reader.text == "text"


async def test_logs_hold_no_token_no_code_and_no_content(folder: Path) -> None:
    planted = "planted-words-of-a-document"
    with running_server(folder, settings={"COLLAB_LOG_LEVEL": "debug"}) as server:
        token = server.token()
        async with wire_client(f"{server.url}?token={token}", token) as client:
            await client.say(RoomCreate(id=1))
            room = (await client.hear(RoomCreated)).room
            await client.say(Invite(room=room, perm="rw", ttl_s=60, max_uses=1))
            code = (await client.hear(Invited)).code
            await client.open(NOTES)
            await client.write(NOTES, Writer().insert(0, planted))
            await client.send(planted)
            await client.hear(Error)
            await client.send(planted.encode())
            await client.hear_closed()
        async with wire_client(server.url) as client:
            await client.say(Auth(token=token))
            assert (await client.hear(Error)).slug == "token_replayed"
        async with wire_client(server.url) as client:
            await client.say(Auth(invite="no-such-code-at-all"))
            await client.hear(Error)
        server.stop()

    for secret in (token, token.split(".")[2], code, planted, "no-such-code-at-all"):
        assert secret not in server.log


async def test_each_event_is_one_line_of_the_log(folder: Path) -> None:
    with running_server(folder) as server:
        async with wire_client(server.url, server.token()) as client:
            await client.send(b"\xff")
            await client.hear_closed()
        server.stop()

    lines = server.log.splitlines()
    assert lines
    assert [line for line in lines if not line.startswith("20")] == []


async def test_every_line_of_a_json_log_is_an_object_that_says_who(folder: Path) -> None:
    settings = {"COLLAB_LOG_FORMAT": "json", "COLLAB_LOG_LEVEL": "debug"}
    with running_server(folder, settings=settings) as server:
        async with wire_client(server.url) as client:
            signed_in = await client.sign_in(server.token())
            await client.send(b"\xff")
            await client.hear_closed()
        server.stop()

    lines = [json.loads(line) for line in server.log.splitlines()]
    theirs = {line["event"] for line in lines if line.get("client") == signed_in.client_id}
    assert {"ts", "level", "logger", "event"} <= set.intersection(*map(set, lines))
    assert "signed in" in theirs
    assert any(event.startswith("closed with 4500") for event in theirs)
