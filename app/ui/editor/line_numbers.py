"""The line numbers left of a text.

Knows no replica. It paints the visible lines only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

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

    def width_px(self) -> int:
        """Return the width that the largest number needs."""
        digits = max(_FEWEST_DIGITS, len(str(self._editor.blockCount())))
        return 2 * _PADDING_PX + digits * self._editor.fontMetrics().horizontalAdvance("9")

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
        height = editor.fontMetrics().height()
        right = self.width() - _PADDING_PX
        current = editor.textCursor().blockNumber()
        painter.setPen(colors.gutter_text)
        flags = Qt.AlignmentFlag.AlignRight
        for number, top in editor.visible_lines(area.top(), area.bottom()):
            if number == current:
                painter.setPen(colors.gutter_current)
            painter.drawText(0, top, right, height, flags, str(number + 1))
            if number == current:
                painter.setPen(colors.gutter_text)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the text."""
        self._editor.wheelEvent(event)
