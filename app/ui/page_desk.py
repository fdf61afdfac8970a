"""Pages without a text, and what was opened lately: Welcome, and files too large to edit.

Source: EDITOR.md (window: first run, Welcome tab; limits).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.collab.text_replica import TextReplica
from app.model.templates import TEMPLATES
from app.qtmodels.picks import PickItem
from app.ui.first_run import FirstRunPage
from app.ui.large_file import LargeFilePage
from app.ui.open_text import OpenText
from app.ui.welcome import WelcomePage

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.storage.file_errors import FileTooLarge
    from app.ui.file_desk import FileDesk
    from app.ui.main_window import MainWindow
    from app.ui.picks import Picks
    from app.ui.project_desk import ProjectDesk
    from app.ui.session_desk import SessionDesk
    from app.ui.text_tabs import TextTabs
    from app.ui.theme import Appearance, Theme
    from app.ui.workspace_keeper import WorkspaceKeeper

_FOLDER, _FILE, _SHARED = "folder:", "file:", "shared:"


class PageDesk(QObject):
    """Shows pages without a text, and knows which files one may want to go to.

    Invariant: when the last tab is closed, Welcome is shown; there is always a page.
    """

    theme_requested = Signal(object)  # ThemeChoice
    first_run_over = Signal()  # answered or skipped: it need not be shown again

    def __init__(
        self,
        *,
        tabs: TextTabs,
        files: FileDesk,
        project: ProjectDesk,
        session: SessionDesk,
        window: MainWindow,
        picks: Picks,
        keeper: WorkspaceKeeper,
        appearance: Appearance,
        parent: QObject | None = None,
    ) -> None:
        """Work on the tabs of a window.

        Args:
            tabs: where pages are.
            files: opens files.
            project: the folder that is open.
            session: what others share.
            window: whose commands the Welcome page offers.
            picks: opens lists.
            keeper: knows what was opened lately.
            appearance: the theme.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._tabs = tabs
        self._files = files
        self._project = project
        self._session = session
        self._window = window
        self._picks = picks
        self._keeper = keeper
        self._appearance = appearance
        self._welcome: WelcomePage | None = None
        self._first_run: FirstRunPage | None = None
        tabs.page_close_requested.connect(self._on_page_close_requested)
        files.too_large.connect(self._on_too_large)
        keeper.recent_changed.connect(self._on_recent_changed)
        appearance.theme_changed.connect(self._on_theme_changed)

    def show_welcome(self) -> None:
        """Show what one can begin with, in place of an untouched empty text."""
        front = self._tabs.front
        if self._welcome is None:
            self._welcome = self._make_welcome()
            self._tabs.add_page(self._welcome, self.tr("Welcome"), at=0)
        self._tabs.setCurrentWidget(self._welcome)
        self._welcome.setFocus()
        if front is not None and front.is_pristine:
            self._files.request_close(front)

    def show_first_run(self) -> None:
        """Ask the few things that are good to know, before Welcome; told when that is over."""
        front = self._tabs.front
        page = self._first_run = FirstRunPage(
            actions=self._window.actions_by_id,
            person=self._session.person,
            choice=self._appearance.choice,
        )
        page.theme_requested.connect(self.theme_requested)
        page.begun.connect(self._on_begun)
        page.skipped.connect(self._end_first_run)
        self._tabs.add_page(page, self.tr("First Steps"), at=0)
        page.setFocus()
        if front is not None and front.is_pristine:
            self._files.request_close(front)

    def ask_for_template(self) -> None:
        """Ask what a new text begins with, and start it."""
        titles = {
            "html": self.tr("Web page"),
            "python": self.tr("Python script"),
            "markdown": self.tr("Markdown text"),
        }
        items = [PickItem(each.id, titles[each.id], each.file_name) for each in TEMPLATES]
        self._picks.show_items(items, self._on_template_picked, hint=self.tr("New from template"))

    def close_front(self) -> None:
        """Close the tab in front."""
        if self._tabs.front is not None:
            self._files.request_close(self._tabs.front)
        else:
            self._on_page_close_requested(self._tabs.currentWidget())

    def ask_for_recent(self) -> None:
        """Ask for a file or a folder that was opened lately, and open it."""
        workspace = self._keeper.workspace
        recent = ((_FOLDER, workspace.recent_folders), (_FILE, workspace.recent_files))
        items = [
            PickItem(f"{kind}{path}", Path(path).name or path, str(Path(path).parent))
            for kind, paths in recent
            for path in paths
        ]
        empty = self.tr("Nothing was opened lately.")
        hint = self.tr("Recent file or folder")
        self._picks.show_items(items, self._on_recent_picked, hint=hint, empty_text=empty)

    def known_files(self) -> list[tuple[str, str]]:
        """Return the session's, the folder's and recent files: each with how one calls it."""
        folder = self._project.folder
        found = [(str(folder / name), name) for name in self._project.files] if folder else []
        recent = [(path, Path(path).as_posix()) for path in self._keeper.workspace.recent_files]
        shared = [
            (f"{_SHARED}{file.document}", file.entry.path) for file in self._session.files_elsewhere
        ]
        return [*shared, *found, *recent]

    def open_known(self, name: str) -> bool:
        """Open what `known_files` named; tell whether it is in front now."""
        if name.startswith(_SHARED):
            self._session.open_shared(name.removeprefix(_SHARED))
            return False
        return self._files.open_file(Path(name))

    def _on_template_picked(self, item: PickItem) -> None:
        template = next(each for each in TEMPLATES if each.id == item.id)
        opened = OpenText(
            TextReplica(template.text),
            theme=self._appearance.theme,
            name=template.file_name,
            parent=self._tabs,
        )
        self._files.put(opened)
        opened.editor.setFocus()

    @Slot(str)
    def _on_begun(self, name: str) -> None:
        self._session.keep_person(name)
        self._end_first_run()

    @Slot()
    def _end_first_run(self) -> None:
        page, self._first_run = self._first_run, None
        if page is not None:
            self.first_run_over.emit()
            self.show_welcome()
            self._tabs.removeTab(self._tabs.indexOf(page))
            page.deleteLater()

    @Slot(object)
    def _on_page_close_requested(self, page: QWidget) -> None:
        if page is self._first_run:
            self._end_first_run()
            return
        if page is self._welcome:
            if self._tabs.count() == 1:
                return
            self._welcome = None
        self._tabs.removeTab(self._tabs.indexOf(page))
        page.deleteLater()
        if not self._tabs.count():
            self.show_welcome()

    @Slot(object)
    def _on_too_large(self, error: FileTooLarge) -> None:
        page = LargeFilePage(error.path, size_bytes=error.size_bytes)
        self._tabs.add_page(page, error.path.name)

    @Slot()
    def _on_recent_changed(self) -> None:
        if self._welcome is not None:
            self._welcome.show_recent(self._keeper.workspace)

    @Slot(object)
    def _on_theme_changed(self, theme: Theme) -> None:
        if self._welcome is not None:
            self._welcome.show_theme(theme)

    def _on_recent_picked(self, item: PickItem) -> None:
        if item.id.startswith(_FOLDER):
            self._project.open_folder(Path(item.id.removeprefix(_FOLDER)))
        else:
            self._files.open_file(Path(item.id.removeprefix(_FILE)))

    def _make_welcome(self) -> WelcomePage:
        page = WelcomePage(
            actions=self._window.actions_by_id,
            theme=self._appearance.theme,
            person=self._session.person,
            choice=self._appearance.choice,
        )
        page.show_recent(self._keeper.workspace)
        page.file_requested.connect(self._files.open_file)
        page.folder_requested.connect(self._project.open_folder)
        page.name_entered.connect(self._session.keep_person)
        page.theme_requested.connect(self.theme_requested)
        return page
