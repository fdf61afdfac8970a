import asyncio
from dataclasses import dataclass, field

import pytest

from collab_server.transport.first_request import FirstRequest
from tests.eventually import eventually

UPGRADE = b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n"


class Successor(asyncio.Protocol):
    """Writes down what it is given."""

    def __init__(self) -> None:
        self.made_with: list[asyncio.BaseTransport] = []
        self.read: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.made_with.append(transport)

    def data_received(self, data: bytes) -> None:
        self.read.append(data)


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.protocol: asyncio.BaseProtocol | None = None
        self.is_aborted = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def abort(self) -> None:
        self.is_aborted = True


@dataclass
class Scene:
    transport: Transport = field(default_factory=Transport)
    web_socket: Successor = field(default_factory=Successor)
    http: Successor = field(default_factory=Successor)

    def __post_init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.first = FirstRequest(loop, lambda: self.web_socket, lambda: self.http)
        self.first.connection_made(self.transport)


@pytest.fixture
async def scene() -> Scene:
    return Scene()


async def test_an_upgrade_goes_to_the_web_socket(scene: Scene) -> None:
    scene.first.data_received(UPGRADE)

    assert scene.transport.protocol is scene.web_socket
    assert scene.web_socket.made_with == [scene.transport]
    assert (scene.web_socket.read, scene.http.read) == ([UPGRADE], [])


async def test_what_comes_behind_an_upgrade_is_a_chunk_of_its_own(scene: Scene) -> None:
    scene.first.data_received(UPGRADE + b"\x81\x80")

    assert scene.web_socket.read == [UPGRADE, b"\x81\x80"]


@pytest.mark.parametrize(
    "data",
    [
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        UPGRADE[:-1],
        UPGRADE.replace(b"GET", b"POST"),
        UPGRADE.replace(b"Upgrade: WebSocket", b"Upgrade: h2c"),
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + UPGRADE,
        b"nonsense",
    ],
)
async def test_everything_else_goes_to_http_whole(scene: Scene, data: bytes) -> None:
    scene.first.data_received(data)

    assert scene.transport.protocol is scene.http
    assert (scene.web_socket.read, scene.http.read) == ([], [data])


async def test_who_says_nothing_is_hung_up_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab_server.transport.first_request.FIRST_BYTES_WITHIN_S", 0.0)
    silent = Scene()
    scene.first.data_received(UPGRADE)
    left = Scene()
    left.first.connection_lost(None)
    await eventually(lambda: silent.transport.is_aborted)

    assert not scene.transport.is_aborted
    assert not left.transport.is_aborted
