"""Files that are saved by themselves."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from app.tasks import TaskOwner
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.theme import Appearance, ThemeChoice
from tests.eventually import eventually


@pytest.fixture(autouse=True)
def short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ui.autosave_desk.PAUSE_MS", 20)


@pytest.fixture
async def saving(qapp: QApplication, tmp_path: Path) -> AsyncIterator[EditorWindow]:
    """A window of somebody who wanted this last time."""
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("files/autosave", "on")
    tasks = TaskOwner()
    window = compose_window(
        tasks=tasks, appearance=Appearance(qapp, choice=ThemeChoice.LIGHT), settings=settings
    )
    window.show()
    yield window
    await window.close()
    await tasks.stop()


def read(path: Path) -> str:
    return path.read_text()


async def test_a_changed_file_is_saved_a_moment_later(saving: EditorWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\n")
    assert saving.open_file(path)

    saving.editor.insertPlainText("typed ")
    await eventually(lambda: not saving.is_modified, what="a save")

    assert read(path) == "typed one\n"
    saving.undo()
    await eventually(lambda: read(path) == "one\n", what="the undo, saved")


async def test_nothing_is_saved_without_it(window: EditorWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\n")
    assert window.open_file(path)
    assert not window.window.actions_by_id["file.autosave"].isChecked()
    window.editor.insertPlainText("typed ")

    window.window.actions_by_id["file.autosave"].trigger()
    await eventually(lambda: not window.is_modified, what="a save, once it is wanted")

    assert read(path) == "typed one\n"


async def test_a_text_without_a_file_is_left_alone(saving: EditorWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\n")
    saving.editor.insertPlainText("draft")
    assert saving.open_file(path)

    saving.editor.insertPlainText("typed ")
    await eventually(lambda: read(path) == "typed one\n", what="a save")

    assert [text.is_modified for text in saving.tabs.texts] == [True, False]


async def test_what_cannot_be_saved_is_asked_once_and_not_written_over(
    saving: EditorWindow, tmp_path: Path
) -> None:
    path, other = tmp_path / "a.txt", tmp_path / "b.txt"
    for each in (path, other):
        each.write_text("one\n")
        assert saving.open_file(each)
    first = saving.tabs.texts[0]
    path.write_text("by another program\n")

    first.editor.insertPlainText("typed ")
    await eventually(lambda: first.banner.message, what="a question")
    asked = first.banner.message
    first.banner.clear()
    first.editor.insertPlainText("more ")
    saving.editor.insertPlainText("typed ")
    await eventually(lambda: read(other) == "typed one\n", what="the other's save")

    assert "a.txt" in asked
    assert saving.name == "b.txt"
    assert read(path) == "by another program\n"
    assert first.replica.text == "typed more one\n"


async def test_a_folder_that_is_gone_is_said_once_in_its_tab(
    saving: EditorWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "a.txt"
    path.write_text("one\n")
    assert saving.open_file(path)
    path.unlink()
    folder.rmdir()
    await eventually(lambda: "deleted" in saving.front.banner.message, what="the disk's word")
    saving.front.banner.clear()

    saving.editor.insertPlainText("typed ")
    await eventually(lambda: "not there" in saving.front.banner.message, what="a word")

    assert saving.text == "typed one\n"
    assert saving.is_modified
