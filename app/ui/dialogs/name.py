"""Asks what a file or folder is to be called.

Knows no disk: whoever opens it says whether the name can be had. Source: EDITOR.md (project tree).
"""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from app.ui.widgets.plain_text import plain_label, plain_paragraph

_WIDTH_PX = 420


class NameDialog(QDialog):
    """A name and a verb; stays open until somebody says that it worked."""

    name_entered = Signal(str)

    def __init__(
        self,
        *,
        title: str,
        explanation: str,
        verb: str,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Prepare.

        Args:
            title: what is done.
            explanation: to what, or where.
            verb: on the button.
            name: filled in; what stands in front of its extension is selected.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH_PX)
        self._field = QLineEdit(name)
        self._field.setAccessibleName(self.tr("Name"))
        self._error = plain_paragraph(role="error")
        self._error.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._accept = buttons.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole)
        self._accept.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(plain_label(title, role="title"))
        layout.addWidget(plain_paragraph(explanation, role="muted"))
        layout.addWidget(self._field)
        layout.addWidget(self._error)
        layout.addStretch(1)
        layout.addWidget(buttons)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        self._field.textChanged.connect(self._on_text_changed)
        self._field.setFocus()
        stem = PurePath(name).stem if name else ""
        self._field.setSelection(0, len(stem.encode("utf-16-le")) // 2)
        self._on_text_changed(name)

    @property
    def error_text(self) -> str:
        """Why the name could not be had; empty while nothing is said."""
        return "" if self._error.isHidden() else self._error.text()

    def enter(self, name: str) -> None:
        """Fill in the name and press the button."""
        self._field.setText(name)
        self._on_accepted()

    def show_error(self, text: str) -> None:
        """Say why the name cannot be had."""
        self._error.setText(text)
        self._error.show()

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        self._error.hide()
        self._accept.setEnabled(bool(text.strip()))

    @Slot()
    def _on_accepted(self) -> None:
        self.name_entered.emit(self._field.text().strip())
