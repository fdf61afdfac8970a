"""Changed lines, coloured, with a few lines around them; or a text as it is.

Knows no file and no version. Source: EDITOR.md (files: Compare).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from app.ui.theme import editor_font

if TYPE_CHECKING:
    from app.model.line_difference import LineDifference
    from app.ui.theme import Theme


class DifferenceView(QPlainTextEdit):
    """A text that can be read and copied, and not changed."""

    def __init__(self, *, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setReadOnly(True)
        self.setFont(editor_font())
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName(self.tr("Changed lines"))

    def show_text(self, text: str) -> None:
        """Show a text as it is."""
        self.setExtraSelections([])
        self.setPlainText(text)

    def show_difference(self, difference: LineDifference) -> None:
        """Show what differs."""
        self.setPlainText("\n".join(self._shown(difference)))
        self._colour(difference, self._theme)

    def _shown(self, difference: LineDifference) -> list[str]:
        if difference.is_too_long:
            return [self.tr("The text is too long to be compared here.")]
        if not difference.lines:
            return [self.tr("The lines are the same; only the way they are written differs.")]
        if not difference.left_out:
            return list(difference.lines)
        more = self.tr("… and {count} lines more").format(count=difference.left_out)
        return [*difference.lines, more]

    def _colour(self, difference: LineDifference, theme: Theme) -> None:
        marks: list[QTextEdit.ExtraSelection] = []
        colours = {"+": theme.status.good, "-": theme.status.trouble, "@": theme.status.notice}
        block = self.document().firstBlock()
        for line in difference.lines:
            if line[:1] in colours:
                whole_line = QTextCharFormat()
                whole_line.setBackground(colours[line[:1]])
                whole_line.setProperty(QTextFormat.Property.FullWidthSelection, True)
                mark = QTextEdit.ExtraSelection()
                # The stubs lack both.
                mark.cursor = QTextCursor(block)  # pyright: ignore[reportAttributeAccessIssue]
                mark.format = whole_line  # pyright: ignore[reportAttributeAccessIssue]
                marks.append(mark)
            block = block.next()
        self.setExtraSelections(marks)
