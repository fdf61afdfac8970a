"""Who does not read costs a bounded amount of memory, then the connection; nobody waits."""

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

from collab_server.protocol import documents as frames
from collab_server.protocol.awareness import AwarenessEntry, encode_awareness
from collab_server.protocol.events import Ping, Pong
from collab_server.protocol.names import parse_document
from collab_server.protocol.sync import SyncUpdate
from tests.eventually import eventually
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import WireClient, wire_client
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")
SMALL = {
    "COLLAB_LIMITS__OUTBOX_BYTES": "400000",
    "COLLAB_LIMITS__WRITE_STALL_S": "1.5",
    "COLLAB_LOG_LEVEL": "info",
    "COLLAB_LIMITS__CURSORS_A_S": "unlimited",
    "COLLAB_LIMITS__UPDATES_A_S": "unlimited",
    "COLLAB_LIMITS__DOCUMENT_TEXT_BYTES": "unlimited",
}


@contextlib.asynccontextmanager
async def three_in_a_document(
    server: ServerProcess,
) -> AsyncGenerator[tuple[WireClient, WireClient, WireClient]]:
    async with (
        wire_client(server.url, server.token("ada")) as writer,
        wire_client(server.url, server.token("grace")) as reader,
        wire_client(server.url, server.token("lazy")) as lazy,
    ):
        for client in (writer, reader, lazy):
            await client.open(NOTES)
            client.heard.clear()
        yield writer, reader, lazy


async def test_who_reads_nothing_is_closed_and_the_others_notice_nothing(folder: Path) -> None:
    ada, grace = Writer(), Writer()
    with running_server(folder, settings=SMALL) as server:
        async with three_in_a_document(server) as (writer, reader, lazy):
            lazy.connection.transport.pause_reading()
            for _ in range(100):
                assert await writer.write(NOTES, ada.insert(0, "x" * 100_000))
                message = (await reader.hear(frames.Sync, document=NOTES)).message
                assert isinstance(message, SyncUpdate)
                grace.apply(message.update)
            await eventually(lambda: "closing with 4002" in server.log)
            lazy.connection.transport.resume_reading()
            await lazy.hear_closed()

            assert writer.close_code is None
            assert reader.close_code is None

    assert grace.text == ada.text


async def test_a_flood_of_carets_to_who_reads_nothing_takes_no_memory(folder: Path) -> None:
    with running_server(folder, settings=SMALL) as server:
        async with three_in_a_document(server) as (writer, reader, lazy):
            lazy.connection.transport.pause_reading()
            before_bytes = server.resident_bytes
            for clock in range(6000):
                entry = AwarenessEntry(7, clock, {"cursor": "x" * 3900})
                await writer.send(frames.awareness(NOTES, encode_awareness([entry])))
                reader.heard.clear()
            await writer.say(Ping(t=1))
            await writer.hear(Pong)
            grown_bytes = server.resident_bytes - before_bytes
            await eventually(lambda: "closing with 4002: reads nothing" in server.log)
            lazy.connection.transport.resume_reading()

    assert grown_bytes < 16_000_000


async def test_who_comes_back_after_being_closed_gets_everything(folder: Path) -> None:
    ada = Writer()
    with running_server(folder, settings=SMALL) as server:
        async with three_in_a_document(server) as (writer, _, lazy):
            lazy.connection.transport.pause_reading()
            for _ in range(100):
                await writer.write(NOTES, ada.insert(0, "x" * 100_000))
            await eventually(lambda: "closing with 4002" in server.log)
            lazy.connection.transport.resume_reading()

            async with wire_client(server.url, server.token("lazy")) as again:
                reader = Writer()
                reader.apply(await again.open(NOTES))

    assert reader.text == ada.text
