"""A WebSocket client without a socket, against one connection of ours."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol
from websockets.protocol import OPEN as IS_OPEN

from collab_server.admin.figures import Tally
from collab_server.core.arrivals import Arrival
from collab_server.core.effects import ClientId
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.limits import Limits
from collab_server.transport.addresses import Entrance
from collab_server.transport.frames import data_frame
from collab_server.transport.inputs import Inputs
from collab_server.transport.socket import WebSocketConnection
from collab_server.transport.turn import Turn
from tests.unit.collab_server.transport.fake_transport import FakeTransport

REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: server\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
)


@dataclass
class Ears:
    """Inputs that write down what they hear."""

    limits: Limits = field(default_factory=Limits)
    ping_every_s: float = 25.0
    tally: Tally = field(default_factory=Tally)
    entrance: Entrance = field(default_factory=Entrance)
    heard: list[object] = field(default_factory=list)
    writing: list[str] = field(default_factory=list)  # how it goes
    refuses: str | None = None
    holds: bool = False
    signed_in: bool = True
    holds_after: object = None
    echoes: bool = False
    closes_at: object = None

    def __post_init__(self) -> None:
        self.turn = Turn(asyncio.get_running_loop(), after_reading=lambda: None)
        self.connection: WebSocketConnection | None = None
        self.arrival: Arrival | None = None

    def refusal(self) -> str | None:
        return self.refuses

    def opened(self, connection: WebSocketConnection, arrival: Arrival) -> None:
        self.connection, self.arrival = connection, arrival
        self.heard.append(("opened", arrival.door, arrival.address))

    def handle(self, client: ClientId, message: str | bytes) -> None:
        self.heard.append(message)
        assert self.connection is not None
        self.holds = self.holds or message == self.holds_after
        if self.echoes:
            self.connection.outbox.put(data_frame(message))
        if message == self.closes_at:
            self.connection.close(CloseCode.PROTOCOL, "no")

    def handle_edits(self, client: ClientId, messages: deque[str | bytes], most: int) -> int:
        return 0

    def oversized(self, client: ClientId) -> None:
        self.heard.append("oversized")
        assert self.connection is not None
        self.connection.outbox.put(data_frame("too large"))
        self.connection.close(CloseCode.PROTOCOL, "frame too large")

    def is_held(self, client: ClientId) -> bool:
        return self.holds

    def is_signed_in(self, client: ClientId) -> bool:
        return self.signed_in

    def fell_behind(self, client: ClientId) -> None:
        self.writing.append("fell behind")

    def caught_up(self, client: ClientId) -> None:
        self.writing.append("caught up")

    def left(self, client: ClientId) -> None:
        self.heard.append("left")

    def vanished(self, connection: WebSocketConnection) -> None:
        self.heard.append("vanished")


class Peer:
    """The other end."""

    def __init__(self, ears: Inputs, *, path: str = "/ws", headers: str = "") -> None:
        self.ears = ears
        self.transport = FakeTransport()
        self.connection = WebSocketConnection(ears)
        self.transport.set_protocol(self.connection)
        self.connection.connection_made(self.transport)
        self.connection.data_received(REQUEST.format(path=path, headers=headers).encode())
        head, _, _ = self.transport.written.partition(b"\r\n\r\n")
        self.response = head.decode()
        self._read_bytes = len(self.transport.written)
        self._framing = Protocol(CLIENT, state=IS_OPEN, max_size=None)

    async def say(self, *frames: Frame | bytes) -> None:
        """Send frames as one chunk, and let the turn end."""
        wires = [
            frame.serialize(mask=True) if isinstance(frame, Frame) else frame for frame in frames
        ]
        self.connection.data_received(b"".join(wires))
        await self.end_turns()

    @staticmethod
    async def end_turns() -> None:
        for _ in range(8):
            await asyncio.sleep(0)

    def hears(self) -> list[str | bytes | tuple[int, str]]:
        """Return what the server has said since: messages, and a close frame as (code, reason)."""
        new = self.transport.written[self._read_bytes :]
        self._read_bytes += len(new)
        self._framing.receive_data(new)
        said: list[str | bytes | tuple[int, str]] = []
        for frame in self._framing.events_received():
            assert isinstance(frame, Frame)
            data = bytes(frame.data)
            if frame.opcode is Opcode.CLOSE:
                said.append((int.from_bytes(data[:2], "big"), data[2:].decode()))
            elif frame.opcode is Opcode.TEXT:
                said.append(data.decode())
            else:
                said.append(data)
        return said

    @property
    def messages(self) -> list[object]:
        """What the ears heard of this peer, without the opening."""
        assert isinstance(self.ears, Ears)
        return self.ears.heard[1:]


def text(message: str) -> Frame:
    return Frame(Opcode.TEXT, message.encode())


def binary(message: bytes) -> Frame:
    return Frame(Opcode.BINARY, message)
