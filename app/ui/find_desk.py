"""Find bars: at most one a text, and what was looked for last is remembered for all.

Source: EDITOR.md (find).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.model.search import SearchQuery
from app.ui.find_session import FindSession
from app.ui.widgets.find_bar import FindBar

if TYPE_CHECKING:
    from app.tasks import TaskOwner
    from app.ui.open_text import OpenText
    from app.ui.text_tabs import TextTabs
    from app.ui.theme import Appearance, Theme


class FindDesk(QObject):
    """Opens and closes find bars.

    Invariant: a text that goes away has no search under way that would touch it.
    """

    counted = Signal(str)  # what a bar says of the matches now

    def __init__(
        self,
        *,
        tabs: TextTabs,
        tasks: TaskOwner,
        appearance: Appearance,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._tasks = tasks
        self._appearance = appearance
        self._before = SearchQuery("")
        self._sessions: dict[OpenText, FindSession] = {}
        tabs.tab_removed.connect(self._on_tab_removed)
        appearance.theme_changed.connect(self._on_theme_changed)

    def find(self, opened: OpenText) -> None:
        """Open the bar of a text to find something."""
        self._session(opened).open(is_replacing=False, before=self._before)

    def replace(self, opened: OpenText) -> None:
        """Open the bar of a text to replace something."""
        self._session(opened).open(is_replacing=True, before=self._before)

    def find_next(self, opened: OpenText) -> None:
        """Go to the next match; without a bar, open one."""
        if opened in self._sessions:
            self._sessions[opened].go_to_next()
        else:
            self.find(opened)

    def find_previous(self, opened: OpenText) -> None:
        """Go to the match before; without a bar, open one."""
        if opened in self._sessions:
            self._sessions[opened].go_to_previous()
        else:
            self.find(opened)

    def session_of(self, opened: OpenText) -> FindSession | None:
        """Return the search of a text; None when its bar is closed."""
        return self._sessions.get(opened)

    @Slot(object)
    def _on_tab_removed(self, opened: OpenText) -> None:
        if opened in self._sessions:
            self._sessions[opened].close()

    @Slot(object)
    def _on_theme_changed(self, theme: Theme) -> None:
        for session in self._sessions.values():
            session.bar.show_theme(theme)
            session.set_mark_color(theme.editor.found)

    def _session(self, opened: OpenText) -> FindSession:
        if opened not in self._sessions:
            theme = self._appearance.theme
            session = FindSession(
                opened,
                bar=FindBar(theme=theme),
                tasks=self._tasks,
                mark_color=theme.editor.found,
                parent=self,
            )
            session.bar.counted.connect(self.counted)
            session.closed.connect(self._on_session_closed)
            self._sessions[opened] = session
        return self._sessions[opened]

    @Slot()
    def _on_session_closed(self) -> None:
        session = self.sender()
        if isinstance(session, FindSession):
            self._before = session.bar.query
            for opened in [each for each, its in self._sessions.items() if its is session]:
                del self._sessions[opened]
