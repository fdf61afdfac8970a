"""Bugs of ours in one place are trouble for one client, never for the server.

The shell runs in this process, with a hub or a store that breaks on purpose.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from collab_server.core.effects import ClientId
from collab_server.core.hub import Hub, HubConfig
from collab_server.protocol import documents as frames
from collab_server.protocol.events import Auth, Error, Ping, Pong, encode_event
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document
from collab_server.protocol.tokens import TokenClaims, sign_token
from collab_server.storage.store import Store, open_store
from collab_server.transport.pump import Pump
from tests.eventually import eventually
from tests.support.hub_world import decoded
from tests.support.writer import Writer
from tests.unit.collab_server.transport.peer import Peer, binary, text

pytestmark = pytest.mark.allow_warnings

SECRET = b"a secret of tests, which is long enough"
NOTES = parse_document("codexpro_project_7/f/notes")


class BrokenHub(Hub):
    """Breaks when it is told to."""

    def __init__(self) -> None:
        config = HubConfig(keys={"default": SECRET}, limits=Limits())
        super().__init__(config, new_id=lambda: secrets.token_hex(16))
        self.breaks_in: set[str] = set()
        self.ticks = 0

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

    def stored(self, batch: int, now_s: float) -> None:
        super().stored(batch, now_s)
        assert "stored" not in self.breaks_in

    def disconnect(self, client_id: ClientId, now_s: float) -> None:
        super().disconnect(client_id, now_s)
        assert "disconnect" not in self.breaks_in


class BrokenStore:
    """A store each of whose verbs breaks so often, and then works."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.breaks: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        if self.breaks.get(name, 0) > 0:
            self.breaks[name] -= 1
            raise RuntimeError(name)
        return getattr(self._store, name)


class Scene:
    def __init__(self, hub: BrokenHub, store: BrokenStore, pump: Pump) -> None:
        self.hub = hub
        self.store = store
        self.pump = pump

    async def peer(self) -> Peer:
        """Let somebody in who has signed in."""
        peer = Peer(self.pump)
        now_s = int(time.time())
        claims = TokenClaims(
            user_id="ada",
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
        return any(isinstance(said, Pong) for said in map(decoded, _messages(peer)))


def _messages(peer: Peer) -> list[str | bytes]:
    return [said for said in peer.hears() if not isinstance(said, tuple)]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncGenerator[Scene]:
    store = await open_store(f"sqlite:///{tmp_path / 'collab.db'}")
    hub, broken = BrokenHub(), BrokenStore(store)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        pump = Pump(hub, broken, tasks, Limits(), ping_every_s=25.0)  # pyright: ignore[reportArgumentType]
        stack.callback(pump.stop)
        yield Scene(hub, broken, pump)


async def test_a_bug_in_handling_a_frame_closes_that_client_alone(scene: Scene) -> None:
    ada, grace = await scene.peer(), await scene.peer()

    await ada.say(text("bug"))

    assert ada.hears() == [(4001, "internal error")]
    assert not scene.hub.is_signed_in(ada.connection.client)
    assert await scene.is_well(grace)


async def test_a_bug_in_taking_leave_is_nobody_s_trouble(scene: Scene) -> None:
    ada, grace = await scene.peer(), await scene.peer()
    scene.hub.breaks_in.add("disconnect")

    ada.connection.connection_lost(None)

    assert await scene.is_well(grace)


async def test_a_bug_in_the_tick_neither_stops_the_server_nor_makes_it_spin(scene: Scene) -> None:
    ada = await scene.peer()
    scene.hub.breaks_in.add("tick")
    before = scene.hub.ticks
    assert await scene.is_well(ada)
    await eventually(lambda: scene.hub.ticks > before)

    await asyncio.sleep(0.2)
    ticks = scene.hub.ticks - before
    scene.hub.breaks_in.clear()

    assert ticks <= 2
    assert await scene.is_well(ada)


async def test_a_bug_in_the_store_is_an_answer_like_any_failure(scene: Scene) -> None:
    ada = await scene.peer()
    scene.store.breaks["grants_for"] = 1

    await ada.say(binary(frames.sync_step1(NOTES, b"\x00")))
    await eventually(lambda: not scene.hub.is_held(ada.connection.client))
    await ada.end_turns()
    refused = list(map(decoded, _messages(ada)))
    opened = await _open(ada)

    assert [type(said) for said in refused] == [frames.CloseDocument, Error]
    assert opened


async def test_an_update_that_a_bug_kept_from_the_store_is_stored_later(scene: Scene) -> None:
    ada = await scene.peer()
    await _open(ada)
    scene.store.breaks["append"] = 1

    await ada.say(binary(frames.sync_update(NOTES, Writer().insert(0, "kept"))))
    said: list[object] = []

    def is_saved() -> bool:
        said.extend(map(decoded, _messages(ada)))
        return frames.SyncStatus(NOTES, saved=True) in said

    await eventually(is_saved)
    assert frames.SyncStatus(NOTES, saved=False) not in said


async def test_a_bug_after_the_commit_does_not_make_it_a_failure(scene: Scene) -> None:
    ada = await scene.peer()
    await _open(ada)
    scene.hub.breaks_in.add("stored")

    await ada.say(binary(frames.sync_update(NOTES, Writer().insert(0, "kept"))))
    await eventually(lambda: scene.hub.is_settled)
    await ada.end_turns()

    assert frames.SyncStatus(NOTES, saved=True) in map(decoded, _messages(ada))
    assert not scene.hub.store_is_failing


async def _open(peer: Peer) -> bool:
    """Open the document; tell whether its content came."""
    await peer.say(binary(frames.sync_step1(NOTES, b"\x00")))
    said: list[object] = []

    def has_come() -> bool:
        said.extend(map(decoded, _messages(peer)))
        return sum(isinstance(message, frames.Sync) for message in said) == 2

    return await eventually(has_come)
