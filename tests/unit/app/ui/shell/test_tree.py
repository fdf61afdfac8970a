"""What is done with the files of the folder's tree, in a window."""

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QDialogButtonBox, QDockWidget, QMenu

from app.ui.dialogs.name import NameDialog
from app.ui.dialogs.trash import TrashDialog
from app.ui.editor_window import EditorWindow
from tests.eventually import eventually


@pytest.fixture
async def folder(tmp_path: Path, window: EditorWindow, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is open in the window, and a trash of the test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / "a.py").write_text("a = 1\n")
    (root / "src" / "b.py").write_text("b = 2\n")
    assert window.project.open_folder(root)
    return root


def in_trash(home: Path, name: str) -> str:
    return (home / "data" / "Trash" / "files" / name).read_text()


def mark(window: EditorWindow, path: Path) -> None:
    window.project.mark(path)
    assert window.tree.marked == path


def asked(window: EditorWindow, action_id: str) -> NameDialog:
    window.window.actions_by_id[action_id].trigger()
    return next(each for each in window.window.findChildren(NameDialog) if each.isVisible())


def shown(window: EditorWindow) -> list[str]:
    """Return the names in the tree, those in folders behind them."""
    model = window.window.project.view.model()
    names: list[str] = []
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        names.append(str(index.data()))
        names += [str(model.index(each, 0, index).data()) for each in range(model.rowCount(index))]
    return names


async def test_a_new_file_is_made_beside_what_is_marked_shown_and_opened(
    window: EditorWindow, folder: Path
) -> None:
    mark(window, folder / "src" / "b.py")
    dialog = asked(window, "file.new_in_folder")

    dialog.enter("b.py")
    assert dialog.error_text == "There is a “b.py” here already. Choose another name."
    dialog.enter("../c.py")
    assert dialog.error_text.startswith("No file can be called so")
    dialog.enter("c.py")

    assert not dialog.isVisible()
    assert (folder / "src" / "c.py").read_bytes() == b""
    assert window.path == folder / "src" / "c.py"
    assert shown(window) == ["src", "b.py", "c.py", "a.py"]
    assert window.tree.marked == folder / "src" / "c.py"


async def test_a_new_folder_is_made_in_the_marked_one(window: EditorWindow, folder: Path) -> None:
    mark(window, folder / "src")

    asked(window, "file.new_folder").enter("deep")

    assert (folder / "src" / "deep").is_dir()
    assert window.tree.marked == folder / "src" / "deep"


async def test_with_nothing_marked_the_folder_itself_is_meant_and_never_renamed(
    window: EditorWindow, folder: Path
) -> None:
    assert window.tree.marked == folder

    window.window.actions_by_id["file.rename"].trigger()
    window.window.actions_by_id["file.trash"].trigger()
    assert [d for d in window.window.findChildren(NameDialog) if d.isVisible()] == []
    assert [d for d in window.window.findChildren(TrashDialog) if d.isVisible()] == []
    asked(window, "file.new_in_folder").enter("top.py")

    assert (folder / "top.py").exists()


async def test_open_texts_follow_a_rename_with_what_was_typed(
    window: EditorWindow, folder: Path
) -> None:
    window.open_file(folder / "a.py")
    window.editor.insertPlainText("typed ")
    mark(window, folder / "a.py")

    asked(window, "file.rename").enter("a.js")

    assert window.path == folder / "a.js"
    assert window.front.language == "javascript"
    assert window.tabs.titles == ("● a.js",)
    assert window.save()
    assert (folder / "a.js").read_text() == "typed a = 1\n"
    assert sorted(os.listdir(folder)) == ["a.js", "src"]
    assert window.window.banner.message == ""


async def test_a_text_that_was_opened_by_a_link_follows_a_rename_too(
    window: EditorWindow, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    window.open_file(tmp_path / "link" / "src" / "b.py")
    window.editor.insertPlainText("typed ")
    mark(window, folder / "src")

    asked(window, "file.rename").enter("lib")
    assert window.save()

    assert window.path == folder / "lib" / "b.py"
    assert (folder / "lib" / "b.py").read_text() == "typed b = 2\n"
    assert not (folder / "src").exists()


async def test_open_texts_follow_the_rename_of_a_folder_above_them(
    window: EditorWindow, folder: Path
) -> None:
    window.open_file(folder / "src" / "b.py")
    mark(window, folder / "src")

    asked(window, "file.rename").enter("lib")

    assert window.path == folder / "lib" / "b.py"
    window.disk.look_at_all()
    (folder / "lib" / "b.py").write_text("b = 3\n")
    await eventually(lambda: window.text == "b = 3\n", what="the change on the disk")
    assert not window.is_modified


async def test_what_was_moved_to_the_trash_can_be_taken_back_and_its_text_stays(
    window: EditorWindow, folder: Path, tmp_path: Path
) -> None:
    window.open_file(folder / "a.py")
    mark(window, folder / "a.py")
    window.window.actions_by_id["file.trash"].trigger()
    dialog = next(d for d in window.window.findChildren(TrashDialog) if d.isVisible())

    dialog.findChildren(QDialogButtonBox)[0].accepted.emit()

    assert not (folder / "a.py").exists()
    assert in_trash(tmp_path, "a.py") == "a = 1\n"
    assert shown(window)[:1] == ["src"]
    assert "a.py" not in shown(window)
    await eventually(lambda: "deleted or moved" in window.window.banner.message, what="a word")
    assert window.text == "a = 1\n"


async def test_what_is_gone_already_is_told(window: EditorWindow, folder: Path) -> None:
    mark(window, folder / "a.py")
    window.window.actions_by_id["file.trash"].trigger()
    dialog = next(d for d in window.window.findChildren(TrashDialog) if d.isVisible())
    (folder / "a.py").unlink()

    dialog.findChildren(QDialogButtonBox)[0].accepted.emit()

    assert "a.py" in window.window.banner.message
    assert "a.py" not in shown(window)


@pytest.mark.qt_log_ignore("This plugin does not support")
async def test_the_tree_s_menu_has_the_commands_of_the_table(
    window: EditorWindow, folder: Path
) -> None:
    view = window.window.project.view
    mark(window, folder / "a.py")

    view.customContextMenuRequested.emit(view.visualRect(view.currentIndex()).center())
    (menu,) = [each for each in view.findChildren(QMenu) if each.isVisible()]
    texts = [action.text() for action in menu.actions()]
    menu.close()
    view.customContextMenuRequested.emit(QPoint(5, view.viewport().height() - 2))

    assert texts == ["New File in Folder…", "New Folder…", "Rename…", "Move to Trash…"]
    assert window.tree.marked == folder
    for menu in view.findChildren(QMenu):
        menu.close()
    window.project.close_folder()
    assert not window.window.actions_by_id["file.rename"].isEnabled()


async def test_a_folder_is_called_as_it_is_called(window: EditorWindow, tmp_path: Path) -> None:
    folder = tmp_path / "R&D"
    folder.mkdir()
    assert window.project.open_folder(folder)
    dock = window.window.findChild(QDockWidget, "project")
    assert dock is not None

    # As a mnemonic a single `&` is not drawn, and the letter after it is underlined.
    assert dock.windowTitle() == "R&&D"
