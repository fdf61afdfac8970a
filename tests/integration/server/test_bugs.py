"""Bugs of ours in one place are trouble for one client, never for the server."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Error
from tests.eventually import eventually
from tests.integration.server.shell import NOTES, Scene, messages_of, open_notes, running_shell
from tests.support.hub_world import decoded
from tests.support.writer import Writer
from tests.unit.collab_server.transport.peer import binary, text

pytestmark = pytest.mark.allow_warnings


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncGenerator[Scene]:
    async with running_shell(tmp_path) as scene:
        yield scene


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
    scene.store.entry.breaks["begin_grants_for"] = 1

    await ada.say(binary(frames.sync_step1(NOTES, b"\x00")))
    await eventually(lambda: not scene.hub.is_held(ada.connection.client))
    await ada.end_turns()
    refused = list(map(decoded, messages_of(ada)))
    opened = await open_notes(ada)

    assert [type(said) for said in refused] == [Error, frames.CloseDocument]
    assert opened


async def test_an_update_that_a_bug_kept_from_the_store_is_stored_later(scene: Scene) -> None:
    ada = await scene.peer()
    await open_notes(ada)
    scene.store.breaks["begin_append"] = 1

    await ada.say(binary(frames.sync_update(NOTES, Writer().insert(0, "kept"))))
    said: list[object] = []

    def is_saved() -> bool:
        said.extend(map(decoded, messages_of(ada)))
        return frames.SyncStatus(NOTES, saved=True) in said

    await eventually(is_saved)
    assert scene.store.breaks == {"begin_append": 0}
    assert frames.SyncStatus(NOTES, saved=False) not in said


async def test_a_bug_after_the_commit_does_not_make_it_a_failure(scene: Scene) -> None:
    ada = await scene.peer()
    await open_notes(ada)
    scene.hub.breaks_in.add("stored")

    await ada.say(binary(frames.sync_update(NOTES, Writer().insert(0, "kept"))))
    await eventually(lambda: scene.hub.is_settled)
    await ada.end_turns()

    assert frames.SyncStatus(NOTES, saved=True) in map(decoded, messages_of(ada))
    assert not scene.hub.store_is_failing
