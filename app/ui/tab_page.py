"""What every page in a tab has: a banner above what it shows.

Knows no text. Source: EDITOR.md (window).
"""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.widgets.banner import Banner


class TabPage(QWidget):
    """A banner, and room below it.

    Invariant: there is always a banner to say something in.
    """

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = Banner()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addWidget(self.banner)
