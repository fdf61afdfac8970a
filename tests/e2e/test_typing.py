"""Two people type what is not ASCII into one text, in two windows, at the same time."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QApplication

from app.demo import press
from app.model.connection import SavePhase
from app.model.search import SearchQuery
from app.ui.editor_window import EditorWindow
from tests.e2e.conftest import Desk
from tests.eventually import eventually

pytestmark = pytest.mark.e2e

TEXT = "first line\nשלום עולם\n👨‍👩‍👧 and 🇩🇪🇫🇷\nlast line\n"


def type_text(window: EditorWindow, text: str) -> None:
    for character in text:
        press(window, character)


def key(window: EditorWindow, code: Qt.Key) -> None:
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, code, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(window.editor, event)


def compose(window: EditorWindow, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(window.editor, event)


def put_caret(window: EditorWindow, before: str) -> None:
    """Put the caret in front of a word."""
    at = len(window.text[: window.text.index(before)].encode("utf-16-le")) // 2
    window.editor.select(at, at)


async def same_text(ada: EditorWindow, grace: EditorWindow) -> str:
    """Wait until both windows show one text, which the server has, and return it."""
    await eventually(
        lambda: (
            ada.text == grace.text
            and all(window.save_state.phase is SavePhase.SAVED for window in (ada, grace))
        ),
        what="one text",
    )
    assert ada.binding.check()
    assert grace.binding.check()
    return ada.text


@pytest.fixture
async def pair(desk: Desk, tmp_path: Path) -> tuple[EditorWindow, EditorWindow]:
    path = tmp_path / "both.txt"
    path.write_text(TEXT, encoding="utf-8")
    return await desk.pair(path)


async def test_one_composes_while_the_other_types_before_inside_and_behind(
    pair: tuple[EditorWindow, EditorWindow],
) -> None:
    ada, grace = pair
    put_caret(ada, " line\nשלום")
    compose(ada, "に")

    for before in ("first", "st line", "עולם", "last"):
        put_caret(grace, before)
        type_text(grace, "é😀 ")
    await eventually(lambda: grace.save_state.phase is SavePhase.SAVED, what="her text stored")
    compose(ada, "にほ")
    compose(ada, "", commit="日本")

    text = await same_text(ada, grace)
    assert text == ("é😀 firé😀 st日本 line\nשלום é😀 עולם\n👨‍👩‍👧 and 🇩🇪🇫🇷\né😀 last line\n")


async def test_both_delete_and_type_among_emoji_and_none_is_cut(
    pair: tuple[EditorWindow, EditorWindow],
) -> None:
    ada, grace = pair
    put_caret(ada, " and")
    put_caret(grace, "🇫🇷")

    key(ada, Qt.Key.Key_Backspace)
    key(grace, Qt.Key.Key_Backspace)
    type_text(ada, "👩🏽‍💻")
    type_text(grace, "🏴󠁧󠁢󠁥󠁮󠁧󠁿")

    text = await same_text(ada, grace)
    assert text == TEXT.replace("👨‍👩‍👧", "👩🏽‍💻").replace("🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿")


async def test_a_paste_of_five_megabytes_and_a_word_typed_meanwhile_are_both_there(
    pair: tuple[EditorWindow, EditorWindow],
) -> None:
    ada, grace = pair
    pasted = "a line, 漢字 and 😀\r\n" * 200_000
    data = QMimeData()
    data.setText(pasted)
    put_caret(ada, "last")
    put_caret(grace, "first")

    ada.editor.insertFromMimeData(data)
    type_text(grace, "my ")
    text = await same_text(ada, grace)

    shown = pasted.replace("\r\n", "\n")
    assert text == "my " + TEXT.replace("last", shown + "last")
    ada.undo()
    assert await same_text(ada, grace) == "my " + TEXT


async def test_a_thousand_replacements_leave_what_another_types_between_them(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "many.txt"
    path.write_text("old 😀\n" * 1000, encoding="utf-8")
    ada, grace = await desk.pair(path)
    ada.window.actions_by_id["edit.replace"].trigger()
    session = ada.find.session_of(ada.front)
    assert session is not None
    session.bar.set_query(SearchQuery("old"), "newer")
    await eventually(lambda: session.bar.count_text == "1000 results", what="what was found")

    grace.editor.select(7 * 500, 7 * 500)
    type_text(grace, "ה")
    session.replace_all()
    await eventually(lambda: "old" not in ada.text, what="all replaced")
    replaced = await same_text(ada, grace)
    ada.undo()
    undone = await same_text(ada, grace)

    assert replaced == "newer 😀\n" * 500 + "ה" + "newer 😀\n" * 500
    assert undone == "old 😀\n" * 500 + "ה" + "old 😀\n" * 500
