"""The shell around the hub, in the process of a test: real store, real hub, peers without sockets.

Hub and store can be made to break, and the hub to ask for anything.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from collab_server.core.document_answers import DocumentAnswers
from collab_server.core.effects import ClientId, DocumentAppend, Effect
from collab_server.core.hub import Hub, HubConfig
from collab_server.protocol import documents as frames
from collab_server.protocol.events import Auth, Ping, Pong, encode_event
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document
from collab_server.protocol.tokens import TokenClaims, sign_token
from collab_server.storage.store import Store, open_store
from collab_server.transport.pump import Pump
from collab_server.transport.workers import Workers
from tests.eventually import eventually
from tests.support.hub_world import decoded
from tests.unit.collab_server.transport.peer import Peer, binary, text

SECRET = b"a secret of tests, which is long enough"
NOTES = parse_document("codexpro_project_7/f/notes")


class OddAnswers:
    """Hears what the store answers, and breaks when it is told to."""

    def __init__(self, answers: DocumentAnswers, breaks_in: set[str]) -> None:
        self._answers = answers
        self._breaks_in = breaks_in

    def __getattr__(self, name: str) -> Any:
        return getattr(self._answers, name)

    def stored(self, batch: int, now_s: float) -> None:
        self._answers.stored(batch, now_s)
        assert "stored" not in self._breaks_in


class OddHub(Hub):
    """Asks for what it is told to ask, and breaks when it is told to."""

    def __init__(self) -> None:
        config = HubConfig(keys={"default": SECRET}, limits=Limits())
        super().__init__(config, new_id=lambda: secrets.token_hex(16))
        self.breaks_in: set[str] = set()
        self.ticks = 0
        self.asks: list[Effect] = []
        answers: Any = OddAnswers(self.document_answers, self.breaks_in)
        self.document_answers = answers

    def take_effects(self) -> list[Effect]:
        asked, self.asks = self.asks, []
        return super().take_effects() + asked

    def receive_text(
        self, client_id: ClientId, data: str | bytes, now_s: float, now_unix_s: float
    ) -> None:
        assert data != "bug", data
        super().receive_text(client_id, data, now_s, now_unix_s)

    def tick(self, now_s: float) -> None:
        self.ticks += 1
        assert "tick" not in self.breaks_in
        super().tick(now_s)

    def next_deadline_s(self) -> float | None:
        return 0.0 if "tick" in self.breaks_in else super().next_deadline_s()

    def disconnect(self, client_id: ClientId, now_s: float) -> None:
        super().disconnect(client_id, now_s)
        assert "disconnect" not in self.breaks_in


class OddPart:
    """A part of a store each of whose verbs breaks so often, and then works."""

    def __init__(self, part: object) -> None:
        self._part = part
        self.breaks: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        if self.breaks.get(name, 0) > 0:
            self.breaks[name] -= 1
            raise RuntimeError(name)
        return getattr(self._part, name)


class OddStore(OddPart):
    """A store that breaks, and that a disk changes."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.entry: Any = OddPart(store.entry)
        self.becomes: dict[bytes, bytes] = {}  # updates that the disk makes others of

    def begin_append(
        self, rows: Sequence[DocumentAppend], told: Callable[[Exception | None], None]
    ) -> None:
        changed = [
            replace(row, updates=tuple(self.becomes.get(each, each) for each in row.updates))
            for row in rows
        ]
        self.__getattr__("begin_append")(changed, told)


class Scene:
    def __init__(self, hub: OddHub, store: OddStore, pump: Pump) -> None:
        self.hub = hub
        self.store = store
        self.pump = pump

    async def peer(self, user: str = "ada") -> Peer:
        """Let somebody in who has signed in."""
        peer = Peer(self.pump)
        now_s = int(time.time())
        claims = TokenClaims(
            user_id=user,
            issued_at_s=now_s,
            expires_at_s=now_s + 60,
            nonce=secrets.token_hex(),
            rooms={"codexpro_project_7": "rw"},
        )
        await peer.say(text(encode_event(Auth(token=sign_token(claims, SECRET)))))
        await eventually(lambda: self.hub.is_signed_in(peer.connection.client))
        await peer.end_turns()
        peer.hears()
        return peer

    async def is_well(self, peer: Peer) -> bool:
        await peer.say(text(encode_event(Ping(t="well"))))
        return any(isinstance(said, Pong) for said in map(decoded, messages_of(peer)))


def messages_of(peer: Peer) -> list[str | bytes]:
    return [said for said in peer.hears() if not isinstance(said, tuple)]


async def open_notes(peer: Peer) -> bool:
    """Open the document; tell whether its content came."""
    await peer.say(binary(frames.sync_step1(NOTES, b"\x00")))
    said: list[object] = []

    def has_come() -> bool:
        said.extend(map(decoded, messages_of(peer)))
        return sum(isinstance(message, frames.Sync) for message in said) == 2

    return await eventually(has_come)


@contextlib.asynccontextmanager
async def running_shell(folder: Path) -> AsyncGenerator[Scene]:
    """Run a pump while the block lasts."""
    store = await open_store(f"sqlite:///{folder / 'collab.db'}")
    hub, odd_store = OddHub(), OddStore(store)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        workers = Workers()
        stack.push_async_callback(workers.close)
        pump = Pump(hub, odd_store, workers, tasks, Limits(), ping_every_s=25.0)  # pyright: ignore[reportArgumentType]
        stack.callback(pump.stop)
        yield Scene(hub, odd_store, pump)
