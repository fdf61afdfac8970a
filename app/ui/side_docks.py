"""The panels beside the texts: each in a dock that its command shows and hides.

Knows no panel's contents. Source: EDITOR.md (window; habits).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow, QWidget


def side_dock(
    window: QMainWindow,
    panel: QWidget,
    *,
    name: str,
    title: str,
    toggle: QAction,
    area: Qt.DockWidgetArea = Qt.DockWidgetArea.RightDockWidgetArea,
) -> QDockWidget:
    """Put a panel beside the texts, hidden at first; return its dock.

    Args:
        window: whose panel it is.
        panel: what is shown.
        name: of the dock, by which its place is kept.
        title: what stands above it.
        toggle: a checkable action that shows and hides it.
        area: on which side; panels of one side share its room as tabs.
    """
    dock = QDockWidget(title, window)
    dock.setObjectName(name)
    dock.setFeatures(
        QDockWidget.DockWidgetFeature.DockWidgetClosable
        | QDockWidget.DockWidgetFeature.DockWidgetMovable
    )
    dock.setWidget(panel)
    before = [
        other for other in window.findChildren(QDockWidget) if window.dockWidgetArea(other) == area
    ]
    window.addDockWidget(area, dock)
    if before:
        window.tabifyDockWidget(before[-1], dock)
    dock.hide()
    toggle.toggled.connect(partial(_show, dock))
    dock.toggleViewAction().toggled.connect(toggle.setChecked)
    return dock


def _show(dock: QDockWidget, is_shown: bool) -> None:
    dock.setVisible(is_shown)
    if is_shown:
        dock.raise_()
