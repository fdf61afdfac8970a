"""Find in folder, in a window."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QToolButton

from app.ui.editor_window import EditorWindow
from tests.eventually import eventually


@pytest.fixture
async def folder(tmp_path: Path, window: EditorWindow) -> Path:
    """A folder with three files, open in the window."""
    (tmp_path / "src").mkdir()
    (tmp_path / "a.py").write_text("one = 1\n\n\n  two = 😀 one + one\n")
    (tmp_path / "src" / "b.py").write_text("nothing\nOne\n")
    (tmp_path / "c.py").write_text("three\n")
    assert window.project.open_folder(tmp_path)
    return tmp_path


async def said(window: EditorWindow, text: str) -> None:
    await eventually(lambda: window.window.search.status_text == text, what=f"{text!r}")


def type_query(window: EditorWindow, text: str) -> None:
    field = window.window.search.findChildren(QLineEdit)[0]
    field.setText(text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def rows(window: EditorWindow) -> list[tuple[str, list[str]]]:
    model = window.window.found
    files = [model.index(row, 0) for row in range(model.rowCount())]
    return [
        (
            str(file.data()),
            [str(model.index(row, 0, file).data()) for row in range(model.rowCount(file))],
        )
        for file in files
    ]


async def test_what_is_selected_is_looked_for_in_all_files_and_gone_to(
    window: EditorWindow, folder: Path
) -> None:
    window.open_file(folder / "a.py")
    window.editor.select(0, 3)

    window.window.actions_by_id["edit.find_in_folder"].trigger()
    await said(window, "4 results in 2 files")

    assert window.window.actions_by_id["view.search"].isChecked()
    assert rows(window) == [
        ("a.py  3", ["1: one = 1", "4: two = 😀 one + one", "4: two = 😀 one + one"]),
        ("src/b.py  1", ["2: One"]),
    ]
    view, model = window.window.search.view, window.window.found
    view.activated.emit(model.index(2, 0, model.index(0, 0)))
    assert (window.name, window.editor.textCursor().selectedText()) == ("a.py", "one")
    assert window.editor.textCursor().positionInBlock() == 20
    view.activated.emit(model.index(0, 0, model.index(1, 0)))
    assert (window.name, window.editor.textCursor().selectedText()) == ("b.py", "One")
    window.window.actions_by_id["go.back"].trigger()
    assert window.name == "a.py"


async def test_what_is_typed_counts_and_not_what_is_on_the_disk(
    window: EditorWindow, folder: Path
) -> None:
    window.open_file(folder / "c.py")
    window.editor.insertPlainText("needle ")

    type_query(window, "needle")
    await said(window, "1 result in 1 file")

    assert rows(window) == [("c.py  1", ["1: needle three"])]


async def test_another_query_takes_the_place_of_one_that_is_under_way(
    window: EditorWindow, folder: Path
) -> None:
    for number in range(300):
        (folder / f"many{number}.txt").write_text("one\n" * 100)

    type_query(window, "one")
    type_query(window, "three")
    await said(window, "1 result in 1 file")

    assert rows(window) == [("c.py  1", ["1: three"])]


async def test_what_cannot_be_found_is_said(window: EditorWindow, folder: Path) -> None:
    type_query(window, "nowhere")
    await said(window, "Nothing found in 3 files.")

    regex = next(b for b in window.window.search.findChildren(QToolButton) if b.text() == ".*")
    regex.setChecked(True)
    type_query(window, "(")
    await eventually(lambda: "No valid pattern" in window.window.search.status_text, what="words")
    type_query(window, "")
    await said(window, "")
    window.project.close_folder()
    type_query(window, "one")
    await said(window, "Open a folder to search in it.")


async def test_a_file_that_is_gone_is_said(window: EditorWindow, folder: Path) -> None:
    type_query(window, "three")
    await said(window, "1 result in 1 file")
    (folder / "c.py").unlink()

    model = window.window.found
    window.window.search.view.activated.emit(model.index(0, 0, model.index(0, 0)))

    assert "c.py" in window.window.banner.message


async def test_a_text_that_was_opened_by_a_link_counts_instead_of_the_disk(
    window: EditorWindow, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    link = tmp_path_factory.mktemp("elsewhere") / "link"
    link.symlink_to(folder, target_is_directory=True)
    window.open_file(link / "c.py")
    window.editor.insertPlainText("needle ")

    type_query(window, "needle")

    await said(window, "1 result in 1 file")
    assert rows(window) == [("c.py  1", ["1: needle three"])]
