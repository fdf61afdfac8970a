"""One part of the status bar: a flat button, because every part can be asked about.

Knows no state. Source: EDITOR.md (window).
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from app.ui.widgets.plain_text import set_plain_tool_tip


class StatusSegment(QToolButton):
    """A flat button with a word; hidden while it has none.

    Invariant: what it looks like is only a hint to the word that stands in it.
    """

    def __init__(self, name: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._shown = ("", "", "")  # word, explanation, tone
        self.hide()

    def show_text(self, text: str, *, tip: str = "", tone: str = "") -> None:
        """Show a word, with an explanation, in the colour of a tone of the style sheet."""
        if (text, tip, tone) == self._shown:
            return
        self._shown = (text, tip, tone)
        self.setText(text.replace("&", "&&"))
        self.setAccessibleName(text)
        set_plain_tool_tip(self, tip)
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)
        self.setVisible(bool(text))
