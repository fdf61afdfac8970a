"""The strips beside a text, and what is painted again when there are more or fewer lines.

Left of it are the line numbers, right of it the overview. Knows no replica. Source: Qt's
`QPlainTextEdit::updateRequest`; `plain_layout`, which asks for less than Qt does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Slot
from PySide6.QtWidgets import QPlainTextEdit

from app.ui.editor.line_numbers import LineNumbers
from app.ui.editor.overview_ruler import WIDTH_PX
from app.ui.editor.plain_layout import layout_of

if TYPE_CHECKING:
    from PySide6.QtGui import QFont, QTextDocument

    from app.ui.editor.caret_layer import CaretLayer
    from app.ui.editor.code_editor import CodeEditor


class Margins(QObject):
    """Invariant: the strips are as high as the text, and each number stands beside its line."""

    def __init__(self, editor: CodeEditor, others: CaretLayer) -> None:
        super().__init__(editor)
        self._editor = editor
        self._others = others
        self._numbers = LineNumbers(editor)
        self._caret_line = 0  # whose number stands out
        self._row_px = 1  # how high a line is that is not wrapped
        editor.blockCountChanged.connect(self._on_block_count_changed)
        editor.updateRequest.connect(self._on_update_requested)

    def watch(self, document: QTextDocument) -> None:
        """Paint again what a document's changes move; it is the one that the editor shows."""
        layout_of(document).lines_moved.connect(self._on_lines_moved)

    def unwatch(self, document: QTextDocument) -> None:
        """Leave a document alone."""
        layout_of(document).lines_moved.disconnect(self._on_lines_moved)

    def set_font(self, font: QFont) -> None:
        """Take the editor's font."""
        self._numbers.setFont(font)
        self._row_px = self._editor.fontMetrics().height()
        self._make_room()

    def place(self) -> None:
        """Put the strips beside the text, and not beside the scroll bar below it."""
        area, text = self._editor.contentsRect(), self._editor.viewport().geometry()
        width = self._numbers.width_px()
        self._numbers.setGeometry(QRect(area.left(), area.top(), width, text.height()))
        self._editor.ruler.setGeometry(text.right() + 1, text.top(), WIDTH_PX, text.height())

    def show_caret(self, line: int) -> None:
        """Let the number of the caret's line stand out, counted from 0."""
        if line != self._caret_line:  # also when others made a line of what stands before it
            self._numbers.update_line(self._caret_line)
            self._numbers.update_line(line)
            self._caret_line = line
            self._editor.caret_line_changed.emit()

    def update(self) -> None:
        """Paint everything again: the colours are others."""
        self._numbers.update()
        self._editor.ruler.update()

    @Slot(int)
    def _on_block_count_changed(self, _count: int) -> None:
        self._make_room()

    @Slot(QRect, int)
    def _on_update_requested(self, area: QRect, scrolled_px: int) -> None:
        if not scrolled_px:
            if area.height() > 2 * self._row_px:  # else no line became higher, no number moved
                self._numbers.update_rows(area.top(), area.height())
        elif self._editor.lineWrapMode() is QPlainTextEdit.LineWrapMode.NoWrap:
            self._numbers.scroll(0, scrolled_px)
        else:  # a line may take another number of rows now that it is seen
            self._numbers.update()

    @Slot(int)
    def _on_lines_moved(self, first: int) -> None:
        """Paint what stands in this window from a line on, and the names above it."""
        editor, viewport = self._editor, self._editor.viewport()
        top = 0
        if first >= editor.firstVisibleBlock().blockNumber():
            block = editor.document().findBlockByNumber(first)
            place = editor.blockBoundingGeometry(block).translated(editor.contentOffset())
            top = max(0, int(place.top()) - self._others.name_px)
        if top < viewport.height():
            viewport.update(0, top, viewport.width(), viewport.height() - top)
            self._numbers.update_rows(top, viewport.height() - top)

    def _make_room(self) -> None:
        """Let the text begin behind the largest number."""
        width = self._numbers.width_px()
        if self._editor.viewportMargins().left() != width:
            self._editor.setViewportMargins(width, 0, WIDTH_PX, 0)
            self.place()
