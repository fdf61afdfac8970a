"""Files on a real disk that other programs change, and disks that take nothing."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.ui.dialogs.compare import CompareDialog
from app.ui.editor_window import EditorWindow
from tests.e2e.conftest import Desk
from tests.eventually import eventually
from tests.support.full_disk import no_file_larger_than

if TYPE_CHECKING:
    from app.ui.widgets.pick import Pick

pytestmark = pytest.mark.e2e

SMALL_BYTES = 4096


@pytest.fixture
def window(desk: Desk) -> EditorWindow:
    return desk.open_window("Ada")


def opened(window: EditorWindow, path: Path, text: str) -> Path:
    path.write_text(text)
    assert window.open_file(path)
    return path


def replace_by_rename(path: Path, text: str) -> None:
    """Write a file as most editors and git do."""
    fresh = path.with_name("fresh")
    fresh.write_text(text)
    fresh.replace(path)


def press(window: EditorWindow, text: str) -> None:
    """Press a button of the banner in front."""
    button = next(b for b in window.window.banner.buttons if b.text() == text)
    button.click()


@pytest.mark.parametrize("write", [Path.write_text, replace_by_rename])
async def test_a_clean_text_takes_what_another_program_wrote(
    window: EditorWindow, tmp_path: Path, write
) -> None:
    path = opened(window, tmp_path / "a.py", "one\ntwo\nthree\n")
    window.editor.select(9, 9)

    write(path, "zero\none\ntwo\nthree 😀\n")

    await eventually(lambda: window.text == "zero\none\ntwo\nthree 😀\n", what="the new text")
    assert window.editor.selection.head_utf16 == 14
    assert not window.is_modified
    assert window.window.banner.message == ""
    window.undo()
    assert window.text == "one\ntwo\nthree\n"
    assert window.is_modified


async def test_a_changed_text_asks_and_compares_and_keeps(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = opened(window, tmp_path / "a.py", "one\n")
    window.editor.insertPlainText("mine\n")

    path.write_text("one\ntheirs\n")

    await eventually(lambda: "changed by another program" in window.window.banner.message)
    assert window.window.banner.button_texts == ("Compare", "Reload", "Keep Mine")
    assert window.text == "mine\none\n"
    press(window, "Compare")
    await eventually(lambda: window.window.findChildren(CompareDialog), what="the comparison")
    dialog = window.window.findChildren(CompareDialog)[0]
    assert dialog.shown_text.splitlines()[1:] == ["-mine", " one", "+theirs", " "]
    dialog.keep_requested.emit()
    dialog.close()
    await eventually(lambda: window.window.banner.message == "")
    await eventually(window.save, what="a save over the other text")
    assert path.read_text() == "mine\none\n"


async def test_a_reload_takes_the_disks_text_and_can_be_undone(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = opened(window, tmp_path / "a.py", "one\n")
    window.editor.insertPlainText("mine\n")
    path.write_text("theirs\n")
    await eventually(lambda: window.window.banner.button_texts)

    press(window, "Reload")

    await eventually(lambda: window.text == "theirs\n")
    assert not window.is_modified
    window.undo()
    assert window.text == "mine\none\n"


async def test_a_save_over_anothers_change_asks_before_the_watch_has_told(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = opened(window, tmp_path / "a.py", "one\n")
    window.editor.insertPlainText("mine\n")

    path.write_text("theirs\n")
    is_saved = window.save()

    assert not is_saved
    assert path.read_text() == "theirs\n"
    assert window.window.banner.button_texts == ("Compare", "Reload", "Keep Mine")


async def test_own_saves_are_no_changes_from_outside(window: EditorWindow, tmp_path: Path) -> None:
    path = opened(window, tmp_path / "a.py", "one\n")
    other = opened(window, tmp_path / "b.py", "b\n")
    window.tabs.bring_to_front(window.tabs.texts[0])
    for number in range(5):
        window.editor.insertPlainText(f"{number}\n")
        assert window.save()
    window.editor.insertPlainText("not saved")

    other.write_text("changed\n")

    await eventually(lambda: window.tabs.texts[1].replica.text == "changed\n", what="a look")
    assert window.window.banner.message == ""
    assert path.read_text() == "0\n1\n2\n3\n4\none\n"


async def test_a_deleted_file_keeps_its_text_and_can_be_saved_again(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = opened(window, tmp_path / "a.py", "one\n")

    path.unlink()

    await eventually(lambda: "deleted or moved" in window.window.banner.message)
    assert window.text == "one\n"
    assert window.is_modified
    press(window, "Save Again")
    assert path.read_text() == "one\n"
    assert not window.is_modified
    assert window.window.banner.message == ""


async def test_a_file_that_comes_back_as_it_was_takes_the_banner_back(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = opened(window, tmp_path / "a.py", "one\n")
    path.rename(tmp_path / "elsewhere")
    await eventually(lambda: "deleted or moved" in window.window.banner.message)

    (tmp_path / "elsewhere").rename(path)

    await eventually(lambda: window.window.banner.message == "")
    assert not window.is_modified


async def test_a_file_behind_a_link_is_watched_and_the_link_stays(
    window: EditorWindow, tmp_path: Path
) -> None:
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "a.py"
    target.write_text("one\n")
    target.chmod(0o640)
    link = tmp_path / "link.py"
    link.symlink_to(target)
    assert window.open_file(link)

    target.write_text("two\n")
    await eventually(lambda: window.text == "two\n")
    window.editor.insertPlainText("mine ")
    assert window.save()

    assert link.is_symlink()
    assert target.read_text() == "mine two\n"
    assert target.stat().st_mode & 0o777 == 0o640


async def test_a_full_disk_is_one_sentence_and_nothing_is_lost(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = opened(window, tmp_path / "a.py", "old\n")
    window.editor.insertPlainText("x" * (2 * SMALL_BYTES))

    with no_file_larger_than(SMALL_BYTES):
        assert not window.save()

    assert "disk is full" in window.window.banner.message
    assert path.read_text() == "old\n"
    assert sorted(os.listdir(tmp_path)) == ["a.py"]
    assert window.is_modified


async def test_a_folder_that_vanished_is_one_sentence_and_nothing_is_lost(
    window: EditorWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = opened(window, folder / "a.py", "old\n")
    window.editor.insertPlainText("mine ")
    path.unlink()
    folder.rmdir()

    assert not window.save()

    assert "is not there" in window.window.banner.message
    assert window.text == "mine old\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into every folder")
async def test_a_read_only_folder_is_one_sentence_for_a_user(
    window: EditorWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = opened(window, folder / "a.py", "old\n")
    folder.chmod(0o500)
    window.editor.insertPlainText("mine ")

    is_saved = window.save()

    folder.chmod(0o700)
    assert not is_saved
    assert "may not be read or written" in window.window.banner.message
    assert path.read_text() == "old\n"


async def test_a_place_where_even_root_may_not_write_is_one_sentence(
    window: EditorWindow,
) -> None:
    window.editor.insertPlainText("mine")

    assert not window.save(Path("/proc/codexpro.txt"))

    assert window.window.banner.message.startswith("“codexpro.txt”")
    assert window.text == "mine"
    assert window.path is None


async def test_a_file_that_is_not_utf8_is_opened_as_the_person_chooses(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes("Größe, Straße\r\n".encode("cp1252"))

    assert not window.open_file(path)
    assert window.window.banner.button_texts[0] == "Open as Western (Windows-1252)"
    press(window, "Open as Western (Windows-1252)")

    assert window.text == "Größe, Straße\n"
    texts = window.window.status_texts
    assert (texts["encoding"], texts["line_ending"]) == ("Western (Windows-1252)", "CRLF")
    window.editor.insertPlainText("中")
    assert not window.save()
    assert "has no “中”" in window.window.banner.message
    press(window, "Save as UTF-8")
    assert path.read_bytes() == "中Größe, Straße\r\n".encode()


async def test_a_file_is_reopened_in_another_encoding_and_saved_with_other_line_ends(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = tmp_path / "cyrillic.txt"
    path.write_bytes("привет\n".encode("cp1251"))
    window.open_file(path)
    press(window, "Choose Encoding…")
    pick(window, "koi8")
    assert window.text == "ОПХБЕР\n"

    window.writing.choose_encoding(window.front)
    pick(window, "reopen windows-1251")
    assert window.text == "привет\n"
    window.writing.choose_line_ending(window.front)
    pick(window, "crlf")
    assert window.is_modified
    assert window.save()

    assert path.read_bytes() == "привет\r\n".encode("cp1251")


async def test_a_binary_file_is_refused_in_one_sentence(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")

    assert not window.open_file(path)

    assert window.window.banner.message == "“picture.png” is not a text file, so it was not opened."
    assert window.tabs.titles == ("Untitled",)


def pick(window: EditorWindow, typed: str) -> None:
    """Type into the list that is open, and press Enter."""
    found: Pick | None = window.picks.open_pick
    assert found is not None
    found.enter(typed)
    found.accept()


async def test_a_file_that_never_comes_to_rest_is_shown_all_the_same(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = opened(window, tmp_path / "a.log", "")

    async def write_on() -> None:
        with path.open("a", buffering=1) as log:
            while True:
                log.write("one more line\n")
                await asyncio.sleep(0.02)  # how often a program logs

    writing = asyncio.create_task(write_on(), name="a program that logs")
    try:
        await eventually(lambda: "one more line" in window.text, what="a part of the log")
    finally:
        writing.cancel()
