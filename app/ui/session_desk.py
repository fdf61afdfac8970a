"""A window's session: sharing, joining, and what the session says of the texts in its tabs.

Knows no socket and no frame. Source: EDITOR.md (pairing).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from app.errors import notice_message
from app.model.connection import ClosedReason, LinkPhase, SavePhase
from app.model.notices import NoticeKind
from app.storage.files import TextFile
from app.ui.dialogs.share import ShareDialog, ShareOffer
from app.ui.join_desk import JoinDesk
from app.ui.open_text import OpenText
from app.ui.status_texts import closed_text
from app.ui.widgets.banner import BannerAction, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QSettings

    from app.collab.text_replica import TextReplica
    from app.model.connection import Link
    from app.model.notices import Notice
    from app.model.project import ProjectFile
    from app.services.collaboration import Collaboration
    from app.services.journals import RecoveredText
    from app.services.shared_document import SharedDocument
    from app.ui.file_desk import FileDesk
    from app.ui.main_window import MainWindow
    from app.ui.text_tabs import TextTabs
    from app.ui.theme import Appearance

SAVE_COPY = "save_copy"
OPEN_SHARED = "open_shared"

_MOST_AT_ONCE = 20  # texts of a session that are opened by one click
_GOOD_NEWS_MS = 8_000
_TROUBLES = {NoticeKind.SERVER_GOES, NoticeKind.DOCUMENT_CLOSED, NoticeKind.SERVER_MISBEHAVED}
"""What mends itself: said as a notice, not as trouble."""

_ASIDES = {NoticeKind.SECRETS_IN_MEMORY}
"""What has nothing to do with what was wished for, which goes on."""


class SessionDesk(QObject):
    """What a person does with others.

    Invariant: a document of the session that this window shows has one tab, and what is said of it
    is said in that tab; what concerns the session is said in every tab that belongs to it.
    """

    changed = Signal()  # what is shared, what may be done, or who may

    def __init__(
        self,
        *,
        tabs: TextTabs,
        files: FileDesk,
        window: MainWindow,
        collaboration: Collaboration,
        appearance: Appearance,
        person: str,
        settings: QSettings | None,
        parent: QObject | None = None,
    ) -> None:
        """Work on the tabs of a window.

        Args:
            tabs: where texts are.
            files: puts a text of others into a tab, and saves copies.
            window: above which dialogs open.
            collaboration: the session.
            appearance: the theme.
            person: the name that others see until another is entered.
            settings: where the name is kept; None: nowhere.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self.collaboration = collaboration
        self._tabs = tabs
        self._files = files
        self._window = window
        self._appearance = appearance
        self._person = person
        self._settings = settings
        self._link_text = ""
        self._listed: tuple[ProjectFile, ...] = ()  # what the session shares
        self._offered: frozenset[str] = frozenset()  # documents that were offered already
        self._starting: OpenText | None = None  # what is about to be shared
        self._given_up: TextReplica | None = None  # of a tab that was closed meanwhile
        self._joining = JoinDesk(window=window, invitations=collaboration.invitations, parent=self)
        self._joining.join_requested.connect(self._on_dialog_join_requested)
        # A child of the window: it must not outlive its widgets.
        self._good_news_timer = QTimer(window, singleShot=True, interval=_GOOD_NEWS_MS)
        self._good_news_timer.timeout.connect(self._on_good_news_old)
        tabs.banner_action.connect(self._on_banner_action)
        collaboration.link_changed.connect(self._on_link_changed)
        collaboration.resume_failed.connect(self._on_resume_failed)
        collaboration.files_changed.connect(self._on_files_changed)
        collaboration.document_opened.connect(self._on_document_opened)
        collaboration.document_closed.connect(self._on_document_closed)
        collaboration.invitation_ready.connect(self._on_invitation_ready)
        collaboration.notice_raised.connect(self._on_notice_raised)

    @property
    def person(self) -> str:
        """The name that others see."""
        return self._person

    @property
    def link_text(self) -> str:
        """The newest invitation; empty while there is none. Secret: never logged."""
        return self._link_text

    @property
    def shared_texts(self) -> tuple[OpenText, ...]:
        """The texts of the session."""
        return tuple(text for text in self._tabs.texts if text.shared is not None)

    @property
    def is_starting(self) -> bool:
        """Whether a text is about to be shared."""
        return self._starting is not None

    @property
    def is_guest(self) -> bool:
        """Whether the session is another person's."""
        return any(text.is_guest for text in self.shared_texts)

    @property
    def is_in_session(self) -> bool:
        """Whether a text is shared, or about to be."""
        return self.is_starting or bool(self.shared_texts)

    def share(self, opened: OpenText, name: str = "", *, is_for_editing: bool = True) -> None:
        """Share a text as it is; the link comes to the clipboard and to `link_text`.

        Args:
            opened: the text; in a session of one's own it is one text more.
            name: this person's, as others see it; empty: as before.
            is_for_editing: whether those with the link may change it.
        """
        self.keep_person(name)
        self._set_starting(opened)
        self.changed.emit()
        self.collaboration.share(
            opened.replica,
            path=str(opened.path or opened.name),
            name=self._person,
            eol=opened.file.eol,
            language=opened.language,
            is_for_editing=is_for_editing,
        )

    def join(self, link_text: str, name: str = "") -> None:
        """Join a session by its link; its text comes in a tab of its own."""
        self.keep_person(name)
        self.collaboration.join(link_text, name=self._person)

    def resume(self, texts: Sequence[RecoveredText]) -> None:
        """Go on with the session of an earlier process; its texts have their tabs."""
        self.collaboration.resume([(text.replica, text.facts) for text in texts])

    def leave(self) -> None:
        """Leave the session; the texts stay."""
        self._set_starting(None)
        self.collaboration.leave()

    def release(self, opened: OpenText) -> None:
        """Let a text go whose tab was closed; with the last one the session ends."""
        if opened is self._starting:
            self._given_up = opened.replica
            self._set_starting(None)
        elif opened.shared is None:
            return
        if self.shared_texts:
            if opened.shared is not None:
                self.collaboration.close_document(opened.shared)
        else:
            self.leave()

    def has_unsent(self, opened: OpenText) -> bool:
        """Tell whether a guest's changes are nowhere but here, and will not soon be elsewhere."""
        stuck = (SavePhase.WAITING, SavePhase.REFUSED)
        is_stuck = self.collaboration.save_state.phase in stuck
        return opened.is_guest and is_stuck and opened.replica.ledger.pending_count > 0

    @property
    def files_elsewhere(self) -> tuple[ProjectFile, ...]:
        """What the session shares and no tab shows."""
        shown = {text.shared.name for text in self.shared_texts if text.shared is not None}
        return tuple(file for file in self._listed if file.document not in shown)

    def open_shared(self, document: str) -> None:
        """Show one more text of the session, by its document's name."""
        self.collaboration.open_file(document)

    def ask_to_share(self) -> None:
        """Say what would be shared and ask; of what is shared already, copy the link."""
        if self.is_starting:
            return
        opened = self._tabs.front or self._files.new_file()
        if opened.shared is not None:
            self.copy_link()
            return
        offer = ShareOffer(
            opened.name,
            opened.replica.shadow.length_utf8,
            opened.document.blockCount(),
            tuple(text.name for text in self.shared_texts),
        )
        dialog = ShareDialog(offer=offer, name=self._person, parent=self._window)
        dialog.share_requested.connect(partial(self._on_dialog_share_requested, opened))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def ask_to_join(self, link_text: str = "") -> None:
        """Ask for a link, unless it is given, and a name; then join."""
        self._joining.ask(link_text, name=self._person)

    def copy_link(self) -> None:
        """Put an invitation on the clipboard, a new one if need be."""
        if self._link_text:
            self._copy_link()
        elif self.shared_texts and not self.is_guest:
            self.collaboration.invite()
        else:
            self._window.banner.show_message(
                self.tr("Only the person who shares the text can invite others.")
            )

    def _on_dialog_share_requested(self, opened: OpenText, name: str, is_for_editing: bool) -> None:
        self.share(opened, name, is_for_editing=is_for_editing)

    @Slot(str, str)
    def _on_dialog_join_requested(self, link_text: str, name: str) -> None:
        self.join(link_text, name)

    @Slot(object, str)
    def _on_banner_action(self, opened: OpenText | None, action_id: str) -> None:
        if action_id == OPEN_SHARED:
            for file in self.files_elsewhere[:_MOST_AT_ONCE]:
                self.open_shared(file.document)
        elif action_id == SAVE_COPY and opened is not None:
            self._files.save_as(opened)

    @Slot(object)
    def _on_link_changed(self, link: Link) -> None:
        if link.phase is LinkPhase.CLOSED:
            self._session_is_over(link.reason)
        self.changed.emit()

    @Slot()
    def _on_good_news_old(self) -> None:
        for opened in self._tabs.texts:
            opened.banner.withdraw_good_news()

    @Slot(object)
    def _on_document_opened(self, shared: SharedDocument) -> None:
        self._set_starting(None)
        if shared.replica is self._given_up:
            self._given_up = None
            self.collaboration.close_document(shared)
            return
        opened = self._tabs.of_replica(shared.replica)
        if opened is None:
            opened = OpenText(
                shared.replica,
                theme=self._appearance.theme,
                file=TextFile("", eol=shared.entry.eol),
                name=shared.entry.path,
                parent=self._tabs,
            )
            self._files.put(opened)
        opened.take_session(shared, is_guest=not shared.is_own)
        shared.copy_made.connect(partial(self._files.keep_copy, opened))
        self._joining.accept()
        if not self.files_elsewhere:
            opened.banner.withdraw(OPEN_SHARED)
        self._offer_files()
        self.changed.emit()

    @Slot(object)
    def _on_files_changed(self, files: tuple[ProjectFile, ...]) -> None:
        self._listed = files
        self._offer_files()

    def _offer_files(self) -> None:
        """Say once that there are more texts in another person's session."""
        fresh = [file for file in self.files_elsewhere if file.document not in self._offered]
        if not self.is_guest or not fresh:
            return
        self._offered |= {file.document for file in fresh}
        text = (
            self.tr("“{name}” is shared in this session, too.").format(name=fresh[0].entry.path)
            if len(fresh) == 1
            else self.tr("{count} more texts are shared in this session.").format(count=len(fresh))
        )
        front = self._tabs.front
        target = front if front in self.shared_texts else self.shared_texts[0]
        target.banner.show_message(text, BannerAction(OPEN_SHARED, self.tr("Open")))

    @Slot(object)
    def _on_document_closed(self, shared: SharedDocument) -> None:
        opened = self._tabs.of_document(shared)
        if opened is not None:
            opened.leave_session()
        if not self.shared_texts:
            self._link_text = ""
            self._listed, self._offered = (), frozenset()
        self.changed.emit()

    @Slot(str)
    def _on_invitation_ready(self, link_text: str) -> None:
        self._link_text = link_text
        self._copy_link()

    @Slot(object)
    def _on_notice_raised(self, notice: Notice) -> None:
        text = notice_message(notice.kind, notice.detail)
        if notice.kind in _ASIDES:
            self._window.banner.show_message(text)
            return
        self._set_starting(None)
        tone = Tone.NOTICE if notice.kind in _TROUBLES else Tone.TROUBLE
        concerned = [
            opened.banner
            for opened in self.shared_texts
            if opened.shared is not None and notice.document in ("", opened.shared.name)
        ]
        if self._joining.is_asking:
            self._joining.show_error(text)
        else:
            for banner in concerned or [self._window.banner]:
                banner.show_message(text, tone=tone)
        self.changed.emit()

    @Slot(object)
    def _on_resume_failed(self, replica: TextReplica) -> None:
        opened = self._tabs.of_replica(replica)
        if opened is not None:
            opened.go_on_alone()

    def _session_is_over(self, reason: ClosedReason | None) -> None:
        text = closed_text(reason) if reason is not None else ""
        if self.is_starting and reason is ClosedReason.REFUSED_TOKEN:
            text = notice_message(NoticeKind.SIGN_IN_NEEDED)
        self._set_starting(None)
        if not text:
            return
        if self._joining.is_asking:
            self._joining.show_error(text)
        elif self.shared_texts:
            for opened in self.shared_texts:
                action = BannerAction(SAVE_COPY, self.tr("Save a Copy…"))
                opened.banner.show_message(text, action, tone=Tone.TROUBLE)
        else:
            self._window.banner.show_message(text, tone=Tone.TROUBLE)

    def _set_starting(self, opened: OpenText | None) -> None:
        if self._starting is not None:
            self._starting.is_starting = False
        self._starting = opened
        if opened is not None:
            opened.is_starting = True

    def _copy_link(self) -> None:
        QGuiApplication.clipboard().setText(self._link_text)
        self._window.banner.show_message(
            self.tr("The link is on the clipboard. Send it to whom you want to edit with."),
            tone=Tone.GOOD,
        )
        self._good_news_timer.start()

    def keep_person(self, name: str) -> None:
        """Take the name that others see from the next session on; empty: as before."""
        if name and name != self._person:
            self._person = name
            if self._settings is not None:
                self._settings.setValue("person/name", name)
