"""Frames over a real connection: what is a message, and what ends the connection how."""

import asyncio
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

from collab_server.protocol.events import Error, Ping, Pong
from collab_server.protocol.names import parse_document
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import WireClient, wire_client
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")


async def pong_to(client: WireClient, text: str) -> Pong:
    await client.say(Ping(t=text))
    return await client.hear(Pong, t=text)


async def test_a_text_frame_is_answered(server: ServerProcess) -> None:
    async with wire_client(server.url) as client:
        pong = await pong_to(client, "naïve 😀")

    assert pong.t == "naïve 😀"


async def test_a_message_in_fragments_is_one_message(server: ServerProcess) -> None:
    async with wire_client(server.url) as client:
        await client.connection.send(['{"type":"pi', 'ng","t":"na', 'ïve"}'])

        assert (await client.hear(Pong)).t == "naïve"


async def test_a_ping_frame_is_answered_by_a_pong_frame(server: ServerProcess) -> None:
    async with wire_client(server.url) as client:
        waiting = await client.connection.ping(b"there?")

        async with asyncio.timeout(5):
            await waiting


async def test_text_that_is_no_json_is_an_error_and_no_end(server: ServerProcess) -> None:
    async with wire_client(server.url) as client:
        await client.send("not json")
        error = await client.hear(Error)
        await pong_to(client, "still here")

    assert error.slug == "bad_request"


async def test_bytes_that_are_no_document_frame_end_the_connection(server: ServerProcess) -> None:
    async with wire_client(server.url, server.token()) as client:
        await client.send(b"\xff\xff\xff")
        error = await client.hear(Error)

        assert error.slug == "bad_request"
        assert (await client.hear_closed())[0] == 4500


async def test_text_that_is_not_utf8_ends_the_connection(server: ServerProcess) -> None:
    async with connect(server.url, proxy=None) as connection:
        await connection.send(b"\xff\xfe", text=True)

        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(connection.recv(), 5)

    assert connection.close_code == 1007


async def test_a_frame_over_the_limit_is_refused_with_a_reason(folder) -> None:
    with running_server(
        folder, settings={"COLLAB_LIMITS__DOCUMENT_FRAME_BYTES": "100000"}
    ) as server:
        async with wire_client(server.url, server.token()) as client:
            await client.send(bytes(5_000_000))
            error = await client.hear(Error)

            assert error.slug == "too_large"
            assert await client.hear_closed() == (4500, "frame too large")


async def test_a_stranger_may_not_send_much(server: ServerProcess) -> None:
    async with wire_client(server.url) as client:
        await client.send("x" * 10_000)

        assert (await client.hear_closed())[0] == 4500


async def test_who_says_nothing_is_sent_away(folder) -> None:
    with running_server(folder, settings={"COLLAB_LIMITS__AUTH_TIMEOUT_S": "0.2"}) as server:
        async with wire_client(server.url) as client:
            assert (await client.hear_closed())[0] == 4502


@pytest.mark.slow
async def test_who_answers_no_ping_is_sent_away(folder) -> None:
    settings = {"COLLAB_LIMITS__AUTH_TIMEOUT_S": "60", "COLLAB_PING_INTERVAL": "1000"}
    with running_server(folder, settings=settings) as server:
        reader, writer = await _silent_socket(server.port)

        async with asyncio.timeout(40):
            said = await reader.read()
        writer.close()

    ping, close = bytes([0x80 | Opcode.PING, 0]), bytes([0x80 | Opcode.CLOSE, 9])
    assert said == ping + close + (4003).to_bytes(2, "big") + b"no pong"


async def test_one_bad_client_is_no_trouble_to_the_others(server: ServerProcess) -> None:
    async with wire_client(server.url, server.token()) as good:
        for nonsense in (
            b"\x82\x05hello",
            b"\xff" * 100,
            b"\x88\x01\x00",
            b"\x81\xff" + b"\xff" * 8,
        ):
            reader, writer = await _silent_socket(server.port)
            writer.write(nonsense)
            async with asyncio.timeout(10):
                await reader.read()
            writer.close()

        await pong_to(good, "still here")


async def test_who_ends_within_a_frame_is_told_a_code(folder: Path) -> None:
    with running_server(folder) as server:
        reader, writer = await _silent_socket(server.port)
        writer.write(b"\x21\xfe\x80\x00" + bytes(40))  # 32 KiB, nearly all to come
        writer.write_eof()
        async with asyncio.timeout(30):
            answer = await reader.read()
        writer.close()

    assert b"\x88\x1d" + (1002).to_bytes(2, "big") + b"ended without a close frame" in answer


async def _silent_socket(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Shake hands, and from then on answer nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


@pytest.mark.parametrize(("compression", "is_compressed"), [("off", False), ("large", True)])
async def test_a_join_is_compressed_for_who_offers_it(
    folder: Path, compression: str, is_compressed: bool
) -> None:
    ada, grace = Writer(), Writer()
    with running_server(folder, settings={"COLLAB_COMPRESSION": compression}) as server:
        async with wire_client(server.url, server.token("ada")) as writer:
            await writer.open(NOTES)
            assert await writer.write(NOTES, ada.insert(0, "def hello(): pass\n" * 5000))
        offers = await connect(server.url, compression="deflate", max_size=None, proxy=None)
        async with WireClient(offers) as reader:
            await reader.sign_in(server.token("grace"))
            grace.apply(await reader.open(NOTES))
            assert await reader.write(NOTES, grace.insert(0, "compressed too " * 5000))

    assert bool(offers.protocol.extensions) is is_compressed
    assert grace.text.endswith(ada.text)
