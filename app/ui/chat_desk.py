"""A window's chat: the panel joined to the session's conversation, and to places in the texts.

Knows no socket and paints nothing. Source: EDITOR.md (chat; code-link chips).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from app.errors import change_refused_message
from app.model.chat_rows import chat_rows
from app.model.code_links import code_link
from app.services.chat import LONGEST_BYTES, is_too_long
from app.ui.panels.chat import ChatPanel
from app.ui.side_docks import side_dock
from app.ui.theme import participant_colour

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from app.model.code_links import CodeLink
    from app.model.project import ProjectFile
    from app.qtmodels.participants import ParticipantsModel
    from app.services.collaboration import Collaboration
    from app.services.shared_document import SharedDocument
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.session_desk import SessionDesk
    from app.ui.text_tabs import TextTabs
    from app.ui.theme import Appearance, Theme

_SOON_MS = 16


class ChatDesk(QObject):
    """Shows a conversation and does what the panel asks.

    Invariant: a message counts as read only while the panel shows the end of the conversation in
    the window that is in use.
    """

    def __init__(
        self,
        *,
        tabs: TextTabs,
        window: MainWindow,
        session: SessionDesk,
        collaboration: Collaboration,
        participants: ParticipantsModel,
        appearance: Appearance,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._window = window
        self._session = session
        self._chat = collaboration.chat
        self._participants = participants
        self._appearance = appearance
        self._files: tuple[ProjectFile, ...] = ()
        self._goes_to: tuple[str, CodeLink] | None = None  # once its document is open
        self.panel = ChatPanel(theme=appearance.theme, colour_of=self._colour_of)
        self.dock = side_dock(
            window,
            self.panel,
            name="chat",
            title=self.tr("Chat"),
            toggle=window.actions_by_id["view.chat"],
        )
        # A child of the window: it must not outlive its widgets.
        self._timer = QTimer(window, singleShot=True, interval=_SOON_MS)
        self._timer.timeout.connect(self._on_due)
        self._connect(collaboration)
        self._on_due()

    @property
    def unread_text(self) -> str:
        """How many messages are unread, as it is shown; empty when none is."""
        chat = self._chat.conversation
        count = "999+" if chat.unread >= 999 else str(chat.unread)
        at = "@ " if chat.unread_mentions else ""
        return f"{at}{count}" if chat.unread else ""

    def send_place(self) -> None:
        """Put a link to the selected lines of the text in front into a message."""
        opened = self._tabs.front
        if opened is None:
            return
        if opened.shared is None:
            text = self.tr("Share this text first: the others can only go to what is shared.")
            self._window.banner.show_message(text)
            return
        cursor = opened.editor.textCursor()
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        lines = [opened.document.findBlock(at).blockNumber() + 1 for at in (first, last)]
        if last > first and last == opened.document.findBlock(last).position():
            lines[1] -= 1  # the selection ends before the line's first character
        self.show()
        self.panel.write(code_link(opened.shared.entry.path, *lines))

    def write(self) -> None:
        """Show the chat and go to its field."""
        self.show()
        self.panel.take_keys()

    def show(self) -> None:
        """Show the chat beside the text."""
        self.dock.show()
        self.dock.raise_()

    def _connect(self, collaboration: Collaboration) -> None:
        chat, panel = self._chat, self.panel
        chat.changed.connect(self._show_soon)
        chat.typing_changed.connect(self._on_typing_changed)
        chat.change_refused.connect(self._on_change_refused)
        collaboration.files_changed.connect(self._on_files_changed)
        collaboration.document_opened.connect(self._on_document_opened)
        self._window.activated.connect(self._look)
        self._window.deactivated.connect(self._look)
        self._appearance.theme_changed.connect(self._on_theme_changed)
        panel.message_submitted.connect(self._on_message_submitted)
        panel.edit_submitted.connect(self._on_edit_submitted)
        panel.remove_requested.connect(chat.remove)
        panel.reaction_toggled.connect(chat.react)
        panel.retry_requested.connect(chat.retry)
        panel.give_up_requested.connect(chat.give_up)
        panel.link_opened.connect(self.open_link)
        panel.typing_changed.connect(self._on_typing)
        panel.page_wanted.connect(self._on_page_wanted)
        panel.newest_wanted.connect(chat.show_newest)
        panel.watching_changed.connect(self._look)

    @Slot(object)
    def open_link(self, link: CodeLink) -> None:
        """Go to a place in a shared text, which is opened if it is not."""
        for opened in self._tabs.texts:
            if opened.shared is not None and opened.shared.entry.path == link.path:
                self._select(opened, link)
                return
        for file in self._files:
            if file.entry.path == link.path:
                self._goes_to = file.document, link
                self._session.open_shared(file.document)
                return

    @Slot(object)
    def _on_document_opened(self, shared: SharedDocument) -> None:
        opened = self._tabs.of_document(shared)
        if opened is not None and self._goes_to is not None and shared.name == self._goes_to[0]:
            _, link = self._goes_to
            self._goes_to = None
            self._select(opened, link)

    @Slot()
    def _show_soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _on_due(self) -> None:
        chat, panel = self._chat, self.panel
        names = dict(chat.names)
        panel.show_names(names, me=chat.conversation.me, my_name=self._session.person)
        panel.show_state(is_there=chat.can_write, has_history=chat.has_history)
        rows = chat_rows(chat.conversation, names)
        panel.show_rows(rows, has_newer=chat.conversation.has_newer)
        unread = self.unread_text
        title = self.tr("Chat ({count})").format(count=unread) if unread else self.tr("Chat")
        self.dock.setWindowTitle(title)
        self._window.status.show_chat(unread)
        self._look()

    @Slot()
    def _on_typing_changed(self) -> None:
        self.panel.show_typing(self._chat.typing.names)

    @Slot(str)
    def _on_change_refused(self, slug: str) -> None:
        self._window.banner.show_message(change_refused_message(slug))

    @Slot(object)
    def _on_files_changed(self, files: tuple[ProjectFile, ...]) -> None:
        self._files = files
        self.panel.show_paths(frozenset(file.entry.path for file in files))

    @Slot(object)
    def _on_theme_changed(self, theme: Theme) -> None:
        self.panel.show_theme(theme)

    @Slot(str, int)
    def _on_message_submitted(self, text: str, reply_to: int) -> None:
        if self._can_be_said(text):
            self._chat.post(text, reply_to=reply_to or None)
            self.panel.let_go()

    @Slot(int, str)
    def _on_edit_submitted(self, message_id: int, text: str) -> None:
        if self._can_be_said(text):
            self._chat.edit(message_id, text)
            self.panel.let_go()

    @Slot(bool)
    def _on_typing(self, is_typing: bool) -> None:
        self._chat.set_typing(is_typing=is_typing)

    @Slot(bool)
    def _on_page_wanted(self, is_older: bool) -> None:
        self._chat.load(is_older=is_older)

    @Slot()
    def _look(self) -> None:
        """Find out whether somebody reads."""
        is_watched = self._window.isActiveWindow() and self.panel.is_at_end
        self._chat.set_watched(is_watched=is_watched)

    def _can_be_said(self, text: str) -> bool:
        """Tell whether the server would take a message, and say so if not."""
        if not is_too_long(text):
            return True
        said = self.tr("This message is too long: it may have {limit} bytes.")
        self._window.banner.show_message(said.format(limit=LONGEST_BYTES))
        return False

    def _select(self, opened: OpenText, link: CodeLink) -> None:
        self._tabs.bring_to_front(opened)
        last_line = opened.document.blockCount()
        first = opened.document.findBlockByNumber(min(link.first_line, last_line) - 1)
        last = opened.document.findBlockByNumber(min(link.last_line, last_line) - 1)
        opened.editor.select(first.position(), last.position() + last.length() - 1)
        opened.editor.centerCursor()
        opened.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _colour_of(self, user_id: str) -> QColor:
        """Return a person's colour, also of one who is not here any more."""
        for person in self._participants.participants:
            if person.user_id == user_id:
                return participant_colour(person.color)
        colours = self._appearance.theme.presence
        return colours[zlib.crc32(user_id.encode("utf-8", "replace")) % len(colours)]
