"""Which program this is.

Source: EDITOR.md (window, Help).
"""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from app.ui.widgets.plain_text import plain_label, plain_paragraph

_WIDTH_PX = 360


class AboutDialog(QDialog):
    """The name, the version and what it is for."""

    def __init__(self, *, version: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About"))
        self.setMinimumWidth(_WIDTH_PX)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(8)
        layout.addWidget(plain_label("CodeXPro", role="title"))
        layout.addWidget(
            plain_label(self.tr("Version {version}").format(version=version), role="muted")
        )
        layout.addWidget(plain_paragraph(self.tr("A code editor for two people at one text.")))
        layout.addSpacing(4)
        layout.addWidget(buttons)
