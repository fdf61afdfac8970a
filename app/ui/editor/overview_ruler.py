"""A stripe beside the scroll bar that shows where in the whole text something is.

Carets of the others, what was found, and what others changed while one was away. A key paints
nothing of it; another number of lines does. Knows no session. Source: EDITOR.md (overview ruler).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QMouseEvent, QPaintEvent, QTextCursor

    from app.ui.editor.caret_layer import CaretLayer
    from app.ui.editor.code_editor import CodeEditor

WIDTH_PX = 10

_MARK_PX = 3  # high
_CARET_PX = 5


class OverviewRuler(QWidget):
    """The stripe of one editor.

    Invariant: a line's mark is as far down the stripe as the line is in the text.
    """

    def __init__(self, editor: CodeEditor, others: CaretLayer) -> None:
        super().__init__(editor)
        self._editor = editor
        self._others = others
        self._found: tuple[int, ...] = ()  # lines, from 0
        self._merged: tuple[QTextCursor, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # else all below it paints too
        self.setAccessibleName(self.tr("Overview of the text"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        editor.blockCountChanged.connect(self._on_lines_changed)

    def show_found(self, lines: Iterable[int]) -> None:
        """Mark the lines in which something was found, counted from 0; none: no marks."""
        wanted = tuple(lines)
        if wanted != self._found:
            self._found = wanted
            self.update()

    def show_merged(self, places: Iterable[QTextCursor]) -> None:
        """Mark where others changed something; places go along with their text."""
        self._merged = tuple(places)
        self.update()

    def line_at(self, y_px: int) -> int:
        """Return the line that a height stands for."""
        count = self._editor.blockCount()
        return min(max(y_px * count // max(self.height(), 1), 0), count - 1)

    def sizeHint(self) -> QSize:
        """Return that only the width matters."""
        return QSize(WIDTH_PX, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the marks, those of one height once."""
        del event
        painter = QPainter(self)
        colors = self._editor.colors
        painter.fillRect(self.rect(), colors.background)
        merged = {place.blockNumber() for place in self._merged}
        for lines, color in ((self._found, colors.ruler_found), (merged, colors.ruler_merged)):
            for y in {self._y_of(line) for line in lines}:
                painter.fillRect(QRect(2, y, WIDTH_PX - 4, _MARK_PX), color)
        document = self._editor.document()
        for caret in self._others.carets:
            y = self._y_of(document.findBlock(caret.head_utf16).blockNumber())
            painter.fillRect(QRect(0, y, WIDTH_PX, _CARET_PX), QColor(caret.color))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show the lines that were clicked on."""
        self._show(int(event.position().y()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on showing, while the button is held."""
        self._show(int(event.position().y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take the end of it: nobody below is to hear of it."""
        event.accept()

    @Slot(int)
    def _on_lines_changed(self, _count: int) -> None:
        if self._others.carets or self._found or self._merged:
            self.update()

    def _show(self, y_px: int) -> None:
        block = self._editor.document().findBlockByNumber(self.line_at(y_px))
        bar = self._editor.verticalScrollBar()
        bar.setValue(block.firstLineNumber() - bar.pageStep() // 2)

    def _y_of(self, line: int) -> int:
        count = max(self._editor.blockCount(), 1)
        return min(line, count - 1) * max(self.height() - _CARET_PX, 1) // count
