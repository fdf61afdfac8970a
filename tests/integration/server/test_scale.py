"""Many clients at once, many documents, one in many fragments, one that is merged meanwhile."""

import asyncio
import contextlib
import sqlite3
import time
from pathlib import Path

import pytest

from collab_server.protocol import documents as frames
from collab_server.protocol.names import parse_document
from tests.eventually import eventually
from tests.integration.storage.rows import row, store_at
from tests.support.server_process import running_server
from tests.support.wire_client import WireClient, wire_client
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")
CLIENTS = 50
DOCUMENTS = 10_000
FRAGMENTS = 50_000


async def test_fifty_clients_open_one_cold_document_at_once_and_all_see_all_of_it(
    folder: Path,
) -> None:
    writer = Writer()
    async with store_at(folder / "collab.db") as store:
        for seq in range(1, 400):
            await store.append([row(seq, writer.insert(0, f"line {seq}\n"), document=NOTES)])
    texts: list[str] = []

    async def open_and_write(client: WireClient) -> None:
        reader = Writer()
        reader.apply(await client.open(NOTES))
        assert await client.write(NOTES, reader.insert(0, "x"))
        texts.append(reader.text)

    with running_server(folder) as server:
        async with asyncio.TaskGroup() as tasks:
            for number in range(CLIENTS):
                tasks.create_task(_join(server, number, open_and_write), name=f"join {number}")
        async with wire_client(server.url, server.token()) as client:
            last = Writer()
            last.apply(await client.open(NOTES))

    assert len(texts) == CLIENTS
    assert all(text.endswith(writer.text) for text in texts)
    assert last.text == "x" * CLIENTS + writer.text


async def _join(server, number: int, then) -> None:
    async with wire_client(server.url, server.token(f"user {number}")) as client:
        await then(client)


@pytest.mark.slow
async def test_ten_thousand_documents_cost_a_start_and_an_opening_nothing(folder: Path) -> None:
    text = Writer().insert(0, "text")
    names = [parse_document(f"codexpro_project_{at % 100}/f/{at}") for at in range(DOCUMENTS)]
    async with store_at(folder / "collab.db") as store:
        for at in range(0, DOCUMENTS, 500):
            await store.append([row(1, text, document=name) for name in names[at : at + 500]])

    with running_server(folder) as server:
        idle_bytes = server.resident_bytes
        async with wire_client(server.url, server.token()) as client:
            started_s = time.monotonic()
            for name in names[:: DOCUMENTS // 20]:
                reader = Writer()
                reader.apply(await client.open(name))
                assert reader.text == "text"
                await client.send(frames.close_document(name))
            took_s = time.monotonic() - started_s
        print(f"{idle_bytes / 1e6:.0f} MB, 20 documents opened in {took_s:.2f} s")


@pytest.mark.slow
async def test_a_document_of_fifty_thousand_fragments_opens_and_is_edited(folder: Path) -> None:
    writer = Writer()
    updates = [writer.insert(0, "ab"[at % 2]) for at in range(FRAGMENTS)]
    async with store_at(folder / "collab.db") as store:
        for at in range(0, FRAGMENTS, 500):
            await store.append([row(at + 1, *updates[at : at + 500], document=NOTES)])

    with running_server(folder) as server:
        async with (
            wire_client(server.url, server.token("ada")) as hers,
            wire_client(server.url, server.token("bob")) as his,
        ):
            ada, bob = Writer(), Writer()
            ada.apply(await hers.open(NOTES))
            bob.apply(await his.open(NOTES))
            assert await hers.write(NOTES, ada.delete(100, 30_000))
            assert await hers.write(NOTES, ada.insert(50, "here"))
        async with wire_client(server.url, server.token("cid")) as client:
            last = Writer()
            last.apply(await client.open(NOTES))

    assert bob.text == writer.text
    assert last.text == ada.text


async def test_a_log_is_merged_while_people_write_and_nothing_of_it_is_missing(
    folder: Path,
) -> None:
    writers = [Writer() for _ in range(3)]
    reader, late = Writer(), Writer()

    async def write(client: WireClient, writer: Writer) -> None:
        await client.open(NOTES)
        for number in range(60):
            update = writer.insert(0, f"{number} ".ljust(2_000, "."))
            reader.apply(update)
            assert await client.write(NOTES, update)

    with running_server(folder) as server:
        async with contextlib.AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(wire_client(server.url, server.token(f"user{at}")))
                for at in range(len(writers))
            ]
            async with asyncio.TaskGroup() as tasks:
                for client, writer in zip(clients, writers, strict=True):
                    tasks.create_task(write(client, writer))
            await eventually(lambda: pieces_in(server.database) > 0)
        server.kill()
        server.restart()
        async with wire_client(server.url, server.token("late")) as client:
            late.apply(await client.open(NOTES))

    assert late.text == reader.text
    assert len(late.text) == 3 * 60 * 2_000


def pieces_in(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        ((count,),) = connection.execute(
            "SELECT count(*) FROM document_pieces WHERE is_verified"
        ).fetchall()
    connection.close()
    return count
