"""One window put together: files, and what would be lost."""

import os
from pathlib import Path

from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.model.notices import Notice, NoticeKind
from app.ui.dialogs.join import JoinDialog
from app.ui.dialogs.unsaved import Choice, UnsavedDialog
from app.ui.editor_window import EditorWindow
from app.ui.theme import ThemeChoice
from tests.eventually import eventually
from tests.unit.app.ui.shell.window_world import trigger


def unsaved_dialogs(window: EditorWindow) -> list[UnsavedDialog]:
    return window.window.findChildren(UnsavedDialog)


async def test_a_file_is_opened_with_its_name_and_its_way_of_writing(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = tmp_path / "café.py"
    path.write_bytes("\ufeffprint('😀')\r\n".encode())

    assert window.open_file(path)

    assert window.text == "print('😀')\n"
    assert window.window.windowTitle() == "café.py[*] — CodeXPro"
    texts = window.window.status_texts
    assert (texts["encoding"], texts["line_ending"]) == ("UTF-8 with BOM", "CRLF")
    assert texts["language"] == "Python"


async def test_mixed_line_ends_are_said_until_a_save_makes_them_alike(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = tmp_path / "mixed.txt"
    path.write_bytes(b"a\r\nb\nc\r\nno end")

    window.open_file(path)

    assert window.window.status_texts["line_ending"] == "CRLF, were mixed"
    await eventually(lambda: window.window.status_texts.get("final_newline") == "No newline at end")
    assert window.save()
    assert window.window.status_texts["line_ending"] == "CRLF"
    assert path.read_bytes() == b"a\r\nb\r\nc\r\nno end"


async def test_a_file_that_cannot_be_opened_is_told_and_the_text_stays(
    window: EditorWindow, tmp_path: Path
) -> None:
    window.editor.insertPlainText("mine")

    assert not window.open_file(tmp_path / "missing.py")

    assert window.text == "mine"
    assert "missing.py" in window.window.banner.message


async def test_a_save_writes_the_bytes_back_as_they_were(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\r\n")
    window.open_file(path)
    window.editor.insertPlainText("zero\n")
    assert window.window.isWindowModified()

    assert window.save()

    assert path.read_bytes() == b"zero\r\none\r\n"
    assert not window.window.isWindowModified()


async def test_a_save_that_fails_is_told_and_the_text_stays_unsaved(
    window: EditorWindow, tmp_path: Path
) -> None:
    window.editor.insertPlainText("x")

    assert not window.save(tmp_path / "no" / "such" / "folder.txt")

    assert window.window.banner.message != ""
    assert window.is_modified


async def test_an_unchanged_window_closes_without_a_question(
    window: EditorWindow, qtbot: QtBot
) -> None:
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))

    window.window.close()

    assert unsaved_dialogs(window) == []
    await eventually(lambda: closed)


async def test_cancelling_the_question_keeps_the_window(window: EditorWindow) -> None:
    window.editor.insertPlainText("x")

    window.window.close()
    unsaved_dialogs(window)[0].press(Choice.CANCEL)

    assert window.window.isVisible()


async def test_discarding_closes_the_window(window: EditorWindow) -> None:
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    window.editor.insertPlainText("x")

    window.window.close()
    unsaved_dialogs(window)[0].press(Choice.DISCARD)

    await eventually(lambda: closed)


async def test_saving_writes_the_file_and_then_closes(window: EditorWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("")
    window.open_file(path)
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    window.editor.insertPlainText("kept")

    window.window.close()
    unsaved_dialogs(window)[0].press(Choice.SAVE)

    await eventually(lambda: closed)
    assert path.read_text() == "kept"


async def test_saving_a_text_without_a_file_asks_where(window: EditorWindow) -> None:
    window.editor.insertPlainText("x")

    window.window.close()
    unsaved_dialogs(window)[0].press(Choice.SAVE)

    assert window.window.isVisible()
    dialog = window.window.findChildren(QFileDialog)[0]
    dialog.reject()


async def test_closing_an_unsaved_tab_asks_first(window: EditorWindow) -> None:
    window.editor.insertPlainText("x")

    trigger(window, "file.close_tab")
    unsaved_dialogs(window)[0].press(Choice.DISCARD)

    assert window.tabs.titles == ("Welcome",)
    assert not window.is_modified


async def test_an_untouched_empty_text_makes_way_for_a_file(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = tmp_path / "a.py"
    path.write_text("a")

    window.open_file(path)

    assert window.tabs.titles == ("a.py",)


async def test_a_file_that_is_open_comes_to_the_front_instead_of_twice(
    window: EditorWindow, tmp_path: Path
) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(name)
        window.open_file(tmp_path / name)
    (tmp_path / "link.py").symlink_to(tmp_path / "a.py")

    window.open_file(tmp_path / "link.py")

    assert window.tabs.titles == ("a.py", "b.py")
    assert window.text == "a.py"


async def test_undoing_back_to_the_saved_text_clears_the_mark(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = tmp_path / "a.py"
    path.write_text("saved")
    window.open_file(path)
    window.editor.insertPlainText("x")
    assert window.tabs.titles == ("● a.py",)

    window.undo()

    assert window.tabs.titles == ("a.py",)
    assert not window.is_modified


async def test_two_files_of_one_name_say_their_folders(
    window: EditorWindow, tmp_path: Path
) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "main.py").write_text(folder)
        window.open_file(tmp_path / folder / "main.py")

    assert window.tabs.titles == ("main.py — one", "main.py — two")


async def test_closing_the_window_asks_once_about_all_texts(
    window: EditorWindow, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("a.py", "b.py")]
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    for path in paths:
        path.write_text("")
        window.open_file(path)
        window.editor.insertPlainText(path.name)

    window.window.close()
    unsaved_dialogs(window)[0].press(Choice.SAVE)

    await eventually(lambda: closed)
    assert [path.read_text() for path in paths] == ["a.py", "b.py"]


async def test_a_theme_colours_the_text_too(window: EditorWindow) -> None:
    window.window.theme_requested.emit(ThemeChoice.DARK)

    assert window.editor.colors.background.lightness() < 60
    assert window.window.actions_by_id["view.theme_dark"].isChecked()


async def test_the_status_bar_follows_the_caret(window: EditorWindow) -> None:
    window.editor.insertPlainText("one\ntwo")

    await eventually(lambda: window.window.status_texts.get("place") == "Ln 2, Col 4")


async def test_a_missing_keyring_is_said_and_stops_nothing(window: EditorWindow) -> None:
    window.ask_to_join("codexpro://join/127.0.0.1:1/0123456789abcdef")

    window.collaboration.notice_raised.emit(Notice(NoticeKind.SECRETS_IN_MEMORY))

    assert "keyring" in window.window.banner.message
    dialog = window.window.findChild(JoinDialog)
    assert dialog is not None
    assert dialog.error_text == ""
    dialog.reject()


async def test_that_the_journals_are_mended_is_good_news(window: EditorWindow) -> None:
    window.journals.say(Notice(NoticeKind.JOURNAL_FAILED, "No space left on device"))
    before = window.window.banner.property("tone")

    window.journals.say(Notice(NoticeKind.JOURNAL_MENDED))

    assert (before, window.window.banner.property("tone")) == ("trouble", "good")


async def test_a_file_whose_name_is_no_utf_8_is_edited_and_saved(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    path.write_text("one\n")

    assert window.open_file(path)
    window.editor.insertPlainText("typed ")

    assert window.save()
    assert path.read_text() == "typed one\n"
