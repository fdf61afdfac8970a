"""Several texts in one window, some of them shared, with a real server."""

import os
import signal
from pathlib import Path

import pytest

from app.model.connection import LinkPhase, SavePhase
from app.ui.editor_window import EditorWindow
from tests.e2e.conftest import Desk
from tests.e2e.test_main_job import stored_text
from tests.eventually import eventually

pytestmark = pytest.mark.e2e


async def share_next(window: EditorWindow, path: Path) -> None:
    """Open a file in a tab more and share it too."""
    assert window.open_file(path)
    window.share()
    await eventually(lambda: window.document_name != "", what="the shared document")
    await stored(window)


async def stored(window: EditorWindow) -> None:
    """Wait until the server has everything."""
    await eventually(
        lambda: (
            window.save_state.phase is SavePhase.SAVED
            and window.collaboration.link.phase is LinkPhase.LIVE
        ),
        what="the server's word",
    )


async def test_every_shared_tab_comes_back_after_the_server_was_killed(
    desk: Desk, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("one.py", "two.py", "own.py")]
    for path in paths:
        path.write_text(f"# {path.name}\n")
    ada = desk.open_window("Ada", is_host=True)
    await share_next(ada, paths[0])
    await share_next(ada, paths[1])
    assert ada.open_file(paths[2])
    one, two, own = ada.tabs.texts

    assert desk.server.process_id is not None
    os.kill(desk.server.process_id, signal.SIGKILL)
    for text in (one, two, own):
        text.editor.insertPlainText("meanwhile 😀\n")
    await eventually(lambda: ada.save_state.phase is SavePhase.WAITING, what="changes that wait")
    await stored(ada)

    names = [text.shared.name for text in (one, two) if text.shared is not None]
    wanted = ["meanwhile 😀\n# one.py\n", "meanwhile 😀\n# two.py\n"]
    assert own.shared is None
    await desk.close()
    assert [await stored_text(desk, name) for name in names] == wanted


async def test_closing_a_shared_tab_keeps_the_others_in_the_session(
    desk: Desk, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("one.py", "two.py")]
    for path in paths:
        path.write_text(f"# {path.name}\n")
    ada = desk.open_window("Ada", is_host=True)
    for path in paths:
        await share_next(ada, path)

    ada.files.request_close(ada.tabs.texts[0])
    ada.editor.insertPlainText("still here\n")
    await eventually(lambda: ada.save_state.phase is not SavePhase.SAVED, what="a change")
    await stored(ada)

    assert ada.tabs.titles == ("● two.py",)
    await eventually(lambda: len(ada.collaboration.documents) == 1, what="the closed document")
    ada.window.actions_by_id["file.save"].trigger()
    ada.files.request_close(ada.front)
    await eventually(lambda: not ada.is_in_session, what="the end of the session")


async def test_a_link_for_reading_lets_nobody_type(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "read.py"
    path.write_text("only to be read\n")
    ada = desk.open_window("Ada", is_host=True)
    assert ada.open_file(path)
    ada.session.share(ada.front, is_for_editing=False)
    await eventually(lambda: ada.link_text != "", what="an invitation")
    grace = desk.open_window("Grace")

    grace.join(ada.link_text)
    await eventually(
        lambda: grace.window.status_texts.get("role") == "Viewer", what="the viewer's role"
    )
    grace.editor.insertPlainText("not allowed")

    assert grace.text == "only to be read\n"
    assert grace.binding.is_read_only


async def test_a_guest_is_offered_every_text_that_is_shared_and_all_of_them_come_back(
    desk: Desk, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("one.py", "two.py")]
    for path in paths:
        path.write_text(f"# {path.name}\n")
    ada, grace = await desk.pair(paths[0])

    await share_next(ada, paths[1])
    await eventually(lambda: "two.py" in grace.window.banner.message, what="the offer")
    grace.window.banner.buttons[0].click()
    await eventually(lambda: len(grace.session.shared_texts) == 2, what="the second text")
    assert grace.tabs.titles == ("one.py", "two.py")
    assert grace.text == "# two.py\n"
    assert grace.window.banner.message == ""

    assert desk.server.process_id is not None
    os.kill(desk.server.process_id, signal.SIGKILL)
    for window in (ada, grace):
        for text in window.tabs.texts:
            text.editor.insertPlainText(f"{text.name} 😀\n")
    for window in (ada, grace):
        await stored(window)

    for mine, theirs in zip(ada.tabs.texts, grace.tabs.texts, strict=True):
        await eventually(
            lambda mine=mine, theirs=theirs: (
                mine.replica.text == theirs.replica.text
                and mine.replica.text.count(f"{mine.name} 😀\n") == 2
            ),
            what="equal texts",
        )


async def test_a_guest_who_comes_late_finds_all_texts_by_going_to_them(
    desk: Desk, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("one.py", "two.py", "three.py")]
    for path in paths:
        path.write_text(f"# {path.name}\n")
    ada = desk.open_window("Ada", is_host=True)
    for path in paths:
        await share_next(ada, path)
    grace = desk.open_window("Grace")

    await eventually(lambda: ada.link_text != "")
    grace.join(ada.link_text)
    await eventually(lambda: "2 more texts" in grace.window.banner.message, what="the offer")
    grace.go.ask("three")
    pick = grace.picks.open_pick
    assert pick is not None
    pick.accept()

    await eventually(lambda: grace.text == "# three.py\n", what="the third text")
    assert [file.entry.path for file in grace.session.files_elsewhere] == ["two.py"]
