"""Who does not read costs a bounded amount of memory, then the connection; nobody waits."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from collab_server.protocol import documents as frames
from collab_server.protocol.awareness import AwarenessEntry, encode_awareness
from collab_server.protocol.events import Join, Ping, Pong, RoomJoined
from collab_server.protocol.names import parse_document, room_of
from collab_server.protocol.room_events import Ack, MessagePosted, PostMessage
from tests.eventually import eventually
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import WireClient, wire_client
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")
ROOM = room_of(NOTES)
PIECES = 60
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
                grace.apply(await reader.hear_update(NOTES))
            await eventually(lambda: "closing with 4002" in server.log)
            lazy.connection.transport.resume_reading()
            await lazy.hear_closed()

            assert writer.close_code is None
            assert reader.close_code is None

    assert grace.text == ada.text


def read_in_sips(connection: socket.socket) -> int:
    """Read a little now and then until the connection ends; return how much there was."""
    count = 0
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(65_536):
            count += len(data)
            time.sleep(0.04)  # the reader's pace, not the test's
    return count


@pytest.mark.slow
async def test_who_reads_all_the_time_and_too_slowly_is_closed(folder: Path) -> None:
    settings = SMALL | {
        "COLLAB_LIMITS__WRITE_STALL_S": "1.5",
        "COLLAB_LIMITS__LEAST_READ_BYTES_A_S": "1e9",  # nobody reads so fast
    }
    with running_server(folder, settings=settings) as server:
        async with wire_client(server.url, server.token("ada")) as writer:
            await writer.open(NOTES)
            assert await writer.write(NOTES, Writer().insert(0, "x" * 15_000_000))
            with socket.socket() as lazy:
                lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
                lazy.settimeout(60)
                lazy.connect(("127.0.0.1", server.port))
                ask = f"GET /yjs/{NOTES}?token={server.token('lazy')} HTTP/1.1\r\n"
                ask += "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                ask += "Sec-WebSocket-Version: 13\r\n"
                ask += "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
                # and, masked by zeros, a sync step 1 with an empty state vector
                step_1 = b"\x82\x84\0\0\0\0" + b"\x00\x00\x01\x00"
                lazy.sendall(ask.encode() + b"\r\n" + step_1)
                count = await asyncio.to_thread(read_in_sips, lazy)
            assert await writer.write(NOTES, Writer().insert(0, "others go on"))

    assert 65_536 < count < 15_000_000
    assert "reads too slowly" in server.log


async def test_a_flood_of_carets_to_who_reads_nothing_takes_no_memory(folder: Path) -> None:
    with running_server(folder, settings=SMALL) as server:
        async with three_in_a_document(server) as (writer, reader, lazy):
            lazy.connection.transport.pause_reading()
            before_bytes = server.resident_bytes
            grown_bytes = clock = 0
            while clock < 6000 or "closing with 4002: reads nothing" not in server.log:
                for _ in range(100):
                    clock += 1
                    entry = AwarenessEntry(7, clock, {"cursor": "x" * 3900})
                    await writer.send(frames.awareness(NOTES, encode_awareness([entry])))
                await writer.say(Ping(t=clock))
                await writer.hear(Pong)
                reader.heard.clear()
                grown_bytes = max(grown_bytes, server.resident_bytes - before_bytes)
            lazy.connection.transport.resume_reading()

    assert grown_bytes < 16_000_000


async def test_who_reads_slowly_stays_and_gets_what_it_missed_in_one_piece(folder: Path) -> None:
    ada, lazily = Writer(), Writer()
    patient = SMALL | {"COLLAB_LIMITS__WRITE_STALL_S": "120"}
    with running_server(folder, settings=patient) as server:
        async with three_in_a_document(server) as (writer, _, lazy):
            for client in (writer, lazy):
                await client.say(Join(room=ROOM))
                await client.hear(RoomJoined)
            lazy.connection.transport.pause_reading()
            for number in range(PIECES):
                assert await writer.write(NOTES, ada.insert(0, "x" * 100_000))
                if number % 10 == 0:
                    await writer.say(PostMessage(room=ROOM, message=number, id=number))
                    await writer.hear(Ack, re=number)
            lazy.connection.transport.resume_reading()

            pieces = 0
            while lazily.text != ada.text:
                lazily.apply(await lazy.hear_update(NOTES))
                pieces += 1
            posted = [await lazy.hear(MessagePosted) for _ in range(PIECES // 10)]
            said = [json.loads(bytes(each.message)) for each in posted]
            assert await writer.write(NOTES, ada.insert(0, "and on "))
            lazily.apply(await lazy.hear_update(NOTES))

    assert pieces < PIECES
    assert said == list(range(0, PIECES, 10))
    assert lazily.text == ada.text


@pytest.mark.slow
async def test_who_never_reads_is_closed_and_comes_back_to_everything(folder: Path) -> None:
    """With the limits as they are shipped."""
    ada, again = Writer(), Writer()
    settings = {
        "COLLAB_LIMITS__DOCUMENT_TEXT_BYTES": "unlimited",
        "COLLAB_LIMITS__UPDATES_A_S": "unlimited",
        "COLLAB_LOG_LEVEL": "info",
    }
    with running_server(folder, settings=settings) as server:
        async with three_in_a_document(server) as (writer, _, lazy):
            lazy.connection.transport.pause_reading()
            for _ in range(30):  # more than the system keeps for it
                assert await writer.write(NOTES, ada.insert(0, "x" * 500_000))
            full_s = time.monotonic()
            await eventually(lambda: "closing with 4002: reads nothing" in server.log, timeout_s=60)
            print(f"closed {time.monotonic() - full_s:.1f} s after its buffers were full")
            await eventually(lambda: server.connections == 2, timeout_s=60)
            print(f"its connection ended after {time.monotonic() - full_s:.1f} s")

            async with wire_client(server.url, server.token("lazy")) as reader:
                again.apply(await reader.open(NOTES))

    assert again.text == ada.text


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
