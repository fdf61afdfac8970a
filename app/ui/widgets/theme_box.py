"""A box to choose the theme in.

Knows no setting. Source: EDITOR.md (themes: one setting for the UI and the text).
"""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from app.ui.theme import ThemeChoice


class ThemeBox(QComboBox):
    """All themes, one of them chosen."""

    theme_requested = Signal(object)  # ThemeChoice

    def __init__(self, *, choice: ThemeChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for each, text in (
            (ThemeChoice.SYSTEM, self.tr("As the desktop")),
            (ThemeChoice.LIGHT, self.tr("Light")),
            (ThemeChoice.DARK, self.tr("Dark")),
            (ThemeChoice.CONTRAST, self.tr("High contrast")),
        ):
            self.addItem(text, each)
        self.setCurrentIndex(self.findData(choice))
        self.activated.connect(self._on_activated)

    @Slot(int)
    def _on_activated(self, _row: int) -> None:
        choice = self.currentData()
        if isinstance(choice, ThemeChoice):
            self.theme_requested.emit(choice)
