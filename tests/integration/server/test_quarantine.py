"""A document with something in it that should have been refused goes on without it."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

from collab_server.protocol import documents as frames
from collab_server.protocol.names import parse_document
from collab_server.protocol.updates import parse_update
from tests.eventually import eventually
from tests.integration.storage.rows import plain, row, store_at
from tests.support.server_process import running_server
from tests.support.wire_client import wire_client
from tests.support.writer import Writer
from tests.unit.collab_server.protocol.update_bytes import identity, item, one, var

NOTES = parse_document("codexpro_project_7/f/notes")
BAD = b"\x01\x01\x07\x00\x04\x01\x07content\x05cut"  # passed the gate of an earlier version


def quarantined(database: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT seq, authors, payload, epoch, reason FROM document_quarantine"
        ).fetchall()
    connection.close()
    return rows


async def test_of_a_bad_piece_it_is_kept_who_may_have_written_it_and_when(folder: Path) -> None:
    ada = Writer()
    database = folder / "collab.db"
    async with store_at(database) as store:
        good = row(
            *(1, ada.insert(0, "good ")),
            document=NOTES,
            authors=("ada",),
            new_authors=((ada.doc.client_id, "ada"),),
        )
        bad = row(2, BAD, document=NOTES, authors=("eve",), new_authors=((7, "eve"),))
        await store.append([good])
        await store.append([bad])
        stretch = await store.read_stretch(NOTES, whole=True)
        assert stretch
        await store.replace(stretch, BAD, is_collected=False)  # by an earlier version
    with plain(database) as connection:
        merged_at = connection.execute("SELECT created_at_ms FROM document_pieces").fetchall()

    with running_server(folder) as server:
        async with wire_client(server.url, server.token("bob")) as client:
            await client.send(frames.sync_step1(NOTES, b"\x00"))
            await eventually(lambda: quarantined(database))
            await eventually(lambda: "were set aside" in server.log)

    ((seq, authors, payload, *_),) = quarantined(database)
    assert (seq, json.loads(str(authors)), payload) == (1, ["ada", "eve"], BAD)
    with plain(database) as connection:
        kept = connection.execute("SELECT received_at_ms FROM document_quarantine").fetchall()
    assert kept == merged_at


async def test_what_is_good_is_served_and_what_is_bad_is_kept_aside(folder: Path) -> None:
    ada, reader = Writer(), Writer()
    database = folder / "collab.db"
    async with store_at(database) as store:
        claim = ((ada.doc.client_id, "ada"),)
        first = ada.insert(0, "good ")
        await store.append([row(1, first, document=NOTES, authors=("ada",), new_authors=claim)])
        await store.append([row(2, BAD, document=NOTES, authors=("eve",))])
        await store.append([row(3, ada.insert(0, "all "), document=NOTES, authors=("ada",))])

    with running_server(folder) as server:
        async with wire_client(server.url, server.token("bob")) as client:
            await client.send(frames.sync_step1(NOTES, b"\x00"))
            closed = await client.hear(frames.CloseDocument)
            await eventually(lambda: quarantined(database))
            reader.apply(await client.open(NOTES))
            written = await client.write(NOTES, reader.insert(0, "new "))
        async with wire_client(server.url, server.token("ada")) as client:
            await client.send(frames.sync_step1(NOTES, ada.state))
            denied = await client.hear(frames.AuthDenied)

    ((seq, authors, payload, epoch, reason),) = quarantined(database)
    assert closed.reason == "unavailable"
    assert (reader.text, written) == ("new all good ", True)
    assert denied.reason == "epoch"
    assert (seq, json.loads(str(authors)), payload, epoch) == (2, ["eve"], BAD, "e1")
    assert "could not be merged" in str(reason)
    assert "1 updates of codexpro_project_7/f/notes were set aside" in server.log


def level(at: int) -> bytes:
    """One array in the one before."""
    struct = b"\x07\x00" + identity(7, at - 1) + var(0) if at else item(7, var(0))
    return one(struct, author=7, clock=at)


async def nest(database: Path, levels: int) -> None:
    """Store types in types, an update each."""
    async with store_at(database) as store:
        for at in range(levels):
            nested = row(at + 1, level(at), document=NOTES, authors=("eve",))
            await store.append([replace(nested, is_nested=True)])


async def test_a_nest_as_deep_as_may_be_is_loaded_and_goes_no_deeper(folder: Path) -> None:
    await nest(folder / "collab.db", 16)

    with running_server(folder) as server:
        async with wire_client(server.url, server.token("eve")) as client:
            await client.open(NOTES)
            await client.send(frames.sync_update(NOTES, level(16)))
            closed = await client.hear(frames.CloseDocument)

    assert closed.reason == "malformed"


async def test_a_nest_that_came_too_deep_is_set_aside(folder: Path) -> None:
    database = folder / "collab.db"
    await nest(database, 18)

    with running_server(folder) as server:
        async with wire_client(server.url, server.token("bob")) as client:
            await client.send(frames.sync_step1(NOTES, b"\x00"))
            closed = await client.hear(frames.CloseDocument)
            await eventually(lambda: quarantined(database))
            served = await client.open(NOTES)

    assert closed.reason == "unavailable"
    assert [seq for seq, *_ in quarantined(database)] == [17, 18]
    assert parse_update(served).struct_count == 16
    assert "nested too deeply" in server.log
