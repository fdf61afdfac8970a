"""Everything that is marked in a text without being part of it, in one ordered list.

From below: the current line, what others selected, what was found, the pair of brackets. Knows
neither replica nor theme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QTextEdit

from app.ui.editor.brackets import matching_brackets
from app.ui.editor.remote_carets import selection_format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QColor

    from app.model.participants import RemoteCaret
    from app.ui.editor.code_editor import CodeEditor


class ExtraSelections:
    """What one editor marks.

    Invariant: Qt is given a list only when it differs from the one before; its cursors follow edits
    by themselves.
    """

    def __init__(self, editor: CodeEditor) -> None:
        self._editor = editor
        self._marks: list[QTextEdit.ExtraSelection] = []
        self._others: list[QTextEdit.ExtraSelection] = []
        self._other_cursors: list[QTextCursor] = []
        self._key: tuple[int, tuple[int, int] | None] | None = None

    def set_marks(self, marks: Sequence[QTextEdit.ExtraSelection]) -> None:
        """Show what was found."""
        if marks or self._marks:
            self._marks = list(marks)
            self.refresh(force=True)

    def set_carets(self, carets: Sequence[RemoteCaret]) -> None:
        """Show what others selected."""
        others = [
            self._selection(caret.anchor_utf16, caret.head_utf16, selection_format(caret))
            for caret in carets
            if caret.anchor_utf16 != caret.head_utf16
        ]
        if others or self._others:
            self._others = others
            self._other_cursors = [each.cursor for each in others]  # pyright: ignore[reportAttributeAccessIssue]
            self.refresh(force=True)

    def follow(self, carets: Sequence[RemoteCaret]) -> None:
        """Show what others selected, after an edit with which Qt has moved what is shown."""
        wanted = [
            (caret.anchor_utf16, caret.head_utf16)
            for caret in carets
            if caret.anchor_utf16 != caret.head_utf16
        ]
        if wanted != [(cursor.anchor(), cursor.position()) for cursor in self._other_cursors]:
            self.set_carets(carets)

    def refresh(self, *, force: bool = False) -> None:
        """Follow the caret."""
        cursor = self._editor.textCursor()
        brackets = matching_brackets(self._editor.document(), cursor.position())
        key = (cursor.blockNumber(), brackets)
        if key == self._key and not force:
            return
        self._key = key
        colors = self._editor.colors
        line = QTextCharFormat()
        line.setBackground(colors.current_line)
        line.setProperty(QTextFormat.Property.FullWidthSelection, True)
        place = cursor.position()
        selections = [self._selection(place, place, line), *self._others, *self._marks]
        selections += self._pair(brackets, colors.bracket)
        self._editor.setExtraSelections(selections)

    def _pair(
        self, brackets: tuple[int, int] | None, color: QColor
    ) -> list[QTextEdit.ExtraSelection]:
        pair = QTextCharFormat()
        pair.setBackground(color)
        return [self._selection(at, at + 1, pair) for at in brackets or ()]

    def _selection(
        self, anchor_utf16: int, head_utf16: int, text_format: QTextCharFormat
    ) -> QTextEdit.ExtraSelection:
        document = self._editor.document()
        last = document.characterCount() - 1
        selection = QTextEdit.ExtraSelection()
        cursor = QTextCursor(document)
        cursor.setPosition(min(anchor_utf16, last))
        cursor.setPosition(min(head_utf16, last), QTextCursor.MoveMode.KeepAnchor)
        selection.cursor = cursor  # pyright: ignore[reportAttributeAccessIssue]  # the stubs lack it
        selection.format = text_format  # pyright: ignore[reportAttributeAccessIssue]
        return selection
