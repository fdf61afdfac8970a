"""What every page in a tab has: a banner above what it shows.

Knows no text. Source: EDITOR.md (window).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.widgets.banner import Banner

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QPaintEvent

_FRAME_PX = 3


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
        self._frame: QColor | None = None

    def set_frame(self, color: QColor | None) -> None:
        """Show a frame in a colour around everything, or none."""
        if color != self._frame:
            self._frame = color
            width = _FRAME_PX if color is not None else 0
            self.column.setContentsMargins(width, width, width, width)
            self.update()

    @property
    def frame(self) -> QColor | None:
        """The colour of the frame; None while there is none."""
        return self._frame

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame; what it surrounds is painted above it."""
        super().paintEvent(event)
        if self._frame is not None:
            painter = QPainter(self)
            painter.fillRect(self.rect(), self._frame)
            painter.end()
