"""What others write comes into the widget and disturbs nobody: not the caret, scroll or IME."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QTextCursor

from app.model.text_edit import Selection, TextEdit

MANY_LINES = "".join(f"line {number}\n" for number in range(200))


def send_ime(editor, *, preedit: str = "", commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    editor.inputMethodEvent(event)


def top_line(editor) -> str:
    return editor.firstVisibleBlock().text()


def test_a_remote_edit_is_shown_and_not_sent_back(desk) -> None:
    here = desk("one\ntwo\n")

    updates = here.updates_of(lambda: here.peer_makes("one\n😀\u00a0e\u0301\ntwo\n"))

    assert here.text == "one\n😀\u00a0e\u0301\ntwo\n"
    assert updates == []
    assert here.told == []


def test_an_insert_exactly_at_the_caret_leaves_it_there(desk, qtbot) -> None:
    here = desk("ab")
    here.editor.select(1, 1)

    here.peer_makes("aXXb")

    assert here.editor.selection == Selection(1, 1)
    qtbot.keyClicks(here.editor, "y")
    assert here.text == "ayXXb"


def test_a_selection_stays_on_its_words(desk) -> None:
    here = desk("one two three")
    here.editor.select(7, 4)

    here.peer_makes("zero one two three")
    here.peer_makes("zero one two! three")

    assert here.editor.selection == Selection(12, 9)


def test_the_caret_s_move_is_told_once(desk) -> None:
    here = desk("one two")
    here.editor.select(7, 7)
    told: list[tuple[int, int]] = []
    here.editor.caret_moved.connect(lambda anchor, head: told.append((anchor, head)))

    here.peer_makes("zero one two")

    assert told == [(12, 12)]


def test_the_text_does_not_jump_when_lines_arrive_above(desk) -> None:
    here = desk(MANY_LINES)
    here.editor.select(900, 900)
    here.editor.verticalScrollBar().setValue(100)
    assert top_line(here.editor) == "line 100"

    here.peer_makes("new\n" * 10 + MANY_LINES)

    assert top_line(here.editor) == "line 100"
    assert here.editor.verticalScrollBar().value() == 110


def test_every_view_keeps_its_own_place(desk) -> None:
    here = desk(MANY_LINES)
    other = here.another_view()
    other.select(1000, 1010)
    other.verticalScrollBar().setValue(50)

    here.peer_makes("new\n" + MANY_LINES)

    assert top_line(other) == "line 50"
    assert other.selection == Selection(1004, 1014)
    assert here.editor.selection == Selection(0, 0)


def test_the_wanted_column_survives(desk, qtbot) -> None:
    here = desk("long enough line\n\nlong enough line\n")
    here.editor.select(10, 10)
    qtbot.keyClick(here.editor, Qt.Key.Key_Down)

    here.peer_makes("x\nlong enough line\n\nlong enough line\n")
    qtbot.keyClick(here.editor, Qt.Key.Key_Down)

    assert here.editor.selection == Selection(30, 30)


def test_remote_edits_wait_while_an_input_method_composes(desk) -> None:
    here = desk("ab")
    here.editor.select(1, 1)
    send_ime(here.editor, preedit="に")

    here.peer_makes("1 ab")
    here.peer_makes("1 ab 2")

    assert here.document.toRawText() == "ab"
    send_ime(here.editor, commit="日本")
    assert here.text == "1 a日本b 2"
    assert here.told == [[TextEdit(3, 0, "日本")]]


def test_a_composition_that_is_given_up_lets_remote_edits_in(desk) -> None:
    here = desk("ab")
    send_ime(here.editor, preedit="に")
    here.peer_makes("abc")

    send_ime(here.editor)

    assert here.text == "abc"


def test_what_changes_the_widget_while_edits_wait_is_carried_over_them(desk) -> None:
    here = desk("ab")
    here.editor.select(0, 0)
    send_ime(here.editor, preedit="に")
    here.peer_makes("1 ab")
    cursor = QTextCursor(here.document)
    cursor.movePosition(QTextCursor.MoveOperation.End)

    cursor.insertText("!")

    assert here.replica.text == "1 ab!"
    send_ime(here.editor)
    assert here.text == "1 ab!"


def test_a_program_s_edit_while_others_wait_is_carried_over_them(desk) -> None:
    here = desk("ab")
    send_ime(here.editor, preedit="に")
    here.peer_makes("1 ab")

    here.binding.edit([TextEdit(1, 1, "B")])
    send_ime(here.editor)

    assert here.text == "1 aB"


def test_the_session_hears_when_an_input_method_composes(desk) -> None:
    here = desk("ab")
    told: list[bool] = []
    here.binding.composing_changed.connect(told.append)

    send_ime(here.editor, preedit="に")
    send_ime(here.editor, preedit="にほ")
    send_ime(here.editor, commit="日本")

    assert told == [True, False]


def test_a_text_that_becomes_read_only_is_composed_no_more(desk) -> None:
    here = desk("ab")
    send_ime(here.editor, preedit="に")
    here.peer_makes("abc")

    here.binding.set_read_only(True)

    assert here.text == "abc"


def test_a_read_only_text_takes_no_key(desk, qtbot) -> None:
    here = desk("text")
    here.binding.set_read_only(True)

    qtbot.keyClicks(here.editor, "typed")
    here.binding.edit([TextEdit(0, 0, "programmed")])
    here.editor.undo()

    assert here.text == "text"


def test_a_read_only_text_takes_edits_of_others(desk) -> None:
    here = desk("text")
    here.binding.set_read_only(True)

    here.peer_makes("their text")

    assert here.text == "their text"


def test_what_changes_a_read_only_widget_is_put_back(desk) -> None:
    here = desk("one\ntwo\n")
    here.replica.is_writable = False
    refused: list[bool] = []
    here.binding.edit_refused.connect(lambda: refused.append(True))

    QTextCursor(here.document).insertText("😀\nx")

    assert here.text == "one\ntwo\n"
    assert refused == [True]


@pytest.mark.allow_warnings
def test_a_widget_that_differs_is_made_anew_and_its_text_is_handed_out(desk) -> None:
    here = desk("one\ntwo\n")
    here.document.blockSignals(True)
    QTextCursor(here.document).insertText("stray ")
    here.document.blockSignals(False)

    assert not here.binding.check()

    assert here.text == "one\ntwo\n"
    assert here.rebuilt == ["stray one\ntwo\n"]
    assert here.binding.check()


@pytest.mark.allow_warnings
def test_an_idle_widget_is_checked(desk, qtbot) -> None:
    here = desk("one")
    qtbot.keyClicks(here.editor, "x")
    here.document.blockSignals(True)
    QTextCursor(here.document).insertText("stray ")
    here.document.blockSignals(False)

    with qtbot.waitSignal(here.binding.rebuilt, timeout=5000):
        pass

    assert here.text == "xone"


def test_half_a_character_left_behind_while_edits_wait_goes_too(desk) -> None:
    here = desk("a😀b")
    send_ime(here.editor, preedit="に")
    here.peer_makes("1 a😀b")
    cursor = QTextCursor(here.document)
    cursor.setPosition(1)
    cursor.setPosition(2, QTextCursor.MoveMode.KeepAnchor)

    cursor.removeSelectedText()
    send_ime(here.editor)

    assert here.text == "1 ab"
    assert here.binding.check()
