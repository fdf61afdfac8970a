"""Who works on the tabs of one window: its desks, made in the order in which they need each other.

The page to read for what a window consists of; what happens between them is in
`app.ui.editor_window`. Source: STYLE.md (Qt: collaborators are handed in).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.qtmodels.participants import ParticipantsModel
from app.ui.announcement_desk import AnnouncementDesk
from app.ui.autosave_desk import AutosaveDesk
from app.ui.chat_desk import ChatDesk
from app.ui.disk_desk import DiskDesk
from app.ui.file_desk import FileDesk
from app.ui.file_drop import FileDrop
from app.ui.find_desk import FindDesk
from app.ui.follow_desk import FollowDesk
from app.ui.front_desk import FrontDesk
from app.ui.go_desk import GoDesk
from app.ui.history_desk import HistoryDesk
from app.ui.journal_desk import JournalDesk
from app.ui.link_desk import LinkDesk
from app.ui.main_window import MainWindow
from app.ui.markdown_desk import MarkdownDesk
from app.ui.notice_desk import NoticeDesk
from app.ui.page_desk import PageDesk
from app.ui.people_desk import PeopleDesk
from app.ui.picks import Picks
from app.ui.preview_desk import PreviewDesk
from app.ui.project_desk import ProjectDesk
from app.ui.regions import Regions
from app.ui.review_desk import ReviewDesk
from app.ui.role_desk import RoleDesk
from app.ui.search_desk import SearchDesk
from app.ui.server_desk import ServerDesk
from app.ui.session_desk import SessionDesk
from app.ui.text_tabs import TextTabs
from app.ui.tree_desk import TreeDesk
from app.ui.workspace_keeper import WorkspaceKeeper
from app.ui.writing_desk import WritingDesk

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QSettings

    from app.services.chosen_server import SharingServer
    from app.services.collaboration import Collaboration
    from app.services.journals import Journals
    from app.services.sign_in import SignIns
    from app.tasks import TaskOwner
    from app.ui.editor.syntax_process import SyntaxProcess
    from app.ui.open_text import OpenText
    from app.ui.theme import Appearance


class WindowDesks(QObject):
    """A window's frame, its tabs, and whoever works on them.

    Invariant: each desk is handed what it needs, and looks nothing up.
    """

    def __init__(
        self,
        *,
        tasks: TaskOwner,
        appearance: Appearance,
        collaboration: Collaboration,
        syntax: SyntaxProcess | None,
        person: str,
        settings: QSettings | None,
        keeper: WorkspaceKeeper | None,
        journals: Journals | None,
        hosting: SharingServer | None,
        sign_ins: SignIns | None,
        parent: QObject | None,
    ) -> None:
        """Make frame, tabs and desks; `EditorWindow` says what they are given."""
        super().__init__(parent)
        self._tasks = tasks
        self._appearance = appearance
        self._settings = settings
        self._keeper = keeper or WorkspaceKeeper(parent=self)
        self.collaboration = collaboration
        self.participants = ParticipantsModel(parent=self)
        self.tabs = TextTabs(syntax=syntax)
        self.window = MainWindow(
            tabs=self.tabs, participants=self.participants, theme=appearance.theme
        )
        self._make_file_desks(journals)
        self._make_text_desks()
        self._make_session_desks(person, hosting, sign_ins)
        self._make_ways()
        self._make_people_desks()
        self._make_previews()
        self.announcements = AnnouncementDesk(
            tabs=self.tabs,
            window=self.window,
            files=self.files,
            find=self.find,
            search=self.search,
            notices=self.notices,
            collaboration=collaboration,
            parent=self,
        )
        self.front_desk = FrontDesk(
            tabs=self.tabs,
            window=self.window,
            session=self.session,
            appearance=appearance,
            settings=settings,
            parent=self,
        )

    def _make_file_desks(self, journals: Journals | None) -> None:
        """Make those that open, keep and save files."""
        tabs, window, appearance, tasks = self.tabs, self.window, self._appearance, self._tasks
        self.files = FileDesk(
            tabs=tabs,
            window=window,
            appearance=appearance,
            has_unsent=self._has_unsent,
            parent=self,
        )
        self.journals = JournalDesk(
            tabs=tabs,
            files=self.files,
            window=window,
            appearance=appearance,
            journals=journals,
            parent=self,
        )
        self.disk = DiskDesk(
            tabs=tabs, window=window, tasks=tasks, appearance=appearance, parent=self
        )
        self.project = ProjectDesk(
            tabs=tabs, files=self.files, window=window, tasks=tasks, parent=self
        )
        self.tree = TreeDesk(
            tabs=tabs, files=self.files, project=self.project, window=window, parent=self
        )
        self._drop = FileDrop(self)
        self._drop.watch(window)
        self._drop.dropped.connect(self._on_paths_dropped)

    def _make_text_desks(self) -> None:
        """Make those that work on one text, or on what stands in it."""
        tabs, window, appearance, tasks = self.tabs, self.window, self._appearance, self._tasks
        self.picks = Picks(tabs=tabs, window=window, parent=self)
        self.writing = WritingDesk(
            tabs=tabs, files=self.files, window=window, picks=self.picks, parent=self
        )
        self.link = LinkDesk(
            tabs=tabs, window=window, collaboration=self.collaboration, parent=self
        )
        self.autosave = AutosaveDesk(
            tabs=tabs, files=self.files, window=window, settings=self._settings, parent=self
        )
        self.review = ReviewDesk(
            tabs=tabs, window=window, collaboration=self.collaboration, parent=self
        )
        self.find = FindDesk(tabs=tabs, tasks=tasks, appearance=appearance, parent=self)
        self.regions = Regions(tabs=tabs, window=window, parent=self)

    def _make_session_desks(
        self, person: str, hosting: SharingServer | None, sign_ins: SignIns | None
    ) -> None:
        """Make those of the session that the window is in."""
        tabs, window, appearance, tasks = self.tabs, self.window, self._appearance, self._tasks
        self.session = SessionDesk(
            tabs=tabs,
            files=self.files,
            window=window,
            collaboration=self.collaboration,
            appearance=appearance,
            person=person,
            settings=self._settings,
            parent=self,
        )
        self.history = HistoryDesk(
            window=window,
            collaboration=self.collaboration,
            appearance=appearance,
            tasks=tasks,
            parent=self,
        )
        self.server = ServerDesk(
            window=window,
            session=self.session,
            collaboration=self.collaboration,
            own=hosting,
            sign_ins=sign_ins,
            tasks=tasks,
            settings=self._settings,
            parent=self,
        )

    def _make_ways(self) -> None:
        """Make the ways to files, lines and pages."""
        tabs, window, appearance, tasks = self.tabs, self.window, self._appearance, self._tasks
        self.pages = PageDesk(
            tabs=tabs,
            files=self.files,
            project=self.project,
            session=self.session,
            window=window,
            picks=self.picks,
            keeper=self._keeper,
            appearance=appearance,
            parent=self,
        )
        self.go = GoDesk(
            tabs=tabs,
            files=self.files,
            window=window,
            picks=self.picks,
            known_files=self.pages.known_files,
            open_known=self.pages.open_known,
            parent=self,
        )
        self.search = SearchDesk(
            tabs=tabs,
            files=self.files,
            project=self.project,
            go=self.go,
            window=window,
            tasks=tasks,
            parent=self,
        )

    def _make_people_desks(self) -> None:
        """Make those that show the others, and what they say."""
        tabs, window, appearance = self.tabs, self.window, self._appearance
        self.people = PeopleDesk(
            tabs=tabs,
            window=window,
            participants=self.participants,
            go=self.go,
            chat=self.collaboration.chat,
            parent=self,
        )
        self.collaboration.people_counted.connect(window.people_panel.show_count)
        self.roles = RoleDesk(tabs=tabs, window=window, roles=self.collaboration.roles, parent=self)
        self.chat = ChatDesk(
            tabs=tabs,
            window=window,
            session=self.session,
            collaboration=self.collaboration,
            participants=self.participants,
            appearance=appearance,
            parent=self,
        )
        self.follow = FollowDesk(
            tabs=tabs, window=window, participants=self.participants, parent=self
        )
        self.notices = NoticeDesk(
            tabs=tabs,
            files=self.files,
            window=window,
            chat=self.chat,
            collaboration=self.collaboration,
            appearance=appearance,
            settings=self._settings,
            parent=self,
        )

    def _make_previews(self) -> None:
        """Make those that show pages and Markdown as they are meant to be seen."""
        self.markdown = MarkdownDesk(tabs=self.tabs, window=self.window, parent=self)
        self.preview = PreviewDesk(
            tabs=self.tabs,
            window=self.window,
            project=self.project,
            session=self.session,
            participants=self.participants,
            markdown=self.markdown,
            tasks=self._tasks,
            parent=self,
        )

    def _has_unsent(self, opened: OpenText) -> bool:
        return self.session.has_unsent(opened)

    @Slot(object)
    def _on_paths_dropped(self, paths: tuple[Path, ...]) -> None:
        for path in paths:
            if path.is_dir():
                self.project.open_folder(path)
            else:
                self.files.open_file(path)
