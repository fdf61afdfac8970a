"""Markdown beside the text: which text is shown, and when again.

A key costs nothing while the panel is hidden. Source: EDITOR.md (preview).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices

from app.ui.panels.markdown import MarkdownPanel
from app.ui.side_docks import side_dock

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.text_tabs import TextTabs

_SETTLE_MS = 200
_LANGUAGE = "markdown"


class MarkdownDesk(QObject):
    """Keeps the panel up to date.

    Invariant: it shows the Markdown text that was in front last, as it stands in its tab.
    """

    def __init__(
        self, *, tabs: TextTabs, window: MainWindow, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.open_url: Callable[[QUrl], object] = QDesktopServices.openUrl
        self.panel = MarkdownPanel()
        self._tabs = tabs
        self._shown: OpenText | None = None
        self._dock = side_dock(
            window,
            self.panel,
            name="markdown",
            title=self.tr("Preview"),
            toggle=window.actions_by_id["view.markdown"],
        )
        # A child of the window: it must not outlive its widgets.
        self._timer = QTimer(window, singleShot=True, interval=_SETTLE_MS)
        self._timer.timeout.connect(self._on_due)
        self._dock.visibilityChanged.connect(self._on_visibility_changed)
        self.panel.web_link_clicked.connect(self._on_web_link_clicked)
        tabs.text_added.connect(self._on_text_added)
        tabs.tab_removed.connect(self._on_tab_removed)
        tabs.front_changed.connect(self._on_front_changed)

    def show(self, opened: OpenText) -> None:
        """Show a text, and go on showing it."""
        self._shown = opened
        self._dock.show()
        self._dock.raise_()
        self._on_due()

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        opened.binding.edited.connect(self._on_edited)
        opened.binding.remote_edited.connect(self._on_edited)
        opened.renamed.connect(self._on_front_changed)

    @Slot(object)
    def _on_tab_removed(self, opened: OpenText) -> None:
        if opened is self._shown:
            self._shown = None
            self._on_due()

    @Slot()
    def _on_front_changed(self) -> None:
        front = self._tabs.front
        if front is not None and front is not self._shown and front.language == _LANGUAGE:
            self._shown = front
            self._timer.start()

    @Slot(bool)
    def _on_visibility_changed(self, is_visible: bool) -> None:
        if is_visible:
            self._timer.start()

    @Slot(object)
    def _on_edited(self, _edits: object) -> None:
        if self._dock.isVisible() and not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _on_due(self) -> None:
        if not self._dock.isVisible():
            return
        if self._shown is None:
            self.panel.show_nothing()
        else:
            self.panel.show_text(self._shown.replica.text)

    @Slot(QUrl)
    def _on_web_link_clicked(self, url: QUrl) -> None:
        self.open_url(url)
