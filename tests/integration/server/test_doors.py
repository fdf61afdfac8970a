"""What the port answers before anybody has come in."""

import socket
import time
import urllib.request

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.server_process import ServerProcess
from tests.support.wire_client import wire_client

UPGRADE = (
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


def ask(server: ServerProcess, request: str | bytes) -> str:
    """Send bytes to the port and return everything that comes until it hangs up."""
    wire = request.encode() if isinstance(request, str) else request
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as peer:
        peer.sendall(wire)
        answer = bytearray()
        while piece := peer.recv(65_536):
            answer += piece
            if b"101 Switching" in answer:
                break
    return answer.decode("latin-1")


def status_of(answer: str) -> str:
    return answer.split(" ", 2)[1]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_load_balancer_hears_that_all_is_well(server: ServerProcess, path: str) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as answer:
        body = answer.read()
        headers = {name.lower() for name in answer.headers}

    assert body == b'{"status":"ok"}'
    assert headers - {"connection"} == {"content-length", "content-type"}


def test_no_answer_tells_software_or_version(server: ServerProcess) -> None:
    answers = [
        ask(server, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        ask(server, "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        ask(server, "nonsense\r\n\r\n"),
        ask(server, UPGRADE.replace("/ws", "/elsewhere") + "\r\n"),
        ask(server, UPGRADE + "\r\n"),
    ]

    heads = " ".join(answer.partition("\r\n\r\n")[0].lower() for answer in answers)
    assert [word for word in ("server:", "uvicorn", "websockets/", "python") if word in heads] == []


@pytest.mark.parametrize("path", ["/elsewhere", "/yjsx/a", "/ws/x", "/healthz"])
async def test_elsewhere_there_is_no_door(server: ServerProcess, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with wire_client(f"ws://127.0.0.1:{server.port}{path}"):
            pass

    assert refused.value.response.status_code == 404


@pytest.mark.parametrize("path", ["/", "/ws", "/ws/", "/ws?anything=here"])
async def test_the_main_door_has_three_names(server: ServerProcess, path: str) -> None:
    async with wire_client(f"ws://127.0.0.1:{server.port}{path}", server.token()) as client:
        assert client.heard == []


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        pytest.param("GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"),
        pytest.param("POST /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "405"),
        pytest.param("nonsense\r\n\r\n", "400"),
        pytest.param(UPGRADE.replace("Version: 13", "Version: 12") + "\r\n", "400"),
        pytest.param(UPGRADE.replace("dGhlIHNhbXBsZSBub25jZQ==", "short") + "\r\n", "400"),
        pytest.param(UPGRADE.replace("GET", "POST") + "\r\n", "405"),
        pytest.param(UPGRADE.replace("/ws", "//[x/ws") + "\r\n", "404"),
        pytest.param(UPGRADE.replace("/ws", "http://[") + "\r\n", "404"),
        pytest.param(UPGRADE + "\r\n", "101"),
    ],
    ids=str,
)
def test_requests_that_are_none_get_an_http_error(
    server: ServerProcess, request_text: str, status: str
) -> None:
    assert status_of(ask(server, request_text)) == status


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [(b"GET /", b"x" * 6_000), (b"GET / HTTP/1.1\r\n", b"A: b\r\n" * 1_000)],
    ids=["target", "headers"],
)
def test_a_head_without_end_is_not_read_for_ever(
    server: ServerProcess, begins: bytes, goes_on: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as peer:
        peer.sendall(begins)
        try:
            for _ in range(10_000):
                peer.sendall(goes_on)
        except ConnectionError:
            return  # hung up on; whether the answer came before that reset is a matter of luck
        pytest.fail("60 MB of a head were read")


@pytest.mark.parametrize("body_length", [4, 0, 60])
def test_a_request_with_two_lengths_hides_no_other(server: ServerProcess, body_length: int) -> None:
    hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    lengths = f"Content-Length: {body_length}\r\nTransfer-Encoding: chunked\r\n"

    answer = ask(server, f"POST /broadcast HTTP/1.1\r\nHost: x\r\n{lengths}\r\n0\r\n\r\n{hidden}")

    assert status_of(answer) == "400"
    assert answer.count("HTTP/1.1 ") == 1


def test_frames_right_behind_the_upgrade_request_are_heard(server: ServerProcess) -> None:
    ping = b"\x89\x82\x00\x00\x00\x00hi"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as peer:
        peer.sendall(UPGRADE.encode() + b"\r\n" + ping)
        answer = bytearray()
        while not answer.endswith(b"\x8a\x02hi"):
            piece = peer.recv(65_536)
            assert piece, answer
            answer += piece

    assert answer.startswith(b"HTTP/1.1 101 ")


@pytest.mark.slow
def test_who_never_finishes_a_request_is_hung_up_on(server: ServerProcess) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as peer:
        began_s = time.monotonic()
        peer.sendall(b"GET /healthz HT")
        try:
            answer = peer.recv(100)
        except ConnectionResetError:
            answer = b""

    assert answer == b""
    assert 8 < time.monotonic() - began_s < 15


def test_the_health_pages_may_be_asked_with_head(server: ServerProcess) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/healthz", method="HEAD")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert (answer.status, answer.read()) == (200, b"")


@pytest.mark.parametrize("cut", [len(UPGRADE), 20, 1])
def test_a_web_socket_opens_however_its_request_is_cut(server: ServerProcess, cut: int) -> None:
    request = (UPGRADE + "\r\n").encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(request[:cut])
        peer.sendall(request[cut:])
        answer = peer.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 101 ")
