"""The editor's own keys, marks and the carets of others."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QWheelEvent
from PySide6.QtWidgets import QMenu

from app.model.participants import RemoteCaret
from app.model.text_edit import Selection, TextEdit
from app.ui.editor.brackets import matching_brackets
from app.ui.editor.line_edits import Line, comments_toggled, indentation_after, outdented
from app.ui.editor.remote_carets import moved
from app.ui.editor.typing_aids import Aid, aid_for

CONTROL = Qt.KeyboardModifier.ControlModifier
MAGENTA = "#ff00ff"
CARET_PX = 3  # how many columns a caret may take


def caret(anchor_utf16: int, head_utf16: int, *, author_id: int = 7) -> RemoteCaret:
    return RemoteCaret(author_id, "user", "Ada Lovelace", MAGENTA, anchor_utf16, head_utf16)


def has_color(editor, name: str) -> bool:
    image = editor.viewport().grab().toImage()
    wanted = QColor(name).rgb()
    places = ((x, y) for y in range(image.height()) for x in range(image.width()))
    return any(image.pixel(x, y) == wanted for x, y in places)


def colored_columns(editor, name: str) -> set[int]:
    image = editor.viewport().grab().toImage()
    wanted = QColor(name).rgb()
    places = ((x, y) for y in range(image.height()) for x in range(image.width()))
    return {x for x, y in places if image.pixel(x, y) == wanted}


def test_enter_keeps_the_indentation(desk, qtbot) -> None:
    here = desk("    one")
    here.editor.select(7, 7)

    qtbot.keyClick(here.editor, Qt.Key.Key_Return)

    assert here.text == "    one\n    "
    assert here.editor.selection == Selection(12, 12)


def test_enter_behind_an_opener_indents(desk, qtbot) -> None:
    here = desk("def f():")
    here.editor.select(8, 8)

    qtbot.keyClick(here.editor, Qt.Key.Key_Return)
    qtbot.keyClicks(here.editor, "pass")

    assert here.text == "def f():\n    pass"


def test_tab_goes_to_the_next_stop(desk, qtbot) -> None:
    here = desk("ab")
    here.editor.select(2, 2)

    qtbot.keyClick(here.editor, Qt.Key.Key_Tab)

    assert here.text == "ab  "


def test_tab_indents_selected_lines_at_once(desk, qtbot) -> None:
    here = desk("one\n\ntwo\nthree\n")
    here.editor.select(0, 9)

    updates = here.updates_of(lambda: qtbot.keyClick(here.editor, Qt.Key.Key_Tab))

    assert len(updates) == 1
    assert here.text == "    one\n\n    two\nthree\n"
    here.editor.undo()
    assert here.text == "one\n\ntwo\nthree\n"


def test_shift_tab_outdents(desk, qtbot) -> None:
    here = desk("      one\n  two\n")
    here.editor.select(0, 12)

    qtbot.keyClick(here.editor, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)

    assert here.text == "  one\ntwo\n"


def test_control_slash_makes_comments_and_takes_them_away(desk, qtbot) -> None:
    here = desk("  one\n    two\n")
    here.editor.language = "python"
    here.editor.select(0, 13)

    qtbot.keyClick(here.editor, Qt.Key.Key_Slash, CONTROL)

    assert here.text == "  # one\n  #   two\n"
    qtbot.keyClick(here.editor, Qt.Key.Key_Slash, CONTROL)
    assert here.text == "  one\n    two\n"


def test_a_bracket_is_closed_and_stepped_over(desk, qtbot) -> None:
    here = desk("")

    qtbot.keyClicks(here.editor, "f(x)")

    assert here.text == "f(x)"
    assert here.editor.selection == Selection(4, 4)


def test_a_bracket_of_others_is_not_stepped_over(desk, qtbot) -> None:
    here = desk(")")

    here.editor.select(0, 0)
    qtbot.keyClicks(here.editor, ")")

    assert here.text == "))"


def test_the_keys_of_undo_and_redo_do_what_the_commands_do(desk, qtbot) -> None:
    here = desk("text")
    qtbot.keyClicks(here.editor, "x")
    here.peer_makes("text of others")

    qtbot.keyClick(here.editor, Qt.Key.Key_Z, CONTROL)
    undone = here.text
    qtbot.keyClick(here.editor, Qt.Key.Key_Y, CONTROL)

    assert undone == "text of others"
    assert here.text == "xtext of others"


def test_the_wheel_zooms_with_control(desk) -> None:
    here = desk("text")
    before = here.editor.font().pointSizeF()
    turn = QPoint(0, 120)
    buttons, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(QPointF(), QPointF(), turn, turn, buttons, CONTROL, phase, False)

    here.editor.wheelEvent(event)

    assert here.editor.font().pointSizeF() == before + 1


@pytest.mark.parametrize("head", [0, 4, 9], ids=["start", "empty line", "end of file"])
def test_a_caret_of_another_is_painted(desk, head) -> None:
    here = desk("one\n\ntwo\n")
    here.editor.set_remote_carets([caret(head, head)])

    assert has_color(here.editor, MAGENTA)


def test_initials_stand_behind_a_line_also_from_right_to_left(desk, qtbot, monkeypatch) -> None:
    monkeypatch.setattr("app.ui.editor.caret_layer.NAME_MS", 0)
    text = "שלום עולם"
    here = desk(text)
    cursor = here.editor.textCursor()
    edges = []
    for at in range(len(text) + 1):
        cursor.setPosition(at)
        edges.append(here.editor.cursorRect(cursor).right())

    here.editor.set_remote_carets([caret(3, 3)])

    def columns() -> tuple[bool, bool]:
        """Tell whether only a caret is painted over the text, and whether a flag is behind it."""
        painted = colored_columns(here.editor, MAGENTA)
        over = [x for x in painted if x <= max(edges)]
        return len(over) <= CARET_PX, len(over) < len(painted)

    qtbot.waitUntil(lambda: columns() == (True, True))


def test_a_selection_of_another_is_marked_between_line_and_brackets(desk) -> None:
    here = desk("(one)")
    here.editor.select(1, 1)

    here.editor.set_remote_carets([caret(1, 4)])

    marked = [
        (each.cursor.selectionStart(), each.cursor.selectionEnd())
        for each in here.editor.extraSelections()
    ]
    assert marked == [(1, 1), (1, 4), (0, 1), (4, 5)]


def test_carets_of_others_move_along_with_edits() -> None:
    carets = [caret(2, 5)]

    assert moved(carets, [TextEdit(0, 0, "ab")]) == [caret(4, 7)]


def test_matching_brackets_are_found_across_lines(desk) -> None:
    here = desk("f(😀[\n(]\n)x)")

    assert matching_brackets(here.document, 2) == (1, 11)
    assert matching_brackets(here.document, 10) == (9, 6)
    assert matching_brackets(here.document, 0) is None


def test_a_partner_too_far_away_is_not_looked_for(desk) -> None:
    here = desk("(" + "x\n" * 3000 + ")")

    assert matching_brackets(here.document, 1) is None
    assert matching_brackets(here.document, 6002) is None


def test_a_caret_s_line_may_be_read_only(desk, qtbot) -> None:
    here = desk("one\ntwo")
    here.binding.set_read_only(True)

    qtbot.keyClick(here.editor, Qt.Key.Key_Down)

    assert here.editor.selection == Selection(4, 4)


def test_an_editor_has_an_accessible_name(desk) -> None:
    assert desk().editor.accessibleName() == "Text editor"


def test_line_edits_keep_what_is_not_theirs() -> None:
    assert outdented([Line(0, "one"), Line(4, "\ttwo")]) == [TextEdit(4, 1, "")]
    assert comments_toggled([Line(0, " ")], "#") == []
    assert indentation_after("\tif x {") == "\t\t"
    assert aid_for("(", "x", closes=False) is None
    assert aid_for("(", "", closes=False) == Aid("()", -1)


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_context_menu_undoes_one_s_own_edits(desk, qtbot) -> None:
    here = desk("text")
    qtbot.keyClicks(here.editor, "x")
    place = QPoint(5, 5)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, place)

    here.editor.contextMenuEvent(event)

    menu = here.editor.findChild(QMenu)
    undo, redo = menu.actions()[:2]
    assert (undo.isEnabled(), redo.isEnabled()) == (True, False)
    undo.trigger()
    assert here.text == "text"
    menu.close()


def test_an_unbound_editor_shows_its_text_and_takes_no_key(desk, qtbot) -> None:
    here = desk("text")
    here.editor.unbind()

    qtbot.keyClicks(here.editor, "x")
    here.peer_makes("their text")

    assert here.text == "their text"
    assert here.editor.toPlainText() == "their text"
    assert here.binding.views == ()


def test_a_text_is_copied_as_it_is(desk) -> None:
    here = desk("a\u00a0b\nc")
    here.editor.select(0, 5)

    assert here.editor.createMimeDataFromSelection().text() == "a\u00a0b\nc"
