"""How a server ends: whoever is connected hears it, and nothing accepted is lost."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Shutdown
from collab_server.protocol.names import parse_document
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import wire_client
from tests.support.writer import Writer

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
NOTES = parse_document("codexpro_project_7/f/notes")


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_with_open_connections(folder: Path, signal_number: int) -> None:
    with running_server(folder) as server:
        async with wire_client(server.url, server.token()) as client:
            server.ask_to_stop(signal_number)
            await client.hear(Shutdown)
            closed = await client.hear_closed()

        assert closed == (4000, "the server is shutting down")
        assert server.finish() == 0


def test_without_connections_it_ends_at_once(folder: Path) -> None:
    with running_server(folder) as server:
        began_s = time.monotonic()

        assert server.stop() == 0

    assert time.monotonic() - began_s < 3


def test_a_client_that_never_says_goodbye_does_not_hold_it_up_for_long(folder: Path) -> None:
    with (
        running_server(folder) as server,
        socket.create_connection(("127.0.0.1", server.port)) as mute,
    ):
        mute.sendall(UPGRADE)
        mute.recv(4096)
        began_s = time.monotonic()

        assert server.stop() == 0

    assert 4 < time.monotonic() - began_s < 10


@pytest.mark.skipif(os.name == "nt", reason="exit codes of signals are of POSIX")
def test_a_second_signal_ends_it_at_once(folder: Path) -> None:
    with (
        running_server(folder) as server,
        socket.create_connection(("127.0.0.1", server.port)) as mute,
    ):
        mute.sendall(UPGRADE)
        mute.recv(4096)
        began_s = time.monotonic()
        server.ask_to_stop()
        mute.recv(4096)

        assert server.stop() == 128 + signal.SIGTERM

    assert time.monotonic() - began_s < 3


async def test_what_was_sent_just_before_the_end_is_acknowledged_or_not_but_never_lost(
    folder: Path,
) -> None:
    ada = Writer()
    with running_server(folder, settings={"COLLAB_LIMITS__UPDATES_BURST": "100000"}) as server:
        async with wire_client(server.url, server.token()) as client:
            await client.open(NOTES)
            await client.hear(frames.Sync)
            for number in range(500):
                await client.send(frames.sync_update(NOTES, ada.insert(number, "x")))
            server.ask_to_stop()
            await client.hear_closed()
            acknowledged = sum(
                message.saved for message in client.heard if isinstance(message, frames.SyncStatus)
            )
        server.finish()

        server.restart()
        async with wire_client(server.url, server.token()) as client:
            reader = Writer()
            reader.apply(await client.open(NOTES))

    assert len(reader.text) >= acknowledged
    assert ada.text.startswith(reader.text)


def test_it_ends_when_its_standard_input_ends_if_told_so(folder: Path) -> None:
    with running_server(folder, "--stop-with-stdin") as server:
        assert server.process is not None
        assert server.process.stdin is not None
        server.process.stdin.close()

        assert server.finish() == 0


def test_the_end_of_standard_input_is_nothing_to_it_otherwise(server: ServerProcess) -> None:
    assert server.process is not None
    assert server.process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        server.process.stdin.close()

    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(timeout=0.3)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL to tell apart")
def test_it_can_be_started_again_on_its_port_at_once(folder: Path) -> None:
    with running_server(folder) as server:
        server.kill()

        server.restart()

        assert server.stop() == 0
