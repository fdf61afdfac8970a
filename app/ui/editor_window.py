"""One window of the editor, put together: what the user wishes goes to texts, files and session.

The page to read for who talks to whom. Knows no socket and no frame; the only awaiting is that of
the session's end when the window closes. Source: EDITOR.md (pairing, window), STYLE.md (Qt).
"""

from __future__ import annotations

import asyncio
import logging
from importlib.metadata import version
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Qt, Signal, Slot

from app.qtmodels.participants import ParticipantsModel
from app.services.collaboration import Collaboration
from app.services.sign_in import SignIns
from app.ui.autosave_desk import AutosaveDesk
from app.ui.chat_desk import ChatDesk
from app.ui.dialogs.about import AboutDialog
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
from app.ui.notice_desk import NoticeDesk
from app.ui.page_desk import PageDesk
from app.ui.people_desk import PeopleDesk
from app.ui.picks import Picks
from app.ui.project_desk import ProjectDesk
from app.ui.regions import Regions
from app.ui.review_desk import ReviewDesk
from app.ui.search_desk import SearchDesk
from app.ui.server_desk import ServerDesk
from app.ui.session_desk import SessionDesk
from app.ui.text_tabs import TextTabs
from app.ui.tree_desk import TreeDesk
from app.ui.window_commands import connect_commands
from app.ui.window_place import bring_back, place_of
from app.ui.workspace_keeper import WorkspaceKeeper
from app.ui.writing_desk import WritingDesk

if TYPE_CHECKING:
    from pathlib import Path

    from app.collab.text_replica import TextReplica
    from app.model.connection import SaveState
    from app.model.participants import Participant
    from app.model.workspace import WindowPlace
    from app.services.chosen_server import SharingServer
    from app.services.identities import Identities
    from app.services.journals import Journals
    from app.tasks import TaskOwner
    from app.ui.editor.code_editor import CodeEditor
    from app.ui.editor.replica_binding import ReplicaBinding
    from app.ui.editor.syntax_process import SyntaxProcess
    from app.ui.open_text import OpenText
    from app.ui.theme import Appearance, ThemeChoice

logger = logging.getLogger(__name__)

CLOSE_S = 35.0
"""The session's end gets this long; the embedded server drains for up to 28 s of it."""


class NoTextInFront(LookupError):
    """No text is in front, so there is nothing to ask about it."""


class EditorWindow(QObject):
    """One window, its texts and its session.

    Invariant: all texts of one session are in one window. What is said of a text is said in its
    tab; the properties `editor` to `document_name` speak of the text in front and raise
    `NoTextInFront` while there is none.
    """

    closed = Signal()  # the window is gone and its session over
    closing = Signal()  # it will be: its places can be kept now
    quit_requested = Signal()
    window_requested = Signal()  # one more

    def __init__(
        self,
        *,
        tasks: TaskOwner,
        appearance: Appearance,
        collaboration: Collaboration,
        syntax: SyntaxProcess | None = None,
        person: str = "",
        settings: QSettings | None = None,
        keeper: WorkspaceKeeper | None = None,
        journals: Journals | None = None,
        hosting: SharingServer | None = None,
        sign_ins: SignIns | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Put a window together, with an empty text; `show` shows it.

        Args:
            tasks: owns what runs.
            appearance: the application's theme.
            collaboration: this window's, which ends with it.
            syntax: the app's, which reads texts for their colours; None: there are none.
            person: the name that others see until another is entered.
            settings: where names and the theme are kept; None: nowhere.
            keeper: keeps what is open; None: nobody does.
            journals: keep what is typed; None: nothing does.
            hosting: the server to share on without another choice; None: the window only joins.
            sign_ins: to other servers; None: there is no choice.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._tasks = tasks
        self._appearance = appearance
        self._settings = settings
        self._keeper = keeper or WorkspaceKeeper(parent=self)
        self._hosting = hosting
        self._sign_ins = sign_ins
        self._is_closing = False
        self._was_asked = False  # whether the user agreed to closing
        self.collaboration = collaboration
        self.participants = ParticipantsModel(parent=self)
        self.tabs = TextTabs(syntax=syntax)
        self.window = window = MainWindow(
            tabs=self.tabs, participants=self.participants, theme=appearance.theme
        )
        self._make_desks(person, journals)
        connect_commands(self)
        self.files.text_removed.connect(self._on_text_removed)
        self.files.conflict_found.connect(self.disk.ask)
        collaboration.participants_changed.connect(self._on_participants_changed)
        window.close_requested.connect(self.request_close)
        window.share_requested.connect(self.session.ask_to_share)
        window.theme_requested.connect(self._on_theme_requested)
        self.pages.theme_requested.connect(self._on_theme_requested)
        self._connect_keeper()
        window.show_theme_choice(appearance.choice)
        self.files.new_file()
        self.front_desk.show_front()

    @property
    def front(self) -> OpenText:
        """The text in front.

        Raises:
            NoTextInFront: there is none.
        """
        if self.tabs.front is None:
            raise NoTextInFront
        return self.tabs.front

    @property
    def editor(self) -> CodeEditor:
        """The editor of the text in front."""
        return self.front.editor

    @property
    def binding(self) -> ReplicaBinding:
        """What binds that editor to its replica."""
        return self.front.binding

    @property
    def replica(self) -> TextReplica:
        """The text with its history."""
        return self.front.replica

    @property
    def text(self) -> str:
        """The whole text."""
        return self.front.replica.text

    @property
    def path(self) -> Path | None:
        """The text's file; None while it has none."""
        return self.front.path

    @property
    def name(self) -> str:
        """What the window calls the text."""
        return self.front.name

    @property
    def document_name(self) -> str:
        """The shared document's name on the wire; empty while the text is not shared."""
        shared = self.front.shared
        return shared.name if shared is not None else ""

    @property
    def is_modified(self) -> bool:
        """Whether closing the window would lose something."""
        return any(text.is_modified for text in self.tabs.texts)

    @property
    def is_guest(self) -> bool:
        """Whether the session is another person's."""
        return self.session.is_guest

    @property
    def link_text(self) -> str:
        """The newest invitation; empty while there is none. Secret: never logged."""
        return self.session.link_text

    @property
    def save_state(self) -> SaveState:
        """Where the own changes are."""
        return self.collaboration.save_state

    @property
    def is_in_session(self) -> bool:
        """Whether a text is shared, or about to be."""
        return self.session.is_in_session

    @property
    def place(self) -> WindowPlace:
        """What is open, to be brought back."""
        return place_of(self)

    def restore(self, place: WindowPlace) -> None:
        """Bring back what was open."""
        bring_back(self, place)

    def show(self) -> None:
        """Show the window."""
        self.window.show()
        self.tabs.currentWidget().setFocus()

    def show_welcome(self) -> None:
        """Show what one can begin with, in place of an untouched empty text."""
        self.pages.show_welcome()

    def show_about(self) -> None:
        """Say which program this is."""
        dialog = AboutDialog(version=version("codexpro"), parent=self.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def open_file(self, path: Path) -> bool:
        """Open a file in a tab; tell whether it could be, the banner says why not."""
        return self.files.open_file(path)

    def save(self, path: Path | None = None) -> bool:
        """Write the text in front to its file, or to another; tell whether it was written."""
        return self.files.save(self.front, path)

    def share(self, name: str = "") -> None:
        """Share the text in front; `SessionDesk.share` says how."""
        self.session.share(self.front, name)

    def join(self, link_text: str, name: str = "") -> None:
        """Join a session by its link; its text comes in a tab of its own."""
        self.session.join(link_text, name)

    def ask_to_join(self, link_text: str = "") -> None:
        """Ask for a link, unless it is given, and a name; then join."""
        self.session.ask_to_join(link_text)

    def leave(self) -> None:
        """Leave the session; the texts stay."""
        self.session.leave()

    def undo(self) -> None:
        """Take back one's own last change in the text in front."""
        self.editor.undo()

    def request_close(self) -> None:
        """Close the window; about texts that would be lost the user is asked first."""
        if not self._is_closing:
            self.files.ask_first(self.tabs.texts, self._close_soon)

    async def close(self) -> None:
        """Close the window without asking, and wait until its session has ended.

        What the user was not asked about comes back at the next start.
        """
        self._is_closing = True
        self.closing.emit()
        self.disk.stop()
        self.project.stop()
        self.search.stop()
        self.autosave.stop()
        self.window.hide()
        self.journals.put_by()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.collaboration.shutdown(comes_back=not self._was_asked)
        except TimeoutError:
            logger.error("the session did not end in time")
        for opened in self.tabs.texts:
            self.tabs.remove(opened)
            opened.close()
        self.window.close_now()
        self.closed.emit()

    @Slot(object)
    def _on_text_removed(self, opened: OpenText) -> None:
        self.journals.release(opened)
        self.session.release(opened)
        opened.close()
        if not self.tabs.count():
            self.show_welcome()
        self.front_desk.show_front()

    @Slot(object)
    def _on_theme_requested(self, choice: ThemeChoice) -> None:
        self._appearance.choose(choice)
        self.window.show_theme_choice(choice)
        if self._settings is not None:
            self._settings.setValue("view/theme", choice.value)

    @Slot(object)
    def _on_participants_changed(self, participants: tuple[Participant, ...]) -> None:
        self.participants.show(participants)
        if participants and self.window.opens_people():
            self.window.show_people()

    @Slot()
    def _on_folder_changed(self) -> None:
        if self.project.folder is not None:
            self._keeper.note_folder(self.project.folder)

    @Slot()
    def _on_places_changed(self) -> None:
        if not self._is_closing:
            self._keeper.touch()

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        self._drop.watch(opened.editor.viewport())
        opened.caret_moved.connect(self._on_places_changed)
        opened.renamed.connect(self._on_places_changed)

    @Slot(object)
    def _on_paths_dropped(self, paths: tuple[Path, ...]) -> None:
        for path in paths:
            if path.is_dir():
                self.project.open_folder(path)
            else:
                self.files.open_file(path)

    def _make_desks(self, person: str, journals: Journals | None) -> None:
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
            own=self._hosting,
            sign_ins=self._sign_ins,
            tasks=tasks,
            settings=self._settings,
            parent=self,
        )
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
        self.people = PeopleDesk(
            tabs=tabs,
            window=window,
            participants=self.participants,
            go=self.go,
            chat=self.collaboration.chat,
            parent=self,
        )
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
        self._drop = FileDrop(self)
        self._drop.watch(window)
        self._drop.dropped.connect(self._on_paths_dropped)
        self.front_desk = FrontDesk(
            tabs=tabs, window=window, session=self.session, appearance=appearance, parent=self
        )

    def _connect_keeper(self) -> None:
        self.files.file_opened.connect(self._keeper.note_file)
        self.project.folder_changed.connect(self._on_folder_changed)
        self.project.folder_changed.connect(self._on_places_changed)
        self.project.files_found.connect(self.picks.refresh)
        self.tabs.text_added.connect(self._on_text_added)
        self.tabs.tab_removed.connect(self._on_places_changed)
        self.tabs.front_changed.connect(self._on_places_changed)
        self.tabs.order_changed.connect(self._on_places_changed)

    def _has_unsent(self, opened: OpenText) -> bool:
        return self.session.has_unsent(opened)

    def _close_soon(self) -> None:
        if not self._is_closing:
            self._is_closing = self._was_asked = True
            for opened in self.tabs.texts:
                self.journals.release(opened)
            self._tasks.start(self.close(), name="close window")


def compose_window(
    *,
    tasks: TaskOwner,
    appearance: Appearance,
    hosting: SharingServer | None = None,
    syntax: SyntaxProcess | None = None,
    identities: Identities | None = None,
    person: str = "",
    settings: QSettings | None = None,
    keeper: WorkspaceKeeper | None = None,
    journals: Journals | None = None,
) -> EditorWindow:
    """Return a window with a session of its own.

    Args:
        tasks: owns what runs.
        appearance: the application's theme.
        hosting: the server to share on; None: the window only joins.
        syntax: the app's, which reads texts for their colours; None: there are none.
        identities: whom this person was on which server; None: nothing is remembered.
        person: the name that others see.
        settings: where names and the theme are kept; None: nowhere.
        keeper: keeps what is open; None: nobody does.
        journals: keep what is typed; None: nothing does.
    """
    return EditorWindow(
        tasks=tasks,
        appearance=appearance,
        collaboration=Collaboration(tasks=tasks, hosting=hosting, identities=identities),
        syntax=syntax,
        person=person,
        settings=settings,
        keeper=keeper,
        journals=journals,
        hosting=hosting,
        sign_ins=None if identities is None else SignIns(identities, tasks=tasks),
    )
