"""One window of the editor, put together: what the user wishes goes to text, file and session.

The page to read for who talks to whom. Knows no socket and no frame; the only awaiting is that of
the session's end when the window closes. Source: EDITOR.md (pairing, window), STYLE.md (Qt).
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QSettings, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog

from app.collab.text_replica import TextReplica
from app.errors import notice_message, user_message
from app.model.connection import ClosedReason, LinkPhase, SavePhase
from app.model.languages import LANGUAGE_NAMES
from app.model.notices import NoticeKind
from app.qtmodels.participants import ParticipantsModel
from app.services.collaboration import Collaboration
from app.storage.file_errors import FileError
from app.storage.files import TextFile
from app.ui.dialogs.about import AboutDialog
from app.ui.dialogs.join import JoinDialog
from app.ui.dialogs.share import ShareDialog, ShareOffer
from app.ui.dialogs.unsaved import Choice, UnsavedDialog
from app.ui.editor.code_editor import CodeEditor
from app.ui.main_window import MainWindow
from app.ui.open_text import OpenText, open_text
from app.ui.status_texts import closed_text
from app.ui.theme import editor_font
from app.ui.widgets.banner import BannerAction, Tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.model.connection import Link, SaveState
    from app.model.notices import Notice
    from app.model.participants import Participant
    from app.services.chosen_server import SharingServer
    from app.services.shared_document import SharedDocument
    from app.tasks import TaskOwner
    from app.ui.editor.replica_binding import ReplicaBinding
    from app.ui.theme import Appearance, Theme, ThemeChoice

logger = logging.getLogger(__name__)

CLOSE_S = 35.0
"""The session's end gets this long; the embedded server drains for up to 28 s of it."""

_REFRESH_MS = 40  # what stands in the status bar of the caret
_OFFLINE_BANNER_MS = 10_000
_GOOD_NEWS_MS = 8_000
_RETRY = "retry"
_SAVE_COPY = "save_copy"
_TROUBLES = {NoticeKind.SERVER_GOES, NoticeKind.DOCUMENT_CLOSED, NoticeKind.SERVER_MISBEHAVED}
"""What mends itself: said as a notice, not as trouble."""


class EditorWindow(QObject):
    """One window, its text and its session.

    Invariant: there is always a text. A text that is shared stays in its window until the session
    is left: another file opens another window.
    """

    closed = Signal()  # the window is gone and its session over
    quit_requested = Signal()
    window_requested = Signal(object)  # Path | None: open it, or an empty text, in a window more

    def __init__(
        self,
        *,
        tasks: TaskOwner,
        appearance: Appearance,
        collaboration: Collaboration,
        person: str = "",
        settings: QSettings | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Put a window together; `show` shows it.

        Args:
            tasks: owns what runs.
            appearance: the application's theme.
            collaboration: this window's, which ends with it.
            person: the name that others see until another is entered.
            settings: where sizes and names are kept; None: nowhere.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._tasks = tasks
        self._appearance = appearance
        self._settings = settings
        self._person = person
        self.collaboration = collaboration
        self._link_text = ""
        self._is_sharing = False
        self._is_closing = False
        self._join_dialog: JoinDialog | None = None
        self._after_saving: Callable[[], object] | None = None
        self.participants = ParticipantsModel(parent=self)
        self.editor = CodeEditor(colors=appearance.theme.editor, font=editor_font())
        self.editor.setFrameShape(CodeEditor.Shape.NoFrame)
        self.window = MainWindow(
            editor=self.editor, participants=self.participants, theme=appearance.theme
        )
        # Children of the window: they must not outlive its widgets.
        self._refresh_timer = QTimer(self.window, singleShot=True, interval=_REFRESH_MS)
        self._offline_timer = QTimer(self.window, singleShot=True, interval=_OFFLINE_BANNER_MS)
        self._good_news_timer = QTimer(self.window, singleShot=True, interval=_GOOD_NEWS_MS)
        self._open_text = self._take(self._empty_text())
        self._connect_window()
        self._connect_session()
        self._restore()
        self._show_document()
        self._show_session_actions()

    @property
    def binding(self) -> ReplicaBinding:
        """What binds the widget to the replica."""
        return self._open_text.binding

    @property
    def replica(self) -> TextReplica:
        """The text with its history."""
        return self._open_text.replica

    @property
    def text(self) -> str:
        """The whole text."""
        return self._open_text.replica.text

    @property
    def path(self) -> Path | None:
        """The text's file; None while it has none."""
        return self._open_text.path

    @property
    def name(self) -> str:
        """What the window calls the text."""
        return self._open_text.name

    @property
    def is_modified(self) -> bool:
        """Whether closing the window would lose something."""
        return self._open_text.is_modified

    @property
    def is_guest(self) -> bool:
        """Whether the text is another person's."""
        return self._open_text.is_guest

    @property
    def document_name(self) -> str:
        """The shared document's name on the wire; empty while the text is not shared."""
        shared = self._open_text.shared
        return shared.name if shared is not None else ""

    @property
    def link_text(self) -> str:
        """The newest invitation; empty while there is none. Secret: never logged."""
        return self._link_text

    @property
    def save_state(self) -> SaveState:
        """Where the own changes are."""
        return self.collaboration.save_state

    @property
    def is_in_session(self) -> bool:
        """Whether the text is shared, or about to be."""
        return self._is_sharing or self._open_text.shared is not None

    def show(self) -> None:
        """Show the window."""
        self.window.show()
        self.editor.setFocus()

    def new_file(self) -> None:
        """Start an empty text in place of this one, which is asked about by whoever calls."""
        self._show_text(self._empty_text())

    def open_file(self, path: Path) -> bool:
        """Open a file in place of this text; tell whether it could be, the banner says why not."""
        try:
            opened = open_text(
                path, editor=self.editor, colors=self._appearance.theme.syntax, parent=self
            )
        except FileError as error:
            self._show_trouble(user_message(error))
            return False
        self._show_text(opened)
        return True

    def save(self, path: Path | None = None) -> bool:
        """Write the text to its file, or to another; tell whether it was written."""
        path = path or self._open_text.path
        if path is None:
            self.save_as()
            return False
        try:
            self._open_text.save(path)
        except FileError as error:
            self._after_saving = None
            self._show_trouble(user_message(error))
            return False
        self._show_document()
        then, self._after_saving = self._after_saving, None
        if then is not None:
            then()
        return True

    def save_as(self) -> None:
        """Ask for a file and write the text to it."""
        dialog = self._file_dialog(self.tr("Save As"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(str(self._open_text.path or self._open_text.name))
        dialog.fileSelected.connect(self._on_save_file_selected)
        dialog.rejected.connect(self._on_save_rejected)
        dialog.open()

    def share(self, name: str = "") -> None:
        """Share the text as it is; the link comes to the clipboard and to `link_text`.

        Args:
            name: this person's, as others see it; empty: as before.
        """
        self._keep_person(name)
        self._is_sharing = True
        self._show_session_actions()
        opened = self._open_text
        self.collaboration.share(
            opened.replica,
            path=str(opened.path or opened.name),
            name=self._person,
            eol=opened.file.eol,
            language=opened.language,
        )

    def join(self, link_text: str, name: str = "") -> None:
        """Join a session by its link; its text comes in place of this one."""
        self._keep_person(name)
        self.collaboration.join(link_text, name=self._person)

    def ask_to_join(self, link_text: str = "") -> None:
        """Ask for a link, unless it is given, and a name; then join."""
        self._ask_first(partial(self._open_join_dialog, link_text))

    def leave(self) -> None:
        """Leave the session; the text stays."""
        self._is_sharing = False
        self.collaboration.leave()

    def undo(self) -> None:
        """Take back one's own last change."""
        self.editor.undo()

    def redo(self) -> None:
        """Make it again."""
        self.editor.redo()

    def request_close(self) -> None:
        """Close the window; about a text that would be lost the user is asked first."""
        if not self._is_closing:
            self._ask_first(self._close_soon)

    async def close(self) -> None:
        """Close the window without asking, and wait until its session has ended."""
        self._is_closing = True
        self._keep_places()
        self.window.hide()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.collaboration.shutdown()
        except TimeoutError:
            logger.error("the session did not end in time")
        self.editor.unbind()
        self._open_text.close()
        self.window.close_now()
        self.closed.emit()

    @Slot()
    def _on_new_requested(self) -> None:
        if self.is_in_session:
            self.window_requested.emit(None)
        else:
            self._ask_first(self.new_file)

    @Slot()
    def _on_open_requested(self) -> None:
        dialog = self._file_dialog(self.tr("Open"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._on_open_file_selected)
        dialog.open()

    @Slot(str)
    def _on_open_file_selected(self, path_text: str) -> None:
        path = Path(path_text)
        if self.is_in_session:
            self.window_requested.emit(path)
        else:
            self._ask_first(partial(self.open_file, path))

    @Slot(str)
    def _on_save_file_selected(self, path_text: str) -> None:
        self.save(Path(path_text))

    @Slot()
    def _on_save_rejected(self) -> None:
        self._after_saving = None

    @Slot()
    def _on_save_requested(self) -> None:
        self.save()

    @Slot()
    def _on_share_requested(self) -> None:
        if self._open_text.shared is not None:
            self._on_copy_link_requested()
        elif not self._is_sharing:
            self._open_share_dialog()

    @Slot()
    def _on_join_requested(self) -> None:
        self.ask_to_join()

    @Slot()
    def _on_copy_link_requested(self) -> None:
        if self._link_text:
            self._copy_link()
        elif self._open_text.shared is not None and not self.is_guest:
            self.collaboration.invite()
        else:
            self._show_notice(self.tr("Only the person who shares the text can invite others."))

    @Slot(str, str)
    def _on_dialog_join_requested(self, link_text: str, name: str) -> None:
        self.join(link_text, name)

    @Slot()
    def _on_join_dialog_finished(self) -> None:
        self._join_dialog = None

    @Slot()
    def _on_about_requested(self) -> None:
        dialog = AboutDialog(version=version("codexpro"), parent=self.window)
        self._open_dialog(dialog)

    @Slot(object)
    def _on_theme_requested(self, choice: ThemeChoice) -> None:
        self._appearance.choose(choice)
        self.window.show_theme_choice(choice)
        if self._settings is not None:
            self._settings.setValue("view/theme", choice.value)

    @Slot(object)
    def _on_theme_changed(self, theme: Theme) -> None:
        self.window.show_theme(theme)
        self.editor.set_colors(theme.editor)
        self._open_text.set_colors(theme.syntax)

    @Slot(object)
    def _on_link_changed(self, link: Link) -> None:
        self.window.show_link(link)
        if link.phase is LinkPhase.LIVE:
            self._offline_timer.stop()
            self.window.banner.withdraw(_RETRY)
        elif link.phase is LinkPhase.CLOSED:
            self._session_is_over(link.reason)
        elif self._open_text.shared is not None and not self._offline_timer.isActive():
            self._offline_timer.start()
        self._show_session_actions()

    @Slot()
    def _on_offline_for_long(self) -> None:
        if self.collaboration.link.phase in (LinkPhase.LIVE, LinkPhase.CLOSED):
            return
        self.window.banner.show_message(
            self.tr("No connection. Go on typing: your changes are kept and sent later."),
            BannerAction(_RETRY, self.tr("Retry Now")),
        )

    @Slot(str)
    def _on_banner_action(self, action_id: str) -> None:
        if action_id == _RETRY:
            self.collaboration.retry_now()
        elif action_id == _SAVE_COPY:
            self.save_as()

    @Slot(object)
    def _on_participants_changed(self, participants: tuple[Participant, ...]) -> None:
        self.participants.show(participants)
        if participants and self.window.opens_people():
            self.window.show_people()

    @Slot(object)
    def _on_document_opened(self, shared: SharedDocument) -> None:
        self._is_sharing = False
        is_guest = shared.replica is not self._open_text.replica
        if is_guest:
            self._show_text(
                OpenText(
                    shared.replica,
                    editor=self.editor,
                    colors=self._appearance.theme.syntax,
                    file=TextFile("", eol=shared.entry.eol),
                    name=shared.entry.path,
                    parent=self,
                )
            )
        self._open_text.take_session(shared, is_guest=is_guest)
        if self._join_dialog is not None:
            self._join_dialog.accept()
        self._show_document()
        self._show_session_actions()

    @Slot(object)
    def _on_document_closed(self, shared: SharedDocument) -> None:
        if self._open_text.shared is shared:
            self._open_text.leave_session()
        self._link_text = ""
        self._show_document()
        self._show_session_actions()

    @Slot(str)
    def _on_invitation_ready(self, link_text: str) -> None:
        self._link_text = link_text
        self._copy_link()

    @Slot(object)
    def _on_notice_raised(self, notice: Notice) -> None:
        self._is_sharing = False
        text = notice_message(notice.kind, notice.detail)
        if self._join_dialog is not None:
            self._join_dialog.show_error(text)
        elif notice.kind in _TROUBLES:
            self._show_notice(text)
        else:
            self._show_trouble(text)
        self._show_session_actions()

    @Slot()
    def _on_access_changed(self) -> None:
        self._show_role()

    @Slot()
    def _on_edit_refused(self) -> None:
        self._show_notice(self.tr("You may read this text, but not change it."))

    @Slot(str)
    def _on_rebuilt(self, _text_before: str) -> None:
        self._show_notice(notice_message(NoticeKind.TEXT_REBUILT))

    @Slot()
    def _on_caret_moved(self) -> None:
        # Not connected to `start`, which would take the caret's place for its interval.
        if not self._refresh_timer.isActive():
            self._refresh_timer.start()

    @Slot(str)
    def _on_highlighting_limited(self, reason: str) -> None:
        if reason:
            self._show_notice(reason)

    @Slot()
    def _on_refresh_due(self) -> None:
        cursor = self.editor.textCursor()
        self.window.show_place(cursor.blockNumber() + 1, cursor.positionInBlock() + 1)

    def _connect_window(self) -> None:
        window, editor = self.window, self.editor
        window.new_requested.connect(self._on_new_requested)
        window.open_requested.connect(self._on_open_requested)
        window.save_requested.connect(self._on_save_requested)
        window.save_as_requested.connect(self.save_as)
        window.close_requested.connect(self.request_close)
        window.quit_requested.connect(self.quit_requested)
        window.share_requested.connect(self._on_share_requested)
        window.join_requested.connect(self._on_join_requested)
        window.copy_link_requested.connect(self._on_copy_link_requested)
        window.leave_requested.connect(self.leave)
        window.about_requested.connect(self._on_about_requested)
        window.theme_requested.connect(self._on_theme_requested)
        window.banner.action_requested.connect(self._on_banner_action)
        self._appearance.theme_changed.connect(self._on_theme_changed)
        editor.caret_moved.connect(self._on_caret_moved)
        self._refresh_timer.timeout.connect(self._on_refresh_due)
        self._offline_timer.timeout.connect(self._on_offline_for_long)
        self._good_news_timer.timeout.connect(window.banner.withdraw_good_news)
        to_editor: dict[str, Callable[[], object]] = {
            "edit.undo": editor.undo,
            "edit.redo": editor.redo,
            "edit.cut": editor.cut,
            "edit.copy": editor.copy,
            "edit.paste": editor.paste,
            "edit.select_all": editor.selectAll,
            "edit.comment": editor.toggle_comment,
            "edit.indent": editor.indent,
            "edit.outdent": editor.outdent,
            "view.zoom_in": partial(editor.zoom_by, 1),
            "view.zoom_out": partial(editor.zoom_by, -1),
            "view.zoom_reset": partial(editor.set_font, editor_font()),
        }
        for action_id, act in to_editor.items():
            window.actions_by_id[action_id].triggered.connect(partial(_act, act))
        window.actions_by_id["view.wrap"].toggled.connect(editor.set_wrapping)

    def _connect_session(self) -> None:
        session = self.collaboration
        session.link_changed.connect(self._on_link_changed)
        session.save_state_changed.connect(self.window.show_save_state)
        session.participants_changed.connect(self._on_participants_changed)
        session.document_opened.connect(self._on_document_opened)
        session.document_closed.connect(self._on_document_closed)
        session.invitation_ready.connect(self._on_invitation_ready)
        session.notice_raised.connect(self._on_notice_raised)

    def _empty_text(self) -> OpenText:
        colors = self._appearance.theme.syntax
        return OpenText(TextReplica(), editor=self.editor, colors=colors, parent=self)

    def _take(self, opened: OpenText) -> OpenText:
        """Listen to a text that has just been shown."""
        opened.modified_changed.connect(self._show_document)
        opened.access_changed.connect(self._on_access_changed)
        opened.edit_refused.connect(self._on_edit_refused)
        opened.rebuilt.connect(self._on_rebuilt)
        opened.highlighting_limited.connect(self._on_highlighting_limited)
        return opened

    def _show_text(self, opened: OpenText) -> None:
        """Let a text take the place of the one before."""
        before, self._open_text = self._open_text, self._take(opened)
        before.close()
        before.deleteLater()
        self.window.banner.clear()
        self._show_document()
        self._refresh_timer.start()

    @Slot()
    def _show_document(self) -> None:
        opened = self._open_text
        self.window.show_document(opened.name, is_modified=opened.is_modified)
        self.window.show_file(
            encoding=self.tr("UTF-8 with BOM") if opened.file.has_bom else self.tr("UTF-8"),
            line_ending=opened.file.eol.upper(),
            language=LANGUAGE_NAMES[opened.language],
        )
        self.editor.comment_mark = comment_mark_of(opened.language)
        self._show_role()

    def _show_role(self) -> None:
        shared = self._open_text.shared
        if shared is None:
            self.window.show_role("")
        elif not self.is_guest:
            self.window.show_role(self.tr("Owner"))
        else:
            self.window.show_role(self.tr("Editor") if shared.is_writable else self.tr("Viewer"))

    def _show_session_actions(self) -> None:
        actions, is_shared = self.window.actions_by_id, self._open_text.shared is not None
        actions["session.copy_link"].setEnabled(is_shared and not self.is_guest)
        actions["session.leave"].setEnabled(is_shared or self._is_sharing)
        actions["session.share"].setEnabled(not self._is_sharing)
        actions["session.join"].setEnabled(not self.is_in_session)
        self.window.show_session(is_starting=self._is_sharing, is_shared=is_shared)

    def _session_is_over(self, reason: ClosedReason | None) -> None:
        self._is_sharing = False
        self._offline_timer.stop()
        self.window.banner.withdraw(_RETRY)
        text = closed_text(reason) if reason is not None else ""
        if self._join_dialog is not None and text:
            self._join_dialog.show_error(text)
        elif text:
            self.window.banner.show_message(
                text, BannerAction(_SAVE_COPY, self.tr("Save a Copy…")), tone=Tone.TROUBLE
            )

    def _open_share_dialog(self) -> None:
        replica = self._open_text.replica
        offer = ShareOffer(
            self._open_text.name, replica.shadow.length_utf8, self.binding.document.blockCount()
        )
        dialog = ShareDialog(offer=offer, name=self._person, parent=self.window)
        dialog.share_requested.connect(self.share)
        self._open_dialog(dialog)

    def _open_join_dialog(self, link_text: str) -> None:
        dialog = JoinDialog(
            clipboard_text=link_text or QGuiApplication.clipboard().text(),
            name=self._person,
            parent=self.window,
        )
        dialog.join_requested.connect(self._on_dialog_join_requested)
        dialog.finished.connect(self._on_join_dialog_finished)
        self._join_dialog = dialog
        self._open_dialog(dialog)

    def _open_dialog(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _file_dialog(self, title: str) -> QFileDialog:
        folder = self._open_text.path.parent if self._open_text.path is not None else Path.cwd()
        dialog = QFileDialog(self.window, title, str(folder))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def _ask_first(self, then: Callable[[], object]) -> None:
        """Go on, after the text that would be lost was saved or given up."""
        if not self._open_text.is_modified and not self._has_unsent():
            then()
            return
        dialog = UnsavedDialog(name=self._open_text.name, parent=self.window)
        dialog.chosen.connect(partial(self._on_unsaved_chosen, then))
        self._open_dialog(dialog)

    def _on_unsaved_chosen(self, then: Callable[[], object], choice: Choice) -> None:
        if choice is Choice.DISCARD:
            then()
        elif choice is Choice.SAVE:
            self._after_saving = then
            self.save()

    def _has_unsent(self) -> bool:
        """Tell whether a guest's changes are nowhere but here."""
        stuck = (SavePhase.WAITING, SavePhase.REFUSED)
        return self.is_guest and self.save_state.phase in stuck

    def _close_soon(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._tasks.start(self.close(), name="close window")

    def _copy_link(self) -> None:
        QGuiApplication.clipboard().setText(self._link_text)
        self.window.banner.show_message(
            self.tr("The link is on the clipboard. Send it to whom you want to edit with."),
            tone=Tone.GOOD,
        )
        self._good_news_timer.start()

    def _show_notice(self, text: str) -> None:
        self.window.banner.show_message(text)

    def _show_trouble(self, text: str) -> None:
        self.window.banner.show_message(text, tone=Tone.TROUBLE)

    def _keep_person(self, name: str) -> None:
        if name and name != self._person:
            self._person = name
            if self._settings is not None:
                self._settings.setValue("person/name", name)

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
    person: str = "",
    settings: QSettings | None = None,
) -> EditorWindow:
    """Return a window with a session of its own.

    Args:
        tasks: owns what runs.
        appearance: the application's theme.
        hosting: the server to share on; None: the window only joins.
        person: the name that others see.
        settings: where sizes and names are kept; None: nowhere.
    """
    return EditorWindow(
        tasks=tasks,
        appearance=appearance,
        collaboration=Collaboration(tasks=tasks, hosting=hosting),
        person=person,
        settings=settings,
    )


def _act(act: Callable[[], object], _is_checked: bool = False) -> None:
    """Do what an action is for, without saying whether it is checked."""
    act()


def comment_mark_of(language: str) -> str:
    """Return what begins a comment to the end of the line; empty when there is no such thing."""
    return _COMMENT_MARKS.get(language, "")


_COMMENT_MARKS = {
    **dict.fromkeys(("python", "ruby", "shellscript", "yaml"), "#"),
    **dict.fromkeys(
        ("c", "cpp", "csharp", "go", "java", "javascript", "php", "rust", "typescript"), "//"
    ),
    "sql": "--",
}
