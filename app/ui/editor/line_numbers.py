"""The line numbers left of a text.

Knows no replica. It paints the visible lines only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.ui.editor.visible_lines import lines_between

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QWheelEvent

    from app.ui.editor.code_editor import CodeEditor

_PADDING_PX = 8
_FEWEST_DIGITS = 3


class LineNumbers(QWidget):
    """A strip in the left margin of its editor."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self.setAccessibleName(self.tr("Line numbers"))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # else all below it paints too

    def width_px(self) -> int:
        """Return the width that the largest number needs."""
        digits = max(_FEWEST_DIGITS, len(str(self._editor.blockCount())))
        return 2 * _PADDING_PX + digits * self._editor.fontMetrics().horizontalAdvance("9")

    def update_rows(self, top_px: int, height_px: int) -> None:
        """Paint the numbers between two heights again, when Qt comes to it."""
        self.update(0, top_px, self.width(), height_px)

    def update_line(self, number: int) -> None:
        """Paint one number again, counted from 0, if it is in the window."""
        editor = self._editor
        if number >= editor.firstVisibleBlock().blockNumber():
            block = editor.document().findBlockByNumber(number)
            if block.isValid():
                place = editor.blockBoundingGeometry(block).translated(editor.contentOffset())
                self.update_rows(int(place.top()), int(place.height()) + 1)

    def sizeHint(self) -> QSize:
        """Ask for the room that the numbers need."""
        return QSize(self.width_px(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the numbers of the visible lines."""
        editor, colors = self._editor, self._editor.colors
        area = event.rect()
        painter = QPainter(self)
        painter.fillRect(area, colors.gutter_background)
        painter.setFont(editor.font())
        metrics = editor.fontMetrics()
        ascent, digit = metrics.ascent(), metrics.horizontalAdvance("9")
        right = self.width() - _PADDING_PX
        current = editor.textCursor().blockNumber()
        painter.setPen(colors.gutter_text)
        for number, top in lines_between(editor, area.top(), area.bottom()):
            text = str(number + 1)
            if number == current:
                painter.setPen(colors.gutter_current)
            # At a point: within a rectangle Qt lays a paragraph out. All digits are as wide.
            painter.drawText(right - len(text) * digit, top + ascent, text)
            if number == current:
                painter.setPen(colors.gutter_text)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the text."""
        self._editor.wheelEvent(event)
