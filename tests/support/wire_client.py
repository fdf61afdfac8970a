"""A client for tests: it speaks the protocol over a real WebSocket, and hides nothing of it.

Built on `collab_server.protocol` alone, not on the app, so that a mistake in the app's client
shows. Every wait has a limit. A message that nobody asked about stays where it is and can be asked
for later.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Self, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from collab_server.protocol import documents as frames
from collab_server.protocol.events import (
    Auth,
    AuthSuccess,
    ClientEvent,
    decode_server_event,
    encode_event,
)
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import DocumentName
from collab_server.protocol.sync import SyncStep1, SyncStep2

Said = TypeVar("Said")
WAIT_S = 30.0


class WireClient:
    """One connection to a server.

    `heard` holds what came and nobody has asked for, decoded, in order.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.heard: list[object] = []
        self._news = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(), name="wire client")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.leave()

    # Saying.

    async def say(self, event: ClientEvent) -> None:
        await self.connection.send(encode_event(event))

    async def send(self, frame: str | bytes) -> None:
        await self.connection.send(frame)

    # Hearing.

    async def hear(self, kind: type[Said], **fields: object) -> Said:
        """Wait for the next message of a kind with these values, and take it out of `heard`."""
        async with asyncio.timeout(WAIT_S):
            while True:
                for index, message in enumerate(self.heard):
                    if isinstance(message, kind) and _has(message, fields):
                        del self.heard[index]
                        return message
                assert not self._listening.done(), f"closed {self.close_code}; heard {self.heard}"
                self._news.clear()
                await self._news.wait()

    async def hear_closed(self) -> tuple[int | None, str | None]:
        """Wait for the end of the connection, and return code and reason."""
        async with asyncio.timeout(WAIT_S):
            await asyncio.wait([self._listening])
        return self.connection.close_code, self.connection.close_reason

    @property
    def close_code(self) -> int | None:
        return self.connection.close_code

    # A few steps that most tests take.

    async def sign_in(self, token: str) -> AuthSuccess:
        await self.say(Auth(token=token))
        return await self.hear(AuthSuccess)

    async def open(self, document: DocumentName, state_vector: bytes = b"\x00") -> bytes:
        """Open a document, and return the update that brings everything it has beyond a state."""
        await self.send(frames.sync_step1(document, state_vector))
        while True:
            message = (await self.hear(frames.Sync, document=document)).message
            if isinstance(message, SyncStep2):
                break
            assert not isinstance(message, SyncStep1), "its step 1 came before the step 2"
        return message.update

    async def hear_update(self, document: DocumentName) -> bytes:
        """Return the next update of an open document, past the server's question for one."""
        while True:
            message = (await self.hear(frames.Sync, document=document)).message
            if not isinstance(message, SyncStep1):
                return message.update

    async def write(self, document: DocumentName, update: bytes) -> bool:
        """Send an update, and return whether the server has it, when it says so."""
        await self.send(frames.sync_update(document, update))
        return (await self.hear(frames.SyncStatus, document=document)).saved

    async def leave(self) -> None:
        # After a reset asyncio's transport has let go of its loop; closing it again would fail.
        if not self.connection.transport.is_closing():
            await self.connection.close()
        await asyncio.wait([self._listening])

    async def _listen(self) -> None:
        try:
            with contextlib.suppress(ConnectionClosed):
                while True:
                    frame = await self.connection.recv()
                    self.heard.append(_decoded(frame))
                    self._news.set()
        finally:
            self._news.set()


@contextlib.asynccontextmanager
async def wire_client(
    url: str, token: str | None = None, *, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[WireClient]:
    """Connect while the block lasts, signed in if there is a token."""
    connection = await connect(url, ssl=tls, compression=None, max_size=None, proxy=None)
    async with WireClient(connection) as client:
        if token is not None:
            await client.sign_in(token)
        yield client


def _decoded(frame: str | bytes) -> object:
    if isinstance(frame, str):
        return decode_server_event(frame)
    return frames.decode_server_frame(frame, Limits())


def _has(message: object, fields: dict[str, object]) -> bool:
    return all(getattr(message, name, ...) == value for name, value in fields.items())
