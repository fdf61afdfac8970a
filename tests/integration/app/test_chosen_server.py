"""Sharing on a server that somebody else runs, with a token of its operator's."""

from pathlib import Path

from app.collab.text_replica import TextReplica
from app.model.notices import NoticeKind
from app.services.chosen_server import ChosenServer
from tests.eventually import eventually
from tests.integration.app.conftest import Desk, Someone
from tests.support.server_process import running_server


async def test_a_text_is_shared_on_the_chosen_server(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with running_server(folder) as server:
        ada = Someone(desk.tasks, ChosenServer(server.url, server.token("7")))
        grace = desk.guest()

        link = await ada.share("shared 😀\n")
        await grace.join(link)
        grace.type(0, "by Grace ")
        await eventually(lambda: ada.is_saved and ada.text == grace.text)

        assert ada.text == "by Grace shared 😀\n"
        assert f":{server.port}/" in link
        await ada.collaboration.shutdown()
        await grace.collaboration.shutdown()
        assert server.process is not None
        assert server.process.poll() is None


async def test_a_wrong_address_or_a_missing_sign_in_is_told(desk: Desk) -> None:
    for server in (ChosenServer("http://example.invalid", "token"), ChosenServer("ws://[", "t")):
        someone = Someone(desk.tasks, server)
        someone.collaboration.share(TextReplica("x"), path="x", name="Ada")
        await eventually(lambda someone=someone: someone.notices)
        assert "ws://" in someone.notices[0].detail
        assert someone.notices[0].kind is NoticeKind.SERVER_UNAVAILABLE
    nameless = Someone(desk.tasks, ChosenServer("ws://127.0.0.1:9/ws", ""))

    nameless.collaboration.share(TextReplica("x"), path="x", name="Ada")
    await eventually(lambda: nameless.notices)

    assert nameless.notices[0].kind is NoticeKind.SIGN_IN_NEEDED
