"""What is answered or edited, said above the field in which one writes.

Knows no message: it is handed a sentence and what fills it. Source: EDITOR.md (chat).
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.ui.widgets.plain_text import plain_label


class ContextRow(QWidget):
    """One line and a button that ends it. Invariant: it is hidden while there is nothing to say."""

    stopped = Signal()  # neither answer nor edit

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = plain_label("", role="muted")
        stop = QToolButton()
        stop.setText("✕")
        stop.setAccessibleName(self.tr("Do not answer or edit"))
        stop.clicked.connect(self.stopped)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 6, 0)
        layout.addWidget(self._said, 1)
        layout.addWidget(stop)
        self.hide()

    def say(self, said: str, *, name: str, text: str, width_px: int) -> None:
        """Show a sentence, cut where there is no more room."""
        shown = said.replace("{name}", name).replace("{text}", " ".join(text.split()))
        metrics = self._said.fontMetrics()
        self._said.setText(metrics.elidedText(shown, Qt.TextElideMode.ElideRight, width_px))
        self.show()
