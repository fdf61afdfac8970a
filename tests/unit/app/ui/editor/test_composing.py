"""What an input method composes goes away with its composition, wherever the caret is by then."""

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from app.model.text_edit import Selection
from app.ui.editor import line_commands


def compose(editor, text: str, commit: str = "") -> None:
    event = QInputMethodEvent(text, [])
    event.setCommitString(commit)
    QApplication.sendEvent(editor, event)


def composed(desk) -> list[str]:
    """Return what is composed in each line."""
    document = desk.document
    blocks = (document.findBlockByNumber(line) for line in range(document.blockCount()))
    return [block.layout().preeditAreaText() for block in blocks]


def test_a_caret_that_was_moved_to_another_line_leaves_nothing_behind(desk):
    here = desk("one\ntwo")
    here.editor.select(3, 3)
    compose(here.editor, "に")

    here.editor.select(5, 5)
    compose(here.editor, "")

    assert composed(here) == ["", ""]
    assert here.text == "one\ntwo"


def test_composing_goes_on_in_the_line_of_the_caret_only(desk):
    here = desk("one\ntwo")
    here.editor.select(3, 3)
    compose(here.editor, "に")

    here.editor.select(5, 5)
    compose(here.editor, "にほ")

    assert composed(here) == ["", "にほ"]


def test_a_click_ends_the_composition(desk):
    here = desk("one\ntwo")
    here.editor.select(7, 7)
    compose(here.editor, "にほん")

    left = Qt.MouseButton.LeftButton
    place = QPointF(300, 300)
    press = QEvent.Type.MouseButtonPress
    event = QMouseEvent(press, place, place, left, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(here.editor.viewport(), event)

    assert composed(here) == ["", ""]
    assert not here.binding.is_composing(here.editor)


def test_what_is_committed_comes_after_what_others_typed_meanwhile(desk):
    here = desk("one\ntwo")
    here.editor.select(7, 7)
    compose(here.editor, "に")
    here.peer_makes("zero\none\ntwo")

    compose(here.editor, "", commit="日本")

    assert here.text == "zero\none\ntwo日本"
    assert composed(here) == ["", "", ""]


def test_undo_drops_what_is_composed(desk):
    here = desk("one")
    here.editor.select(3, 3)
    compose(here.editor, "", commit="é")
    compose(here.editor, "に")

    here.editor.undo()

    assert here.text == "one"
    assert composed(here) == [""]


def replace_with(editor, commit: str, start: int, length: int) -> None:
    """Commit a text in place of what stands around the caret, as input methods may."""
    event = QInputMethodEvent("", [])
    event.setCommitString(commit, start, length)
    QApplication.sendEvent(editor, event)


def test_a_dead_key_and_its_letter_are_one_character_and_one_undo(desk):
    here = desk("caf")
    here.editor.select(3, 3)

    compose(here.editor, "´")
    shown = composed(here)
    compose(here.editor, "", commit="é")

    assert shown == ["´"]
    assert composed(here) == [""]
    assert here.text == "café"
    here.editor.undo()
    assert here.text == "caf"


def test_a_dead_key_over_a_selection_is_undone_with_it_however_late_its_letter_comes(desk):
    here = desk("word end")
    here.editor.select(0, 4)

    compose(here.editor, "´")
    here.now_s += 30
    compose(here.editor, "", commit="é")
    typed = here.text
    here.editor.undo()

    assert typed == "é end"
    assert here.text == "word end"
    assert here.editor.selection == Selection(0, 4)


@pytest.mark.parametrize(
    ("before", "start", "length", "after"),
    [
        ("cafe end", -1, 1, "café end"),
        ("caf😀 end", -2, 2, "café end"),
        ("caf😀 end", -1, 1, "café end"),
    ],
    ids=["letter", "emoji", "half an emoji"],
)
def test_a_letter_that_an_input_method_replaces_is_replaced_as_one_edit(
    desk, before, start, length, after
):
    here = desk(before)
    caret = before.index(" ") + before.count("😀")
    here.editor.select(caret, caret)

    replace_with(here.editor, "é", start, length)
    replaced = here.text
    here.editor.undo()

    assert replaced == after
    assert here.text == before
    assert here.rebuilt == []


@pytest.mark.parametrize(
    ("theirs", "together"),
    [
        ("XXone two", "XXone日 two"),
        ("onXXe two", "onXXe日 two"),
        ("oneXX two", "one日XX two"),
        ("one twoXX", "one日 twoXX"),
        ("two", "日two"),
        ("one\n\n two", "one日\n\n two"),
    ],
    ids=["before", "inside", "at", "after", "around", "a new line"],
)
def test_a_composition_is_committed_where_it_was_begun_whatever_others_did(desk, theirs, together):
    here = desk("one two")
    here.editor.select(3, 3)
    compose(here.editor, "に")
    here.peer_makes(theirs)

    compose(here.editor, "にほ")
    shown = composed(here)
    compose(here.editor, "", commit="日")

    assert shown == ["にほ"]
    assert here.text == together
    assert here.rebuilt == []


def test_a_replacement_finds_its_letter_where_others_have_moved_it(desk):
    here = desk("one e\ntwo")
    here.editor.select(5, 5)
    compose(here.editor, "´")
    here.peer_makes("zero\none! e\ntwo")

    replace_with(here.editor, "é", -1, 1)

    assert here.text == "zero\none! é\ntwo"


def test_a_composition_among_letters_from_right_to_left_stays_there(desk):
    here = desk("שלום עולם")
    here.editor.select(4, 4)

    compose(here.editor, "ה")
    compose(here.editor, "", commit="הה")

    assert here.text == "שלוםהה עולם"


def test_candidates_that_are_chosen_one_after_the_other_lose_nothing(desk):
    here = desk("")

    for step in ("n", "に", "にh", "にほ", "にほn", "にほん"):
        compose(here.editor, step)
    compose(here.editor, "", commit="日本")
    compose(here.editor, "g")
    compose(here.editor, "ご", commit="")
    compose(here.editor, "", commit="語")

    assert here.text == "日本語"
    assert composed(here) == [""]


def paste(editor) -> None:
    data = QMimeData()
    data.setText("x\ny")
    editor.insertFromMimeData(data)


def press(editor, key: Qt.Key, text: str = "") -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text)
    QApplication.sendEvent(editor, event)


@pytest.mark.parametrize(
    "act",
    [
        lambda editor: press(editor, Qt.Key.Key_Return, "\r"),
        lambda editor: press(editor, Qt.Key.Key_Tab, "\t"),
        lambda editor: press(editor, Qt.Key.Key_Left),
        lambda editor: editor.select(0, 0),
        line_commands.duplicate,
        lambda editor: editor.hide(),
        lambda editor: editor.undo(),
        paste,
    ],
    ids=["enter", "tab", "an arrow", "a jump", "a command", "another tab", "undo", "a paste"],
)
def test_no_ghost_of_a_composition_stays_and_others_are_let_in_after(desk, act):
    here = desk("one\ntwo")
    here.editor.select(3, 3)
    compose(here.editor, "にほん")
    here.peer_makes("one\ntwo!")

    act(here.editor)

    assert set(composed(here)) == {""}
    assert not here.binding.is_composing(here.editor)
    assert here.text.endswith("two!")
    here.editor.show()


def test_a_modifier_alone_ends_no_composition(desk):
    here = desk("one")
    here.editor.select(3, 3)
    compose(here.editor, "に")

    press(here.editor, Qt.Key.Key_Shift)

    assert composed(here) == ["に"]
