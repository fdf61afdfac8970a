"""What is typed, pasted and undone in an editor reaches the replica as it was meant."""

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QTextCursor

from app.collab.text_replica import EditKind
from app.model.text_edit import Selection, TextEdit


def mime(text: str) -> QMimeData:
    data = QMimeData()
    data.setText(text)
    return data


def test_typed_keys_reach_the_replica(desk, qtbot) -> None:
    here = desk("")

    qtbot.keyClicks(here.editor, "print")

    assert here.text == "print"
    assert here.told[-1] == [TextEdit(4, 0, "t")]


def test_a_key_among_equal_ones_is_inserted_where_it_was_typed(desk, qtbot) -> None:
    here = desk("aaa")
    here.editor.select(1, 1)

    qtbot.keyClicks(here.editor, "a")

    assert here.told == [[TextEdit(1, 0, "a")]]


def test_a_text_with_what_qt_would_change_is_shown_as_it_is(desk, qtbot) -> None:
    here = desk("no\u00a0break\u2028line\n👨‍👩‍👧 e\u0301 漢\n")
    here.editor.select(0, 0)

    qtbot.keyClicks(here.editor, "x")

    assert here.text == "xno\u00a0break\u2028line\n👨‍👩‍👧 e\u0301 漢\n"
    assert here.told == [[TextEdit(0, 0, "x")]]


def test_delete_takes_a_whole_family(desk, qtbot) -> None:
    here = desk("a👨‍👩‍👧b")
    here.editor.select(1, 1)

    qtbot.keyClick(here.editor, Qt.Key.Key_Delete)

    assert here.text == "ab"


def test_a_pasted_text_is_normalised_and_undone_at_once(desk) -> None:
    here = desk("ab")
    here.editor.select(1, 1)

    here.editor.insertFromMimeData(mime("1\r\n2\r3\u20294\ufffc"))

    assert here.text == "a1\n2\n3\n4\ufffdb"
    here.editor.undo()
    assert here.text == "ab"


def test_what_the_widget_takes_in_unnormalised_is_put_right(desk) -> None:
    here = desk("ab")
    cursor = QTextCursor(here.document)

    cursor.insertText("\ufffc")

    assert here.text == "\ufffdab"


def test_an_edit_block_over_two_places_is_one_transaction(desk) -> None:
    lines = "".join(f"line {number}\n" for number in range(100))
    here = desk(lines)
    cursor = QTextCursor(here.document)

    def edit_twice() -> None:
        cursor.beginEditBlock()
        cursor.insertText("first ")
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText("last")
        cursor.endEditBlock()

    updates = here.updates_of(edit_twice)

    assert len(updates) == 1
    assert here.text == "first " + lines + "last"
    assert here.told == [[TextEdit(0, 0, "first "), TextEdit(len(lines), 0, "last")]]


def test_replacing_a_thousand_sites_is_one_transaction_and_one_undo(desk) -> None:
    here = desk("old\n" * 1000)
    edits = [TextEdit(4 * number, 3, "newer") for number in range(1000)]

    updates = here.updates_of(lambda: here.binding.edit(edits))

    assert len(updates) == 1
    assert here.text == "newer\n" * 1000
    here.editor.undo()
    assert here.text == "old\n" * 1000


def test_undo_takes_back_one_s_own_edit_only(desk, qtbot) -> None:
    here = desk("base")
    qtbot.keyClicks(here.editor, "mine")
    here.peer_makes("base theirs")

    here.editor.undo()

    assert here.text == "base theirs"


def test_undo_brings_the_selection_back(desk, qtbot) -> None:
    here = desk("some words")
    here.editor.select(5, 10)
    qtbot.keyClick(here.editor, Qt.Key.Key_Delete)

    here.editor.undo()

    assert here.text == "some words"
    assert here.editor.selection == Selection(5, 10)


@pytest.mark.parametrize(
    ("typed", "undone"),
    [
        (["one two three"], ["one two ", "one ", ""]),
        (["one\ntwo"], ["one\n", "one", ""]),
        (["one", "two"], ["one", ""]),
    ],
    ids=["words", "lines", "a pause"],
)
def test_undo_goes_back_word_by_word_line_by_line_and_pause_by_pause(
    desk, qtbot, typed, undone
) -> None:
    here = desk("")
    for part in typed:
        here.now_s += 1
        for key in part:
            qtbot.keyClick(here.editor, Qt.Key.Key_Return if key == "\n" else key)

    texts = []
    for _ in undone:
        here.editor.undo()
        texts.append(here.text)

    assert texts == undone
    assert not here.binding.can_undo


def test_a_jump_of_the_caret_parts_what_is_undone_and_each_caret_comes_back(desk, qtbot) -> None:
    here = desk("one two")
    here.editor.select(3, 3)
    qtbot.keyClicks(here.editor, "ab")
    here.editor.select(0, 0)
    qtbot.keyClicks(here.editor, "cd")

    here.editor.undo()
    first = here.text, here.editor.selection
    here.editor.undo()

    assert first == ("oneab two", Selection(0, 0))
    assert (here.text, here.editor.selection) == ("one two", Selection(3, 3))


def test_redo_makes_the_edit_again(desk, qtbot) -> None:
    here = desk("")
    qtbot.keyClicks(here.editor, "word")
    here.editor.undo()

    here.editor.redo()

    assert here.text == "word"
    assert here.editor.selection == Selection(4, 4)


@pytest.mark.parametrize("replace", ["whole", ""])
def test_setting_the_whole_text_is_an_edit(desk, replace) -> None:
    here = desk("the whole text\n")

    here.editor.setPlainText(replace)

    assert here.text == replace


def test_cut_is_one_item_of_undo(desk, qtbot) -> None:
    here = desk("abc")
    qtbot.keyClicks(here.editor, "x")
    here.editor.select(0, 4)

    here.editor.cut()

    assert here.text == ""
    here.editor.undo()
    assert here.text == "xabc"


def test_a_format_is_no_edit(desk) -> None:
    here = desk("text")
    cursor = QTextCursor(here.document)
    cursor.select(QTextCursor.SelectionType.Document)
    text_format = cursor.charFormat()
    text_format.setFontItalic(True)

    cursor.mergeCharFormat(text_format)

    assert here.told == []


def test_a_kind_is_taken_for_one_call_only(desk, qtbot) -> None:
    here = desk("")
    with here.binding.taking(EditKind.PASTE):
        QTextCursor(here.document).insertText("pasted")
    qtbot.keyClicks(here.editor, "typed")

    here.editor.undo()

    assert here.text == "pasted"


@pytest.mark.parametrize("half", [1, 2], ids=["high", "low"])
def test_half_a_character_that_qt_leaves_behind_goes_too(desk, half) -> None:
    here = desk("a😀b")
    cursor = QTextCursor(here.document)
    cursor.setPosition(half)
    cursor.setPosition(half + 1, QTextCursor.MoveMode.KeepAnchor)

    cursor.removeSelectedText()

    assert here.text == "ab"
    assert here.document.characterCount() == 3
    assert here.rebuilt == []
