"""How a server begins: what it says when it listens, and why when it cannot."""

import json
import os
import socket
import ssl
import stat
from pathlib import Path

import pytest

from tests.certificates import self_signed
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import wire_client


def failure_of(server: ServerProcess) -> tuple[int, str]:
    """Let it fail to start, and return its exit code and what it said."""
    process = server.launch()
    output = process.stdout
    assert output is not None
    assert output.read() == b""
    return server.finish(), server.log


def test_one_line_of_json_says_where_it_listens(server: ServerProcess) -> None:
    ready = json.loads(json.dumps(server.ready))

    assert ready["event"] == "ready"
    assert ready["host"] == "127.0.0.1"
    assert ready["url"] == f"ws://127.0.0.1:{ready['port']}/ws"


def test_the_database_is_for_its_owner_alone(server: ServerProcess) -> None:
    assert stat.S_IMODE(server.database.stat().st_mode) == 0o600


def test_a_port_in_use_is_said_in_one_sentence(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        code, said = failure_of(ServerProcess(folder, port=port))

    assert code == 2
    assert said == (
        f"Port {port} on 127.0.0.1 is in use: stop what listens there, or choose another"
        " with --port (0 picks a free one).\n"
    )
    assert not list(folder.glob("*.db*"))


def test_an_address_of_another_machine_is_said_in_one_sentence(folder: Path) -> None:
    server = ServerProcess(folder, "--host", "192.0.2.1", "--behind-proxy")

    assert failure_of(server) == (
        2,
        "This machine has no address 192.0.2.1: give --host one that it has.\n",
    )


def test_a_database_that_cannot_be_opened_is_said_in_one_sentence(folder: Path) -> None:
    server = ServerProcess(folder)
    server.database.write_bytes(b"not a database" * 1000)

    code, said = failure_of(server)

    assert code == 2
    assert said.count("\n") == 1
    assert str(server.database) in said


@pytest.mark.skipif(os.name == "nt", reason="no process limits there")
async def test_with_a_certificate_it_speaks_tls(folder: Path) -> None:
    certificate, key = self_signed(folder)
    trust = ssl.create_default_context(cafile=certificate)
    trust.check_hostname = False
    with running_server(folder, "--tls-cert", str(certificate), "--tls-key", str(key)) as server:
        async with wire_client(server.url, server.token(), tls=trust) as client:
            assert client.heard == []

    assert str(server.ready["url"]).startswith("wss://")
