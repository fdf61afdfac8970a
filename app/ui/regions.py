"""The parts of a window, to go through with F6: nothing is out of reach without a mouse.

Knows no text. Source: EDITOR.md (people: F6 cycles regions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow
    from app.ui.text_tabs import TextTabs


class Regions(QObject):
    """Goes from the text to the panels, the tool bar, the status bar, and round.

    Invariant: every part that is shown and can take the keys is reached.
    """

    def __init__(
        self, *, tabs: TextTabs, window: MainWindow, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._window = window

    def step(self, by: int) -> None:
        """Give the keys to the first widget of the next part, or of the one before."""
        parts = self._parts()
        if not parts:
            return
        focused = QApplication.focusWidget()
        within = [
            place
            for place, part in enumerate(parts)
            if focused is not None and (part is focused or part.isAncestorOf(focused))
        ]
        at = within[0] if within else (-1 if by > 0 else 0)
        for step in range(1, len(parts) + 1):
            if _focus(parts[(at + by * step) % len(parts)]):
                return

    def _parts(self) -> list[QWidget]:
        """Return what is shown, in the order of F6."""
        parts = [self._tabs.currentWidget(), *self._window.regions, self._tabs.tabBar()]
        return [part for part in parts if part.isVisibleTo(self._window)]


def _focus(part: QWidget) -> bool:
    """Give the keys to a part; tell whether it, or something in it, took them."""
    reason = Qt.FocusReason.TabFocusReason
    proxy = part.focusProxy()
    if proxy is not None and proxy.isVisible():
        proxy.setFocus(reason)
        return True
    candidates = [part, *part.findChildren(QWidget)]
    for widget in candidates:
        takes_keys = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if takes_keys and widget.isEnabled() and widget.isVisible():
            widget.setFocus(reason)
            return True
    return False
