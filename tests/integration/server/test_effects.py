"""Effects are carried out in order, and each frame is serialised and written once."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from collab_server.core.effects import Announce, ClientId, Close, Level, Relay, Send
from collab_server.transport.logs import Line
from tests.integration.server.shell import Scene, running_shell
from tests.unit.collab_server.transport.peer import Peer

STRANGER = ClientId("gone")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncGenerator[Scene]:
    async with running_shell(tmp_path) as scene:
        yield scene


async def perform(scene: Scene, *effects: object) -> None:
    scene.hub.asks.extend(effects)  # pyright: ignore[reportArgumentType]
    scene.pump.perform()
    await Peer.end_turns()


async def test_a_relay_reaches_every_member_but_a_frame_s_own_sender(scene: Scene) -> None:
    ada, grace, eve = [await scene.peer() for _ in range(3)]
    members = tuple(peer.connection.client for peer in (ada, grace, eve))
    frames = ((members[0], b"of ada"), (members[1], "of grace"), (None, b"of the server"))

    await perform(scene, Relay((*members, STRANGER), frames))

    assert ada.hears() == ["of grace", b"of the server"]
    assert grace.hears() == [b"of ada", b"of the server"]
    assert eve.hears() == [b"of ada", "of grace", b"of the server"]


async def test_a_member_is_written_to_once_a_turn(scene: Scene) -> None:
    ada = await scene.peer()
    client = ada.connection.client
    written = len(ada.transport.writes)

    await perform(
        scene,
        Relay((client,), ((None, b"one"), (None, b"two"))),
        Send(client, "three"),
        Relay((client,), ((STRANGER, b"four"),)),
    )

    assert len(ada.transport.writes) == written + 1
    assert ada.hears() == [b"one", b"two", "three", b"four"]


async def test_a_relay_of_nothing_but_one_s_own_is_silence(scene: Scene) -> None:
    ada = await scene.peer()
    client = ada.connection.client
    written = len(ada.transport.writes)

    await perform(scene, Relay((client,), ((client, b"own"),)))

    assert len(ada.transport.writes) == written


async def test_after_a_close_nothing_is_sent_and_the_hub_hears_of_the_end(scene: Scene) -> None:
    ada = await scene.peer()
    client = ada.connection.client

    await perform(scene, Send(client, "last"), Close(client, 4503, "kicked"), Send(client, "late"))

    assert ada.hears() == ["last", (4503, "kicked")]
    assert not scene.hub.is_signed_in(client)


async def test_effects_for_somebody_who_has_gone_are_nothing(scene: Scene) -> None:
    ada = await scene.peer()

    await perform(scene, Send(STRANGER, "x"), Close(STRANGER, 4500, "x"), Relay((STRANGER,), ()))

    assert await scene.is_well(ada)


async def test_an_announcement_is_logged_with_who_and_where(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    await perform(scene, Announce(Level.INFO, "came in", client=STRANGER, room="chat_x"))

    line = Line().format(caplog.records[-1])
    assert line.endswith("came in client=gone room=chat_x")
