"""Text that is dropped: moved within its editor, or brought from elsewhere."""

import json
import os
import subprocess
import sys
from typing import Any

from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QTextCursor
from PySide6.QtWidgets import QApplication

from app.model.text_edit import Selection, TextEdit

_CHILD_S = 60


def dragged(text: str, start: int, stop: int, to: int, peers_text: str = "") -> dict[str, Any]:
    """Drag with the mouse in a process whose platform can."""
    command = [sys.executable, "-m", "tests.support.dragging_child"]
    done = subprocess.run(
        [*command, text, str(start), str(stop), str(to), peers_text],
        env=os.environ | {"QT_QPA_PLATFORM": "minimal"},
        capture_output=True,
        text=True,
        timeout=_CHILD_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def drop(editor, at_utf16: int, data: QMimeData) -> QDropEvent:
    """Drop what comes from another program in front of a character."""
    cursor = QTextCursor(editor.document())
    cursor.setPosition(at_utf16)
    place = editor.cursorRect(cursor).center()
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(editor.viewport(), QDragEnterEvent(place, copy, data, left, none))
    event = QDropEvent(QPointF(place), copy, data, left, none)
    QApplication.sendEvent(editor.viewport(), event)
    return event


def plain(text: str) -> QMimeData:
    data = QMimeData()
    data.setText(text)
    return data


def test_a_word_that_is_dragged_moves_as_one_edit_and_one_undo():
    done = dragged("one two three\n", 0, 4, 13)

    assert done["moved"] == "two threeone \n"
    assert done["selected"] == [9, 13]
    assert done["told"] == [[0, 4, ""], [13, 0, "one "]]
    assert done["undone"] == "one two three\n"
    assert done["restored"] == [0, 4]
    assert done["equal"]


def test_a_word_that_is_dragged_back_over_an_emoji_leaves_it_whole():
    done = dragged("a 😀 b words\n", 7, 12, 2)

    assert done["moved"] == "a words😀 b \n"
    assert done["undone"] == "a 😀 b words\n"
    assert done["equal"]


def test_what_others_write_while_a_word_is_dragged_stays():
    done = dragged("one two three\n", 0, 4, 13, "one two! three\n")

    assert done["moved"] == "two! threone e\n"
    assert done["undone"] == "one two! three\n"
    assert done["equal"]


def test_a_word_that_is_dropped_on_itself_stays():
    done = dragged("one two three\n", 0, 13, 8)

    assert done["moved"] == "one two three\n"
    assert done["told"] == []


def test_what_comes_from_elsewhere_is_normalised_selected_and_undone_at_once(desk, qtbot):
    here = desk("one two")
    here.editor.select(0, 3)

    event = drop(here.editor, 7, plain(" X\r\nY"))

    assert event.isAccepted()
    assert here.text == "one two X\nY"
    assert here.editor.selection == Selection(7, 11)
    assert here.told == [[TextEdit(7, 0, " X\nY")]]
    qtbot.keyClicks(here.editor, "z")
    here.editor.undo()
    here.editor.undo()
    assert here.text == "one two"


def test_a_text_that_may_only_be_read_takes_no_drop(desk):
    here = desk("one two")
    here.binding.set_read_only(True)

    event = drop(here.editor, 7, plain("X"))

    assert not event.isAccepted()
    assert here.text == "one two"


def test_a_drop_while_an_input_method_composes_elsewhere_lets_others_edits_in_first(desk):
    here = desk("one two")
    other = here.another_view()
    here.binding.begin_composition(other)
    here.peer_makes("zero one two")

    drop(here.editor, 7, plain("X"))

    assert here.text == "zero one twoX"
    assert here.editor.selection == Selection(12, 13)
