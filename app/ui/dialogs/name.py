"""Asks what a file or folder is to be called.

Knows no disk: whoever opens it says whether the name can be had. Source: EDITOR.md (project tree).
"""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit, QWidget

from app.ui.dialogs.asking import AskingDialog
from app.ui.widgets.plain_text import plain_paragraph

_WIDTH_PX = 420


class NameDialog(AskingDialog):
    """A name and a verb."""

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
        super().__init__(title=title, width_px=_WIDTH_PX, parent=parent)
        self._field = QLineEdit(name)
        self._field.setAccessibleName(self.tr("Name"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._accept = buttons.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole)
        self._accept.setDefault(True)
        layout = self._column(title)
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
        self._show_what_is_possible()

    def enter(self, name: str) -> None:
        """Fill in the name and press the button."""
        self._field.setText(name)
        self._on_accepted()

    def _show_what_is_possible(self) -> None:
        self._accept.setEnabled(bool(self._field.text().strip()))

    @Slot()
    def _on_text_changed(self) -> None:
        self._error.hide()
        self._show_what_is_possible()

    @Slot()
    def _on_accepted(self) -> None:
        self.name_entered.emit(self._field.text().strip())
