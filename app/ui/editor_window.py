"""One window of the editor, put together: what the user wishes goes to texts, files and session.

The page to read for who talks to whom. Knows no socket and no frame; the only awaiting is that of
the session's end when the window closes. Source: EDITOR.md (pairing, window), STYLE.md (Qt).
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QSettings, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont

from app.errors import notice_message
from app.model.languages import LANGUAGE_NAMES
from app.model.notices import NoticeKind
from app.qtmodels.participants import ParticipantsModel
from app.services.collaboration import Collaboration
from app.storage.encodings import encoding_name
from app.ui.dialogs.about import AboutDialog
from app.ui.disk_desk import DiskDesk
from app.ui.editor.code_editor import CodeEditor
from app.ui.file_desk import FileDesk
from app.ui.go_desk import GoDesk
from app.ui.main_window import MainWindow
from app.ui.picks import Picks
from app.ui.session_desk import SessionDesk
from app.ui.text_tabs import TextTabs
from app.ui.theme import editor_font
from app.ui.writing_desk import WritingDesk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.collab.text_replica import TextReplica
    from app.model.connection import SaveState
    from app.model.participants import Participant
    from app.services.chosen_server import SharingServer
    from app.tasks import TaskOwner
    from app.ui.editor.replica_binding import ReplicaBinding
    from app.ui.editor.syntax_process import SyntaxProcess
    from app.ui.open_text import OpenText
    from app.ui.theme import Appearance, Theme, ThemeChoice

logger = logging.getLogger(__name__)

CLOSE_S = 35.0
"""The session's end gets this long; the embedded server drains for up to 28 s of it."""

_REFRESH_MS = 40  # what stands in the status bar of the caret


class NoTextInFront(LookupError):
    """No text is in front, so there is nothing to ask about it."""


class EditorWindow(QObject):
    """One window, its texts and its session.

    Invariant: all texts of one session are in one window. What is said of a text is said in its
    tab; the properties `editor` to `document_name` speak of the text in front and raise
    `NoTextInFront` while there is none.
    """

    closed = Signal()  # the window is gone and its session over
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
        parent: QObject | None = None,
    ) -> None:
        """Put a window together; `show` shows it.

        Args:
            tasks: owns what runs.
            appearance: the application's theme.
            collaboration: this window's, which ends with it.
            syntax: the app's, which reads texts for their colours; None: there are none.
            person: the name that others see until another is entered.
            settings: where sizes and names are kept; None: nowhere.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._tasks = tasks
        self._appearance = appearance
        self._settings = settings
        self._is_closing = False
        self._font = editor_font()
        self.collaboration = collaboration
        self.participants = ParticipantsModel(parent=self)
        self.tabs = TextTabs(syntax=syntax)
        self.window = MainWindow(
            tabs=self.tabs, participants=self.participants, theme=appearance.theme
        )
        # A child of the window: it must not outlive its widgets.
        self._refresh_timer = QTimer(self.window, singleShot=True, interval=_REFRESH_MS)
        self.files = FileDesk(
            tabs=self.tabs,
            window=self.window,
            appearance=appearance,
            has_unsent=self._has_unsent,
            parent=self,
        )
        self.disk = DiskDesk(
            tabs=self.tabs,
            window=self.window,
            tasks=tasks,
            appearance=appearance,
            parent=self,
        )
        self.picks = Picks(tabs=self.tabs, window=self.window, parent=self)
        self.writing = WritingDesk(
            tabs=self.tabs,
            files=self.files,
            window=self.window,
            picks=self.picks,
            parent=self,
        )
        self.go = GoDesk(
            tabs=self.tabs,
            files=self.files,
            window=self.window,
            picks=self.picks,
            known_files=self._known_files,
            parent=self,
        )
        self.session = SessionDesk(
            tabs=self.tabs,
            files=self.files,
            window=self.window,
            collaboration=collaboration,
            appearance=appearance,
            person=person,
            settings=settings,
            parent=self,
        )
        self._connect()
        self._restore()
        self.files.new_file()
        self._show_session()

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

    def show(self) -> None:
        """Show the window."""
        self.window.show()
        self._focus_text()

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

    def redo(self) -> None:
        """Make it again."""
        self.editor.redo()

    def request_close(self) -> None:
        """Close the window; about texts that would be lost the user is asked first."""
        if not self._is_closing:
            self.files.ask_first(self.tabs.texts, self._close_soon)

    async def close(self) -> None:
        """Close the window without asking, and wait until its session has ended."""
        self._is_closing = True
        self._keep_places()
        self.disk.stop()
        self.window.hide()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.collaboration.shutdown()
        except TimeoutError:
            logger.error("the session did not end in time")
        for opened in self.tabs.texts:
            self.tabs.remove(opened)
            opened.close()
        self.window.close_now()
        self.closed.emit()

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        opened.editor.set_font(QFont(self._font))
        opened.editor.set_wrapping(self.window.actions_by_id["view.wrap"].isChecked())
        opened.modified_changed.connect(self._on_front_changed)
        opened.renamed.connect(self._on_front_changed)
        opened.access_changed.connect(self._on_front_changed)
        opened.caret_moved.connect(self._on_caret_moved)
        opened.edit_refused.connect(partial(self._say_read_only, opened))
        opened.rebuilt.connect(partial(self._say_rebuilt, opened))
        opened.highlighting_limited.connect(partial(self._say_limit, opened))
        opened.editor.zoomed.connect(self._on_zoomed)

    @Slot(object)
    def _on_text_removed(self, opened: OpenText) -> None:
        self.session.release(opened)
        opened.close()
        if not self.tabs.count():
            self.files.new_file()
        self._show_session()

    @Slot()
    def _on_front_changed(self) -> None:
        self._show_front()
        self._show_session()
        self._refresh_timer.start()

    @Slot()
    def _on_close_tab_requested(self) -> None:
        if self.tabs.front is not None:
            self.files.request_close(self.tabs.front)

    @Slot()
    def _on_about_requested(self) -> None:
        dialog = AboutDialog(version=version("codexpro"), parent=self.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @Slot(object)
    def _on_theme_requested(self, choice: ThemeChoice) -> None:
        self._appearance.choose(choice)
        self.window.show_theme_choice(choice)
        if self._settings is not None:
            self._settings.setValue("view/theme", choice.value)

    @Slot(object)
    def _on_theme_changed(self, theme: Theme) -> None:
        self.window.show_theme(theme)
        for opened in self.tabs.texts:
            opened.show_theme(theme)

    @Slot(object)
    def _on_participants_changed(self, participants: tuple[Participant, ...]) -> None:
        self.participants.show(participants)
        if participants and self.window.opens_people():
            self.window.show_people()

    @Slot()
    def _on_session_changed(self) -> None:
        self._show_session()
        self._show_role()

    @Slot()
    def _on_caret_moved(self) -> None:
        # Not connected to `start`, which would take the caret's place for its interval.
        if not self._refresh_timer.isActive():
            self._refresh_timer.start()

    @Slot()
    def _on_refresh_due(self) -> None:
        if self.tabs.front is not None:
            cursor = self.editor.textCursor()
            self.window.show_place(cursor.blockNumber() + 1, cursor.positionInBlock() + 1)

    @Slot(float)
    def _on_zoomed(self, points: float) -> None:
        if points != self._font.pointSizeF():
            self._font.setPointSizeF(points)
            for opened in self.tabs.texts:
                opened.editor.set_font(QFont(self._font))

    @Slot()
    def _on_zoom_reset(self) -> None:
        self._on_zoomed(editor_font().pointSizeF())

    @Slot(bool)
    def _on_wrap_toggled(self, is_wrapped: bool) -> None:
        for opened in self.tabs.texts:
            opened.editor.set_wrapping(is_wrapped)

    def _connect(self) -> None:
        window, session = self.window, self.collaboration
        self.tabs.text_added.connect(self._on_text_added)
        self.tabs.front_changed.connect(self._on_front_changed)
        self.files.text_removed.connect(self._on_text_removed)
        self.files.conflict_found.connect(self.disk.ask)
        self.session.changed.connect(self._on_session_changed)
        session.save_state_changed.connect(window.show_save_state)
        session.participants_changed.connect(self._on_participants_changed)
        window.close_requested.connect(self.request_close)
        window.share_requested.connect(self.session.ask_to_share)
        window.theme_requested.connect(self._on_theme_requested)
        self._appearance.theme_changed.connect(self._on_theme_changed)
        self._refresh_timer.timeout.connect(self._on_refresh_due)
        window.actions_by_id["view.wrap"].toggled.connect(self._on_wrap_toggled)
        for action_id, act in self._commands().items():
            window.actions_by_id[action_id].triggered.connect(partial(_act, act))
        for action_id, act in _EDITOR_COMMANDS.items():
            in_front = partial(self._do_in_front, act)
            window.actions_by_id[action_id].triggered.connect(partial(_act, in_front))

    def _commands(self) -> dict[str, Callable[[], object]]:
        return {
            "file.new": self.files.new_file,
            "file.open": self.files.ask_to_open,
            "file.save": partial(self._do_with_front, self.files.save),
            "file.save_as": partial(self._do_with_front, self.files.save_as),
            "file.save_all": self.files.save_all,
            "file.reload": partial(self._do_with_front, self.disk.reload),
            "file.encoding": self.writing.choose_encoding,
            "file.line_ending": self.writing.choose_line_ending,
            "file.close_tab": self._on_close_tab_requested,
            "file.reopen_closed": self.files.reopen_closed,
            "file.new_window": self.window_requested.emit,
            "file.close": self.request_close,
            "file.quit": self.quit_requested.emit,
            "view.language": self.writing.choose_language,
            "view.zoom_reset": self._on_zoom_reset,
            "go.file": self.go.ask,
            "go.line": partial(self.go.ask, ":"),
            "go.person": partial(self.go.ask, "@"),
            "go.command": partial(self.go.ask, ">"),
            "go.back": self.go.back,
            "go.forward": self.go.forward,
            "go.next_tab": partial(self.tabs.step, 1),
            "go.previous_tab": partial(self.tabs.step, -1),
            "session.share": self.session.ask_to_share,
            "session.join": self.session.ask_to_join,
            "session.copy_link": self.session.copy_link,
            "session.leave": self.session.leave,
            "help.about": self._on_about_requested,
        }

    def _do_in_front(self, act: Callable[[CodeEditor], object]) -> None:
        if self.tabs.front is not None:
            act(self.tabs.front.editor)

    def _do_with_front(self, act: Callable[[OpenText], object]) -> None:
        if self.tabs.front is not None:
            act(self.tabs.front)

    def _focus_text(self) -> None:
        if self.tabs.front is not None:
            self.tabs.front.editor.setFocus()

    def _show_front(self) -> None:
        """Say what is in front."""
        opened = self.tabs.front
        if opened is None:
            return
        self.window.show_document(opened.name, is_modified=opened.is_modified)
        name = encoding_name(opened.file.encoding)
        self.window.show_file(
            encoding=self.tr("{name} with BOM").format(name=name) if opened.file.has_bom else name,
            line_ending=opened.file.eol.upper(),
            language=LANGUAGE_NAMES[opened.language],
        )
        self._show_role()

    def _show_role(self) -> None:
        opened = self.tabs.front
        shared = opened.shared if opened is not None else None
        if opened is None or shared is None:
            self.window.show_role("")
        elif not opened.is_guest:
            self.window.show_role(self.tr("Owner"))
        else:
            self.window.show_role(self.tr("Editor") if shared.is_writable else self.tr("Viewer"))

    def _show_session(self) -> None:
        actions, session, front = self.window.actions_by_id, self.session, self.tabs.front
        is_shared = front is not None and front.shared is not None
        is_live = bool(session.shared_texts)
        actions["session.copy_link"].setEnabled(is_live and not session.is_guest)
        actions["session.leave"].setEnabled(session.is_in_session)
        may_share = front is not None and not session.is_starting and not session.is_guest
        actions["session.share"].setEnabled(may_share)
        actions["session.join"].setEnabled(not session.is_in_session)
        self.window.show_session(
            is_starting=session.is_starting, is_shared=is_shared or (is_live and session.is_guest)
        )

    def _say_read_only(self, opened: OpenText) -> None:
        opened.banner.show_message(self.tr("You may read this text, but not change it."))

    def _say_rebuilt(self, opened: OpenText, _text_before: str) -> None:
        opened.banner.show_message(notice_message(NoticeKind.TEXT_REBUILT))

    def _say_limit(self, opened: OpenText, reason: str) -> None:
        if reason:
            opened.banner.show_message(reason)

    def _known_files(self) -> list[tuple[str, str]]:
        return []

    def _has_unsent(self, opened: OpenText) -> bool:
        return self.session.has_unsent(opened)

    def _close_soon(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._tasks.start(self.close(), name="close window")

    def _keep_places(self) -> None:
        if self._settings is not None:
            geometry, state = self.window.saved_places()
            self._settings.setValue("window/geometry", geometry)
            self._settings.setValue("window/state", state)

    def _restore(self) -> None:
        self.window.show_theme_choice(self._appearance.choice)
        if self._settings is None:
            return
        geometry = self._settings.value("window/geometry")
        state = self._settings.value("window/state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            self.window.restore_places(geometry, state)


def compose_window(
    *,
    tasks: TaskOwner,
    appearance: Appearance,
    hosting: SharingServer | None = None,
    syntax: SyntaxProcess | None = None,
    person: str = "",
    settings: QSettings | None = None,
) -> EditorWindow:
    """Return a window with a session of its own.

    Args:
        tasks: owns what runs.
        appearance: the application's theme.
        hosting: the server to share on; None: the window only joins.
        syntax: the app's, which reads texts for their colours; None: there are none.
        person: the name that others see.
        settings: where sizes and names are kept; None: nowhere.
    """
    return EditorWindow(
        tasks=tasks,
        appearance=appearance,
        collaboration=Collaboration(tasks=tasks, hosting=hosting),
        syntax=syntax,
        person=person,
        settings=settings,
    )


def _act(act: Callable[[], object], _is_checked: bool = False) -> None:
    """Do what an action is for, without saying whether it is checked."""
    act()


def _zoom_in(editor: CodeEditor) -> None:
    editor.zoom_by(1)


def _zoom_out(editor: CodeEditor) -> None:
    editor.zoom_by(-1)


_EDITOR_COMMANDS: dict[str, Callable[[CodeEditor], object]] = {
    "edit.undo": CodeEditor.undo,
    "edit.redo": CodeEditor.redo,
    "edit.cut": CodeEditor.cut,
    "edit.copy": CodeEditor.copy,
    "edit.paste": CodeEditor.paste,
    "edit.select_all": CodeEditor.selectAll,
    "edit.comment": CodeEditor.toggle_comment,
    "edit.indent": CodeEditor.indent,
    "edit.outdent": CodeEditor.outdent,
    "view.zoom_in": _zoom_in,
    "view.zoom_out": _zoom_out,
}
