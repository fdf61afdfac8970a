"""Before a file or a folder goes to the trash.

Knows no disk. Source: EDITOR.md (habits: verb buttons).
"""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from app.ui.widgets.plain_text import plain_label, plain_paragraph

_WIDTH_PX = 420


class TrashDialog(QDialog):
    """Asks once; Esc and closing it mean no."""

    confirmed = Signal()

    def __init__(self, *, name: str, is_folder: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Move to Trash"))
        self.setMinimumWidth(_WIDTH_PX)
        text = self.tr("It can be taken back from the system's trash.")
        if is_folder:
            text = self.tr(
                "Everything in the folder goes along. It can be taken back from the system's trash."
            )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.tr("Move to Trash"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        title = plain_label(self.tr("Move “{name}” to the trash?").format(name=name), role="title")
        title.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(title)
        layout.addWidget(plain_paragraph(text, role="muted"))
        layout.addStretch(1)
        layout.addWidget(buttons)

    @Slot()
    def _on_accepted(self) -> None:
        self.confirmed.emit()
        self.accept()
