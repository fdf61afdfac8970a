"""What the server leaves behind when it breaks says where, and nothing of what was at hand."""

import signal
from pathlib import Path

from websockets.exceptions import ConnectionClosed

from collab_server.protocol import documents as frames
from collab_server.protocol.names import parse_document
from tests.eventually import eventually
from tests.planted import PLANTED_NAME, PLANTED_TEXT
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import WireClient, wire_client
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")
NONCE = "the-planted-nonce-of-a-token-7f02"
BUGGY = ("-m", "tests.support.buggy_server")
SAID = f'{{"type":"message","room":"codexpro_project_7","message":"{PLANTED_TEXT}"}}'


def found_in(text: str, *secrets: str) -> list[str]:
    """Return which of these secrets, or of what is planted everywhere, stand in a text."""
    return [each for each in (PLANTED_TEXT, PLANTED_NAME, NONCE, *secrets) if each in text]


async def sign_in(server: ServerProcess, client: WireClient) -> str:
    token = server.token("ada", name=PLANTED_NAME, nonce=NONCE)
    await client.sign_in(token)
    return token


async def test_a_bug_is_logged_by_kind_and_place_alone(folder: Path) -> None:
    with running_server(folder, program=BUGGY) as server:
        async with wire_client(server.url) as client:
            token = await sign_in(server, client)
            await client.send(SAID)
            said = await client.hear_closed()
        async with wire_client(server.url, server.token("grace", name=PLANTED_NAME)) as writer:
            await writer.open(NOTES)
            await writer.send(frames.sync_update(NOTES, Writer().insert(0, PLANTED_TEXT)))
            wrote = await writer.hear_closed()
        log = server.log

    assert said == wrote == (4001, "internal error")
    assert log.count("RuntimeError ← KeyError") == 2
    assert "receive_text" in log
    assert "offer" in log
    assert found_in(log, token, token.split(".")[1], token.split(".")[2]) == []


async def test_a_bug_in_the_store_does_not_tell_whose_token_it_was(folder: Path) -> None:
    settings = {"BUGGY_STORE": "1"}
    with running_server(folder, program=BUGGY, settings=settings) as server:
        token = server.token("ada", name=PLANTED_NAME, nonce=NONCE)
        async with wire_client(server.url) as client:
            await client.send(f'{{"type":"auth","token":"{token}"}}')
            await eventually(lambda: "BindNonce failed" in server.log)
        log = server.log

    assert "bind_nonce" in log
    assert found_in(log, token, token.split(".")[1], token.split(".")[2]) == []


async def test_a_crash_that_nothing_catches_dumps_places_alone(folder: Path) -> None:
    server = ServerProcess(folder, program=BUGGY).start()
    async with wire_client(server.url) as client:
        token = await sign_in(server, client)
        try:
            await client.send(SAID.replace("planted", "planted crash"))
            await client.hear_closed()
        except ConnectionClosed:
            pass

    assert server.finish() == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in server.log
    assert "receive_text" in server.log
    assert found_in(server.log, token, token.split(".")[1], token.split(".")[2]) == []
