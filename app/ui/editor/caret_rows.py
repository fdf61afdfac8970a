"""Where carets stand in a window, worked out once a line and not once a caret.

`QPlainTextEdit.cursorRect` adds up the heights of all lines above, for each caret anew. Knows
neither persons nor painting. Source: Qt's `QWidgetTextControlPrivate::rectForPosition`
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from PySide6.QtGui import QTextCursor

if TYPE_CHECKING:
    from PySide6.QtGui import QTextBlock
    from PySide6.QtWidgets import QPlainTextEdit

    from app.model.participants import RemoteCaret
    from app.ui.editor.remote_carets import Place


class CaretRow:
    """A line of the text as it lies in the window just now; of use until the next edit."""

    def __init__(self, editor: QPlainTextEdit, block: QTextBlock) -> None:
        self.start_utf16 = block.position()
        self.stop_utf16 = self.start_utf16 + block.length()  # behind its end
        self._editor = editor
        self._block = block
        layout = block.layout()
        box = editor.blockBoundingGeometry(block).translated(editor.contentOffset())
        # Four numbers; the stubs say `object`.
        left_px, top_px, _, bottom_px = cast("tuple[float, float, float, float]", box.getCoords())
        self.top_px, self.bottom_px, self._left_px = top_px, bottom_px, left_px
        self.carets: list[RemoteCaret] = []  # which stand here
        is_simple = layout.lineCount() == 1 and not layout.preeditAreaText()
        self._line = layout.lineAt(0) if is_simple else None
        self._height_px = round(self._line.height()) if self._line is not None else 0

    def place(self, at_utf16: int) -> Place:
        """Return where a caret stands: left, top and height in pixels of the viewport."""
        if self._line is not None:
            # The place, and the position that was taken for it; the stubs say `object`.
            found: Any = self._line.cursorToX(at_utf16 - self.start_utf16)
            return round(self._left_px + found[0]), round(self.top_px), self._height_px
        cursor = QTextCursor(self._block)
        cursor.setPosition(at_utf16)
        rect = self._editor.cursorRect(cursor)
        return rect.left(), rect.top(), rect.height()

    def end_px(self, at_utf16: int) -> int:
        """Return where the text ends in the row of a caret, on the right in any script."""
        line = self._line
        if line is None:  # a wrapped line has several rows
            line = self._block.layout().lineForTextPosition(at_utf16 - self.start_utf16)
        return int(self._left_px + line.naturalTextRect().right())
