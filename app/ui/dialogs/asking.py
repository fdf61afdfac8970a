"""What dialogs have in common that ask for something which may not work.

Knows not what is asked for. Source: EDITOR.md (habits), STYLE.md (Qt).
"""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from app.ui.widgets.announcing import announce
from app.ui.widgets.plain_text import plain_label, plain_paragraph


class AskingDialog(QDialog):
    """A title, fields, a sentence on what went wrong; open until somebody says that it worked.

    Invariant: while what was asked for is under way it cannot be asked for again.
    """

    def __init__(self, *, title: str, width_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(width_px)
        self._is_busy = False
        self._error = plain_paragraph(role="error")
        self._error.hide()

    @property
    def error_text(self) -> str:
        """What went wrong; empty while nothing did."""
        return "" if self._error.isHidden() else self._error.text()

    def show_error(self, text: str) -> None:
        """Say why it did not work, and let the user try again."""
        self._is_busy = False
        self._error.setText(text)
        self._error.setVisible(bool(text))
        if text:
            announce(self, text, is_urgent=True)
        self._show_what_is_possible()

    def _begin(self) -> None:
        """Take in that what was asked for is under way."""
        self._is_busy = True
        self._error.hide()
        self._show_what_is_possible()

    def _show_what_is_possible(self) -> None:
        """Enable what can be pressed and written into now."""
        raise NotImplementedError

    def _column(self, title: str) -> QVBoxLayout:
        """Return the column that everything stands in, with what is asked at its top."""
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(plain_label(title, role="title"))
        return column
