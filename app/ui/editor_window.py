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
from PySide6.QtGui import QPixmapCache

from app.services.collaboration import Collaboration
from app.services.sign_in import SignIns
from app.ui.dialogs.about import AboutDialog
from app.ui.window_commands import connect_commands
from app.ui.window_desks import WindowDesks
from app.ui.window_place import bring_back, place_of

if TYPE_CHECKING:
    from pathlib import Path

    from app.collab.text_replica import TextReplica
    from app.model.connection import SaveState
    from app.model.participants import Participant
    from app.model.workspace import WindowPlace
    from app.services.chosen_server import SharingServer
    from app.services.identities import Identities
    from app.services.journals import Journals
    from app.services.unsent_messages import UnsentMessages
    from app.tasks import TaskOwner
    from app.ui.editor.code_editor import CodeEditor
    from app.ui.editor.replica_binding import ReplicaBinding
    from app.ui.editor.syntax_process import SyntaxProcess
    from app.ui.open_text import OpenText
    from app.ui.theme import Appearance, ThemeChoice
    from app.ui.workspace_keeper import WorkspaceKeeper

logger = logging.getLogger(__name__)

CLOSE_S = 35.0
"""The session's end gets this long; the embedded server drains for up to 28 s of it."""


class NoTextInFront(LookupError):
    """No text is in front, so there is nothing to ask about it."""


class EditorWindow(WindowDesks):
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
        super().__init__(
            tasks=tasks,
            appearance=appearance,
            collaboration=collaboration,
            syntax=syntax,
            person=person,
            settings=settings,
            keeper=keeper,
            journals=journals,
            hosting=hosting,
            sign_ins=sign_ins,
            parent=parent,
        )
        self._is_closing = False
        self._was_asked = False  # whether the user agreed to closing
        window = self.window
        connect_commands(self)
        self.files.text_removed.connect(self._on_text_removed)
        self.files.conflict_found.connect(self.disk.ask)
        collaboration.participants_changed.connect(self._on_participants_changed)
        window.close_requested.connect(self.request_close)
        window.share_requested.connect(self.session.ask_to_share)
        window.theme_requested.connect(self._on_theme_requested)
        self.pages.theme_requested.connect(self._on_theme_requested)
        self.pages.first_run_over.connect(self._on_first_run_over)
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

    def show_first_steps(self) -> None:
        """Show what is asked once and then never again, or what one can begin with."""
        if self._settings is not None and not self._settings.allKeys():
            self.pages.show_first_run()
        else:
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
        await self.preview.stop()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.collaboration.shutdown(comes_back=not self._was_asked)
        except TimeoutError:
            logger.error("the session did not end in time")
        for opened in self.tabs.texts:
            self.tabs.remove(opened)
            opened.close()
        self.window.close_now()
        QPixmapCache.clear()  # it has parts of this window that nobody will ask for again
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

    @Slot()
    def _on_first_run_over(self) -> None:
        if self._settings is not None:
            self._settings.setValue("window/was_begun", True)

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

    def _connect_keeper(self) -> None:
        self.files.file_opened.connect(self._keeper.note_file)
        self.project.folder_changed.connect(self._on_folder_changed)
        self.project.folder_changed.connect(self._on_places_changed)
        self.project.files_found.connect(self.picks.refresh)
        self.tabs.text_added.connect(self._on_text_added)
        self.tabs.tab_removed.connect(self._on_places_changed)
        self.tabs.front_changed.connect(self._on_places_changed)
        self.tabs.order_changed.connect(self._on_places_changed)

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
    unsent: UnsentMessages | None = None,
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
        unsent: keeps messages that wait; None: they end with this process.
    """
    return EditorWindow(
        tasks=tasks,
        appearance=appearance,
        collaboration=Collaboration(
            tasks=tasks, hosting=hosting, identities=identities, unsent=unsent
        ),
        syntax=syntax,
        person=person,
        settings=settings,
        keeper=keeper,
        journals=journals,
        hosting=hosting,
        sign_ins=None if identities is None else SignIns(identities, tasks=tasks),
    )
