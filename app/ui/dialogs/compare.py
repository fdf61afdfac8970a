"""The text here and the file on disk, side by side as one list of changed lines.

Knows no file: it is given both texts. Source: EDITOR.md (files: Compare, Reload, Keep).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import editor_font
from app.ui.widgets.plain_text import plain_label

if TYPE_CHECKING:
    from app.model.line_difference import LineDifference
    from app.ui.theme import Theme

_SIZE = QSize(760, 520)


class CompareDialog(QDialog):
    """Shows what a reload would change, and asks.

    Invariant: it changes nothing itself; closing it decides nothing.
    """

    reload_requested = Signal()
    keep_requested = Signal()

    def __init__(
        self,
        *,
        name: str,
        difference: LineDifference,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        """Show a difference.

        Args:
            name: of the file.
            difference: from the text here to the one on disk.
            theme: the colours.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Compare"))
        self.resize(_SIZE)
        title = self.tr("“{name}” in this window and on the disk").format(name=name)
        self._view = QPlainTextEdit()
        self._view.setReadOnly(True)
        self._view.setFont(editor_font())
        self._view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._view.setAccessibleName(self.tr("Changed lines"))
        self._view.setPlainText("\n".join(self._shown(difference)))
        self._colour(difference, theme)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        take = buttons.addButton(self.tr("Reload"), QDialogButtonBox.ButtonRole.ActionRole)
        keep = buttons.addButton(self.tr("Keep Mine"), QDialogButtonBox.ButtonRole.ActionRole)
        take.clicked.connect(self._on_reload_clicked)
        keep.clicked.connect(self._on_keep_clicked)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(plain_label(title, role="title"))
        legend = self.tr("− stands in this window only      + stands on the disk only")
        layout.addWidget(plain_label(legend, role="muted"))
        layout.addWidget(self._view, 1)
        layout.addWidget(buttons)

    @property
    def shown_text(self) -> str:
        """What is shown of the difference."""
        return self._view.toPlainText()

    @Slot()
    def _on_reload_clicked(self) -> None:
        self.accept()
        self.reload_requested.emit()

    @Slot()
    def _on_keep_clicked(self) -> None:
        self.accept()
        self.keep_requested.emit()

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
        block = self._view.document().firstBlock()
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
        self._view.setExtraSelections(marks)
