"""A page of a tab that is read: a column in the middle, scrolled when the window is low."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QWidget


def centred_page(inside: QWidget) -> QScrollArea:
    """Return the page that shows a column; its own greatest width holds."""
    around = QWidget()
    row = QHBoxLayout(around)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(inside, 8)
    row.addStretch(1)
    scroll = QScrollArea()
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setWidgetResizable(True)
    scroll.setWidget(around)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return scroll
