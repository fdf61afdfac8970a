"""Folders, the Welcome page, large files, and what the next start brings back."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from app.main import Application
from app.model.workspace import TabPlace, Workspace, workspace_from_json
from app.storage.files import LARGEST_FILE_BYTES
from app.storage.workspace_store import WorkspaceStore
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.large_file import LargeFilePage
from app.ui.welcome import WelcomePage
from app.ui.workspace_keeper import WorkspaceKeeper
from tests.e2e.conftest import Desk
from tests.eventually import eventually

pytestmark = pytest.mark.e2e


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name in ("src/main.py", "src/deep/x.py", "readme.md", ".hidden"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\n")
    return root


def names(window: EditorWindow) -> list[str]:
    model = window.window.project.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


async def test_a_folder_shows_its_files_and_follows_the_disk(desk: Desk, folder: Path) -> None:
    window = desk.open_window("Ada")

    window.project.open_folder(folder)
    await eventually(lambda: names(window) == ["src", ".hidden", "readme.md"], what="the tree")
    await eventually(lambda: "src/deep/x.py" in window.project.files, what="the files")
    (folder / "fresh.py").write_text("")

    await eventually(lambda: "fresh.py" in names(window), what="the new file")
    window.window.actions_by_id["go.file"].trigger()
    pick = window.picks.open_pick
    assert pick is not None
    pick.enter("deepx:1")
    pick.accept()
    assert window.text == "src/deep/x.py\n"


async def test_a_click_on_a_file_opens_it(desk: Desk, folder: Path) -> None:
    window = desk.open_window("Ada")
    window.project.open_folder(folder)
    await eventually(lambda: len(names(window)) == 3, what="the tree")
    view = window.window.project.view

    view.clicked.emit(view.model().index(2, 0))

    assert window.name == "readme.md"


async def test_a_folder_that_is_none_is_one_sentence(desk: Desk, folder: Path) -> None:
    window = desk.open_window("Ada")

    assert not window.project.open_folder(folder / "readme.md")

    assert "readme.md" in window.window.banner.message


async def test_the_welcome_page_leads_to_what_was_open_lately(
    desk: Desk, folder: Path, tmp_path: Path
) -> None:
    store = WorkspaceStore(tmp_path / "session.json")
    store.save(Workspace().with_file(str(folder / "readme.md")).with_folder(str(folder)))
    window = compose_window(
        tasks=desk.tasks, appearance=desk.appearance, keeper=WorkspaceKeeper(store)
    )
    desk.windows.append(window)
    window.show()

    window.show_welcome()

    assert window.tabs.titles == ("Welcome",)
    page = window.tabs.currentWidget()
    assert isinstance(page, WelcomePage)
    assert page.recent_texts == ("project", "readme.md")
    page.file_requested.emit(folder / "readme.md")
    assert window.tabs.titles == ("Welcome", "readme.md")
    window.pages.close_front()
    window.pages.close_front()
    assert window.tabs.titles == ("Welcome",)


async def test_without_a_text_in_front_nothing_can_be_saved(desk: Desk) -> None:
    window = desk.open_window("Ada")

    window.show_welcome()

    assert not window.window.actions_by_id["file.save"].isEnabled()
    assert window.window.actions_by_id["session.share"].isEnabled()
    window.window.actions_by_id["file.new"].trigger()
    assert window.window.actions_by_id["file.save"].isEnabled()


async def test_a_file_too_large_to_edit_is_read_part_by_part(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "large.log"
    path.write_bytes(b"first\n" + b"x" * LARGEST_FILE_BYTES + b"\nlast\n")
    window = desk.open_window("Ada")

    assert not window.open_file(path)

    page = window.tabs.currentWidget()
    assert isinstance(page, LargeFilePage)
    assert window.tabs.titles == ("Untitled", "large.log")
    assert page.text.startswith("first\n")
    assert "not edited" in page.banner.message
    page.show_part(10)
    assert page.text.endswith("last\n")
    assert page.place_text.startswith("Part 11 of 11")
    assert not window.window.actions_by_id["file.save"].isEnabled()


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the editor as a person does."""
    return subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "CODEXPRO_DATA_DIR": str(home)},
    )


def write(path: str, text: str) -> None:
    Path(path).write_text(text)


def kept(home: Path) -> Workspace:
    """Return what the editor wrote down; nothing while it has not."""
    path = home / "session.json"
    return workspace_from_json(path.read_text()) if path.exists() else Workspace()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
async def test_a_start_brings_back_what_another_process_had_open(
    tmp_path: Path, end: signal.Signals
) -> None:
    home, folder = tmp_path / "home", tmp_path / "project"
    folder.mkdir()
    paths = [str(folder / name) for name in ("one.py", "two.py")]
    for path in paths:
        write(path, "0123456789\n" * 50)

    with start(home, str(folder), *paths) as first:
        await eventually(
            lambda: kept(home).windows and len(kept(home).windows[0].tabs) == 2,
            what="the session file",
            timeout_s=60,
        )
        first.send_signal(end)
        first.wait(timeout=60)
    # Carets elsewhere, and another tab in front.
    window = kept(home).windows[0]
    tabs = (TabPlace(paths[0], 4, 8), TabPlace(paths[1], 44, 44))
    wanted = replace(window, tabs=tabs, front=0)
    WorkspaceStore(home / "session.json").save(replace(kept(home), windows=(wanted,)))
    with start(home) as second:
        await eventually(lambda: not (home / "session.json.previous").unlink(missing_ok=True))
        await eventually(
            lambda: (home / "session.json.previous").exists(), what="a save", timeout_s=60
        )
        second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=60) == 0

    assert window.folder == str(folder)
    assert [(tab.path, tab.anchor_utf16, tab.head_utf16) for tab in kept(home).windows[0].tabs] == [
        (tab.path, tab.anchor_utf16, tab.head_utf16) for tab in tabs
    ]
    assert kept(home).windows[0].front == 0
    assert kept(home).windows[0].folder == str(folder)


async def test_a_broken_list_of_what_was_open_is_kept_and_said(
    desk: Desk, qapp: QApplication, tmp_path: Path
) -> None:
    store = WorkspaceStore(tmp_path / "session.json")
    (tmp_path / "session.json").write_bytes(b"\0" * 100)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)

    running = Application(qapp, settings=settings, store=store)
    running.restore()

    window = running.windows[0]
    desk.windows.append(window)
    assert "session.json.broken-1" in window.window.banner.message
    assert (tmp_path / "session.json.broken-1").read_bytes() == b"\0" * 100
    await window.close()
    desk.windows.remove(window)
    await running.tasks.stop()
