"""What an input method composes goes away with its composition, wherever the caret is by then."""

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputMethodEvent, QMouseEvent
from PySide6.QtWidgets import QApplication


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
