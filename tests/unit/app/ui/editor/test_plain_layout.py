"""The layout of a document that was edited is that of one which was opened so."""

import random

import pytest
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from app.ui.editor.plain_layout import layout_of
from app.ui.editor.raw_text import plain_document
from tests.seeds import seeds

STEPS = 80


@pytest.fixture
def shown(qtbot):
    """Return what shows a text in a window that does not wrap lines."""

    def show(text: str) -> QPlainTextEdit:
        editor = QPlainTextEdit()
        qtbot.addWidget(editor)
        editor.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        editor.setDocument(plain_document(editor))
        editor.setPlainText(text)
        editor.resize(400, 400)
        with qtbot.waitExposed(editor):
            editor.show()
        return editor

    return show


def widths(editor: QPlainTextEdit) -> list[float]:
    """Return how wide each line is; lines that nobody has seen are laid out for it."""
    document, found = editor.document(), []
    for number in range(document.blockCount()):
        block = document.findBlockByNumber(number)
        document.documentLayout().blockBoundingRect(block)
        found.append(block.layout().lineAt(0).naturalTextWidth())
    return found


def edit_at_random(editor: QPlainTextEdit, chance: random.Random) -> None:
    cursor = QTextCursor(editor.document())
    last = editor.document().characterCount() - 1
    at = chance.randrange(last + 1)
    stop = min(last, at + chance.choice([0, 0, 1, 1, 30]))
    cursor.setPosition(at)
    cursor.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(chance.choice(["", "x", "\n", "a\nb", "long " * 20, "中é"]))


@pytest.mark.parametrize("seed", seeds(10))
def test_edits_lay_out_what_opening_does(shown, qtbot, seed) -> None:
    chance = random.Random(seed)
    editor = shown("".join(f"line {'x' * (number % 13)}\n" for number in range(20)))

    for _ in range(STEPS):
        edit_at_random(editor, chance)
        editor.viewport().repaint()

    opened = shown(editor.document().toRawText().replace("\u2029", "\n"))
    assert widths(editor) == widths(opened)


def test_the_longest_line_is_found_anew_after_a_pause(shown, qtbot) -> None:
    editor = shown("short\n" + "x" * 300 + "\nshort\n" + "y" * 100)
    wide = layout_of(editor.document()).documentSize().width()
    cursor = QTextCursor(editor.document())
    cursor.setPosition(6)
    cursor.setPosition(306, QTextCursor.MoveMode.KeepAnchor)

    cursor.removeSelectedText()

    opened = shown("short\n\nshort\n" + "y" * 100)
    wanted = layout_of(opened.document()).documentSize().width()
    qtbot.waitUntil(lambda: layout_of(editor.document()).documentSize().width() == wanted)
    assert wanted < wide


def test_a_longest_line_that_was_broken_is_found_anew(shown, qtbot) -> None:
    editor = shown("short\n" + "x" * 300 + "\nshort")
    cursor = QTextCursor(editor.document())
    cursor.setPosition(106)

    cursor.insertText("\n")
    cursor.insertText("y")

    opened = shown(f"short\n{'x' * 100}\ny{'x' * 200}\nshort")
    wanted = layout_of(opened.document()).documentSize().width()
    qtbot.waitUntil(lambda: layout_of(editor.document()).documentSize().width() == wanted)
