"""A window comes to a ProShare room that is full, or whose time is up: one sentence each."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.errors import notice_message
from app.model.notices import NoticeKind
from app.ui.editor_window import EditorWindow
from collab_server.cli import main
from collab_server.protocol.events import Join, RoomJoined
from collab_server.protocol.names import parse_room
from tests.e2e.conftest import Desk
from tests.eventually import eventually
from tests.support.api_client import API_KEY, ApiClient
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import wire_client

pytestmark = pytest.mark.e2e

WITHIN_S = 60.0
ROOM = parse_room("proshare_room_X7K2")


@pytest.fixture
async def server(desk: Desk, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    folder = tmp_path / "server"
    folder.mkdir()
    settings = {"COLLAB_API_KEY": API_KEY}
    with running_server(folder, "--internal-port", "0", settings=settings) as process:
        yield process
        while desk.windows:
            await desk.windows.pop().close()


def put_terms(server: ServerProcess, **terms: object) -> None:
    port = server.ready["internal_port"]
    assert isinstance(port, int)
    assert ApiClient(port).put(f"/api/rooms/{ROOM}", terms).status == 200


async def link_to(server: ServerProcess, capsys: pytest.CaptureFixture[str]) -> str:
    """Make an invitation as an operator does."""
    options = ["--db", f"sqlite:///{server.database}", "--public-url", server.url]
    asked = ["invite", "--room", ROOM, "--perm", "rwh", "--uses", "9", *options]
    assert await asyncio.to_thread(main, asked) == 0  # it runs a loop of its own
    return capsys.readouterr().out.strip()


async def says(window: EditorWindow, text: str) -> None:
    await eventually(lambda: window.window.banner.message == text, timeout_s=WITHIN_S, what=text)


async def test_a_full_room_and_one_whose_time_is_up_are_said_in_a_sentence(
    desk: Desk, server: ServerProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    put_terms(server, max_users=1)
    link = await link_to(server, capsys)
    window = desk.open_window("Ada")
    async with wire_client(server.url, server.token("7", rooms={ROOM: "rwh"})) as other:
        await other.say(Join(room=ROOM))
        await other.hear(RoomJoined)

        window.join(link)
        await says(window, notice_message(NoticeKind.DOCUMENT_DENIED, "room_full"))

        put_terms(server, expires_at=int(time.time()) - 1)
        late = desk.open_window("Bob")
        late.join(link)
        await says(late, notice_message(NoticeKind.DOCUMENT_DENIED, "room_closed"))
