"""What is shown as one character is one for the keys, whatever it is made of."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from app.model.text_edit import Selection, length_utf16

EMOJI = {
    "family": "👨‍👩‍👧",
    "flag": "🇩🇪",
    "regional-flag": "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "skin-tone": "👍🏽",
    "profession": "👩🏽‍💻",
    "keycap": "1\ufe0f\u20e3",
    "heart": "❤\ufe0f",
    "simple": "😀",
}
each_emoji = pytest.mark.parametrize("emoji", EMOJI.values(), ids=EMOJI.keys())
HEBREW = "שלום עולם"


def type_text(editor, text: str) -> None:
    """Press keys as a keyboard sends them; Qt's own test keys know ASCII only."""
    for character in text:
        for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
            event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character)
            QApplication.sendEvent(editor, event)


def carets_after(editor, qtbot, key: Qt.Key, times: int) -> list[int]:
    """Press a key again and again and return where the caret was after each."""
    carets: list[int] = []
    for _ in range(times):
        qtbot.keyClick(editor, key)
        carets.append(editor.selection.head_utf16)
    return carets


@each_emoji
def test_backspace_takes_the_whole_of_it(desk, qtbot, emoji):
    here = desk(f"a{emoji}b")
    here.editor.select(1 + length_utf16(emoji), 1 + length_utf16(emoji))

    qtbot.keyClick(here.editor, Qt.Key.Key_Backspace)

    assert here.text == "ab"
    assert here.editor.selection == Selection(1, 1)
    here.editor.undo()
    assert here.text == f"a{emoji}b"


@each_emoji
def test_delete_takes_the_whole_of_it(desk, qtbot, emoji):
    here = desk(f"a{emoji}b")
    here.editor.select(1, 1)

    qtbot.keyClick(here.editor, Qt.Key.Key_Delete)

    assert here.text == "ab"


@each_emoji
def test_arrows_step_over_the_whole_of_it(desk, qtbot, emoji):
    here = desk(f"a{emoji}b")
    here.editor.select(1, 1)
    behind = 1 + length_utf16(emoji)

    to_the_end = carets_after(here.editor, qtbot, Qt.Key.Key_Right, 2)
    and_back = carets_after(here.editor, qtbot, Qt.Key.Key_Left, 2)

    assert to_the_end == [behind, behind + 1]
    assert and_back == [behind, 1]


@each_emoji
def test_a_selection_takes_the_whole_of_it(desk, qtbot, emoji):
    here = desk(f"a{emoji}b")
    here.editor.select(1, 1)

    qtbot.keyClick(here.editor, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    here.editor.copy()
    type_text(here.editor, "漢")

    assert QApplication.clipboard().text() == emoji
    assert here.text == "a漢b"


def test_backspace_takes_one_of_two_flags(desk, qtbot):
    here = desk("🇩🇪🇫🇷")
    here.editor.select(8, 8)

    qtbot.keyClick(here.editor, Qt.Key.Key_Backspace)

    assert here.text == "🇩🇪"


def test_backspace_takes_the_accent_before_its_letter(desk, qtbot):
    here = desk("e\u0301")
    here.editor.select(2, 2)

    qtbot.keyClick(here.editor, Qt.Key.Key_Backspace)

    assert here.text == "e"


def test_a_caret_is_never_put_inside_a_character(desk):
    here = desk("a😀b")

    here.editor.select(2, 2)
    type_text(here.editor, "x")

    assert here.text == "ax😀b"
    assert here.rebuilt == []


def test_a_selection_that_begins_inside_a_character_begins_in_front_of_it(desk):
    here = desk("a😀b")

    here.editor.select(2, 4)

    assert here.editor.selection == Selection(1, 4)


@pytest.mark.parametrize("key", [Qt.Key.Key_Left, Qt.Key.Key_Right], ids=["left", "right"])
def test_an_arrow_goes_through_lines_of_both_directions_and_never_back(desk, qtbot, key):
    text = f"{HEBREW}\nabc שלום def\nlatin\nمرحبا abc بالعالم"
    here = desk(text)
    is_left = key == Qt.Key.Key_Left
    here.editor.select(len(text) * is_left, len(text) * is_left)

    carets = carets_after(here.editor, qtbot, key, len(text))

    assert carets == (list(range(len(text)))[::-1] if is_left else list(range(1, len(text) + 1)))


def test_what_is_typed_from_right_to_left_stands_in_its_order(desk, qtbot):
    here = desk("")

    type_text(here.editor, HEBREW)
    qtbot.keyClick(here.editor, Qt.Key.Key_Home)
    type_text(here.editor, "# ")

    assert here.text == f"# {HEBREW}"


def test_words_from_right_to_left_are_selected_and_replaced(desk, qtbot):
    here = desk(f"abc {HEBREW} def")
    here.editor.select(4, 4)
    modifiers = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier

    qtbot.keyClick(here.editor, Qt.Key.Key_Right, modifiers)
    type_text(here.editor, "x")

    assert here.text == "abc xעולם def"
    here.editor.undo()
    assert here.editor.selection == Selection(4, 9)


def test_a_click_between_two_letters_from_right_to_left_puts_the_caret_there(desk, qtbot):
    here = desk(HEBREW)
    cursor = here.editor.textCursor()
    cursor.setPosition(3)
    place = here.editor.cursorRect(cursor).center() + QPoint(1, 0)

    qtbot.mouseClick(here.editor.viewport(), Qt.MouseButton.LeftButton, pos=place)

    assert here.editor.selection == Selection(3, 3)


def test_a_peer_s_letters_from_right_to_left_leave_the_caret_with_its_own(desk):
    here = desk(HEBREW)
    here.editor.select(5, 5)

    here.peer_makes(f"אב {HEBREW}")
    type_text(here.editor, "x")

    assert here.text == "אב שלום xעולם"
