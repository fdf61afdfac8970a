"""What is painted again after a key: as little as can be, and never too little."""

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPaintEvent, QTextLayout
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from app.ui.editor.raw_text import plain_document


class Watched(QPlainTextEdit):
    """Notes the height of each area that is painted."""

    def __init__(self):
        super().__init__()
        self.heights_px = []
        self.setDocument(plain_document(self))
        self.setPlainText("\n".join(f"line {number}" for number in range(50)))
        self.resize(400, 400)

    def paintEvent(self, event):
        self.heights_px.append(event.rect().height())
        super().paintEvent(event)

    def take(self):
        """Return the heights of what was painted since the last call."""
        QApplication.sendPostedEvents(self, QEvent.Type.UpdateRequest)
        heights, self.heights_px = self.heights_px, []
        return heights


@pytest.fixture
def editor(qtbot):
    editor = Watched()
    qtbot.addWidget(editor)
    with qtbot.waitExposed(editor):
        editor.show()
    qtbot.waitUntil(lambda: bool(editor.heights_px))
    editor.take()
    return editor


def colour(block, length):
    each = QTextLayout.FormatRange()
    each.start, each.length = 0, length
    block.layout().setFormats([each])


def test_a_key_paints_its_line(editor):
    editor.textCursor().insertText("x")

    assert max(editor.take()) < 3 * editor.fontMetrics().height()


def test_a_key_in_a_coloured_line_paints_its_line(editor):
    document = editor.document()
    document.contentsChange.connect(lambda *_: colour(document.firstBlock(), 3))

    editor.textCursor().insertText("x")

    assert max(editor.take()) < 3 * editor.fontMetrics().height()


def test_new_colours_of_a_line_paint_that_line(editor):
    block = editor.document().findBlockByNumber(5)
    colour(block, 3)

    editor.document().markContentsDirty(block.position(), block.length())

    assert max(editor.take()) < 3 * editor.fontMetrics().height()


@pytest.mark.parametrize("text", ["\n", "a\nb", "x\n\ny"])
def test_a_new_line_paints_everything(editor, text):
    editor.textCursor().insertText(text)

    assert max(editor.take()) == editor.viewport().height()


def test_lines_that_take_the_place_of_as_many_paint_all_of_them(editor):
    cursor = editor.textCursor()
    cursor.movePosition(cursor.MoveOperation.Down, cursor.MoveMode.KeepAnchor, 3)

    cursor.insertText("a\nb\nc\n")

    assert max(editor.take()) >= 3 * editor.fontMetrics().height()


def test_a_line_that_becomes_higher_moves_those_below(editor):
    editor.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
    editor.take()

    editor.textCursor().insertText("many words " * 30)

    assert max(editor.take()) == editor.viewport().height()


class PaintedAreas(QObject):
    """Notes what of a widget is painted."""

    def __init__(self, widget):
        super().__init__(widget)
        self.areas = []
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        if isinstance(event, QPaintEvent):
            self.areas.append(event.rect())
        return False


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Delete], ids=["break", "join"])
def test_a_line_break_paints_what_is_below_it(desk, qtbot, key):
    here = desk("".join(f"line {number}\n" for number in range(60)))
    editor = here.editor
    block = here.document.findBlockByNumber(20)
    editor.select(block.position() + block.length() - 1, block.position() + block.length() - 1)
    with qtbot.waitExposed(editor):
        editor.show()
    editor.viewport().repaint()
    top = editor.cursorRect().top()
    painted = PaintedAreas(editor.viewport())

    qtbot.keyClick(editor, key)
    QApplication.sendPostedEvents(None, QEvent.Type.UpdateRequest)

    assert top > 1
    assert [area.top() in (top - 1, top) for area in painted.areas] == [True]
    assert painted.areas[0].bottom() == editor.viewport().rect().bottom()


def test_lines_that_were_cut_into_as_many_are_laid_out(editor):
    document = editor.document()
    cursor = editor.textCursor()
    cursor.setPosition(3)
    cursor.setPosition(11, cursor.MoveMode.KeepAnchor)  # of "line 0\nline 1"

    cursor.insertText("\n")

    second = document.findBlockByNumber(1)
    document.documentLayout().blockBoundingRect(second)
    assert second.text() == "e 1"[1:]
    width = editor.fontMetrics().horizontalAdvance(second.text())
    assert abs(second.layout().lineAt(0).naturalTextWidth() - width) < 1
