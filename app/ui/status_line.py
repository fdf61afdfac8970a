"""The status bar of a window: one segment a fact, each of them a button.

Shows what it is told; knows no text and no session. Source: EDITOR.md (window).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStatusBar, QWidget

from app.model.connection import SavePhase
from app.ui.status_texts import link_text, link_tone, save_text
from app.ui.widgets.status_segment import StatusSegment

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.model.connection import Link, SaveState
    from app.ui.actions import Actions


class StatusLine(QStatusBar):
    """Connection, saving and role on the left; what is in front on the right.

    Invariant: a segment without a word is hidden.
    """

    def __init__(
        self, *, actions: Actions, show_people: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        """Make the segments.

        Args:
            actions: what a click on a segment triggers.
            show_people: what a click on the connection does.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._connection = StatusSegment("connection")
        self._sync = StatusSegment("sync")
        self._role = StatusSegment("role")
        self._place = StatusSegment("place")
        self._encoding = StatusSegment("encoding")
        self._line_ending = StatusSegment("line_ending")
        self._final_newline = StatusSegment("final_newline")
        self._language = StatusSegment("language")
        self._follow = StatusSegment("follow")
        self._left = [self._connection, self._sync, self._role, self._follow]
        self._chat = StatusSegment("chat")
        self._notices = StatusSegment("notices")
        self._right = [
            self._place,
            self._final_newline,
            self._encoding,
            self._line_ending,
            self._language,
            self._chat,
            self._notices,
        ]
        for segment in self._left:
            self.addWidget(segment)
        for segment in self._right:
            self.addPermanentWidget(segment)
        self._connection.clicked.connect(show_people)
        for segment, action_id in (
            (self._follow, "session.follow"),
            (self._place, "go.line"),
            (self._encoding, "file.encoding"),
            (self._line_ending, "file.line_ending"),
            (self._language, "view.language"),
            (self._chat, "session.write"),
            (self._notices, "view.notices"),
        ):
            segment.clicked.connect(actions[action_id].trigger)

    @property
    def texts(self) -> dict[str, str]:
        """What is said, by segment; hidden ones are left out."""
        return {
            segment.objectName(): segment.text()
            for segment in (*self._left, *self._right)
            if not segment.isHidden()
        }

    def show_connection(self, link: Link, save_state: SaveState) -> None:
        """Say how the connection is, and where the own changes are."""
        self._connection.show_text(
            link_text(link), tip=self.tr("Connection to the session"), tone=link_tone(link)
        )
        is_refused = save_state.phase is SavePhase.REFUSED
        self._sync.show_text(
            save_text(save_state, link),
            tip=self.tr("Saved: the server has stored every change of yours"),
            tone="error" if is_refused else "",
        )

    def show_chat(self, unread: str) -> None:
        """Say how many messages are unread; empty when none is."""
        text = self.tr("Chat {count}").format(count=unread) if unread else ""
        self._chat.show_text(text, tip=self.tr("Messages you have not read"), tone="news")

    def show_notices(self, unread: int, *, is_dnd: bool, is_shown: bool) -> None:
        """Say how many notices are unread, and whether this user wants to be left alone."""
        text = self.tr("Notices")
        if unread:
            text = self.tr("Notices {count}").format(count=unread)
        if is_dnd:
            text = self.tr("Do not disturb · {count}").format(count=unread) if unread else ""
            text = text or self.tr("Do not disturb")
        tone = "news" if unread and not is_dnd else ""
        tip = self.tr("What products told you")
        self._notices.show_text(text if is_shown or is_dnd else "", tip=tip, tone=tone)

    def show_role(self, text: str) -> None:
        """Say what this user may do; empty outside a session."""
        self._role.show_text(text, tip=self.tr("What you may do with this text"))

    def show_follow(self, text: str) -> None:
        """Say who is followed; empty for nobody."""
        self._follow.show_text(text, tip=self.tr("Esc, a key, a click or scrolling ends it"))

    def show_place(self, line: int, column: int, *, selected: int = 0) -> None:
        """Say where the caret is, both counted from 1, and how much is selected."""
        text = self.tr("Ln {line}, Col {column}").format(line=line, column=column)
        if selected:
            text += self.tr(" ({count} selected)").format(count=selected)
        self._place.show_text(text, tip=self.tr("Line and column: go to a line"))

    def show_final_newline(self, *, is_there: bool) -> None:
        """Say that the text does not end with a line end."""
        text = "" if is_there else self.tr("No newline at end")
        self._final_newline.show_text(
            text, tip=self.tr("The last line has no line end; it stays so")
        )

    def show_no_text(self) -> None:
        """Say nothing of a text, because none is in front."""
        for segment in (self._role, *self._right):
            if segment not in (self._chat, self._notices):
                segment.show_text("")

    def show_file(self, *, encoding: str, line_ending: str, language: str) -> None:
        """Say how the file is written."""
        self._encoding.show_text(encoding, tip=self.tr("Encoding of the file"))
        self._line_ending.show_text(line_ending, tip=self.tr("Line ends in the file"))
        self._language.show_text(language, tip=self.tr("Language"))
