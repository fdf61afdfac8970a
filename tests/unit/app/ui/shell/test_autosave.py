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


async def test_what_cannot_be_written_is_said_once_in_its_tab(
    saving: EditorWindow, tmp_path: Path
) -> None:
    path, other = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_text("one\n")
    other.write_text("two\n")
    assert saving.files.open_file(path, encoding="cp1252")
    refused = saving.front

    refused.editor.insertPlainText("字")
    await eventually(lambda: "no “字”" in refused.banner.message, what="a word")
    refused.banner.clear()
    refused.editor.insertPlainText("字")
    assert saving.open_file(other)
    saving.editor.insertPlainText("typed ")
    await eventually(lambda: read(other) == "typed two\n", what="a save of the other")

    assert refused.is_modified
    assert (refused.banner.message, read(path)) == ("", "one\n")


async def test_a_file_that_was_deleted_does_not_come_back_by_itself(
    saving: EditorWindow, tmp_path: Path
) -> None:
    gone, other = tmp_path / "a.txt", tmp_path / "b.txt"
    gone.write_text("one\n")
    other.write_text("two\n")
    assert saving.open_file(gone)
    deleted = saving.front
    gone.unlink()
    await eventually(lambda: "deleted or moved" in deleted.banner.message, what="that it is gone")

    deleted.editor.insertPlainText("typed ")
    assert saving.open_file(other)
    saving.editor.insertPlainText("typed ")
    await eventually(lambda: read(other) == "typed two\n", what="a save of the other")

    assert not gone.exists()
    assert saving.files.save(deleted)
    assert read(gone) == "typed one\n"
    deleted.editor.insertPlainText("more ")
    await eventually(lambda: "more" in read(gone), what="a save by itself")
