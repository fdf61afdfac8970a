"""Lines are duplicated, moved, joined and deleted in one edit, and the caret stays in its line."""

import pytest
from PySide6.QtGui import QInputMethodEvent

from app.model.text_edit import Selection
from app.ui.editor import line_commands

TEXT = "one\n  two\nthree 😀"


@pytest.mark.parametrize(
    ("command", "caret", "text", "caret_after"),
    [
        (line_commands.duplicate, 5, "one\n  two\n  two\nthree 😀", 11),
        (line_commands.delete, 5, "one\nthree 😀", 4),
        (line_commands.delete, 12, "one\n  two", 9),
        (line_commands.move_up, 5, "  two\none\nthree 😀", 1),
        (line_commands.move_up, 12, "one\nthree 😀\n  two", 6),
        (line_commands.move_up, 0, TEXT, 0),
        (line_commands.move_down, 0, "  two\none\nthree 😀", 6),
        (line_commands.move_down, 5, "one\nthree 😀\n  two", 14),
        (line_commands.move_down, 12, TEXT, 12),
        (line_commands.join, 0, "one two\nthree 😀", 0),
        (line_commands.join, 12, TEXT, 12),
    ],
)
def test_a_line_command(desk, command, caret, text, caret_after) -> None:
    here = desk(TEXT)
    here.editor.select(caret, caret)

    command(here.editor)

    assert here.text == text
    assert here.editor.selection == Selection(caret_after, caret_after)


def test_lines_with_an_empty_one_between_are_joined(desk) -> None:
    here = desk("one \n  \n  two\nthree")
    here.editor.select(0, 12)

    line_commands.join(here.editor)

    assert here.text == "one two\nthree"
    here.editor.undo()
    assert here.text == "one \n  \n  two\nthree"


def test_a_line_command_while_others_edits_wait_lets_them_in_first(desk) -> None:
    here = desk("one\ntwo\n")
    here.editor.select(5, 5)
    here.editor.inputMethodEvent(QInputMethodEvent("に", []))
    here.peer_makes("zero\none\ntwo\n")

    line_commands.indent(here.editor)

    assert here.text == "zero\none\n    two\n"
