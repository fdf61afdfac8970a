"""Sharing and joining: what the windows call, and the signals they listen to.

Knows no widget, no socket and no frame. One object runs at most one session: as the host of the
embedded server, or as the guest of any server. Source: EDITOR.md (pairing), PROTOCOL.md §6.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.model.connection import OFFLINE, SAVED, ClosedReason, Link, LinkPhase, SavePhase
from app.model.notices import Notice, NoticeKind
from app.model.project import FileEntry, shared_name_of
from app.services.chat import Chat
from app.services.hosting import EmbeddedServer, HostingFailed
from app.services.invitations import Invitations
from app.services.live_session import RequestRefused, SessionEnded
from app.services.notifications import Notifications
from app.services.roles import Roles
from app.services.session_doors import NoWayBack, SessionDoors, SignInNeeded
from app.services.shared_project import NothingToOpen
from app.services.text_history import TextHistory
from app.services.wishes import Wishes
from collab_server.protocol.errors import InvalidLink, InvalidName, LocalProtocolError
from collab_server.protocol.links import parse_invitation_link
from collab_server.protocol.names import parse_document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.collab.text_replica import TextReplica
    from app.model.connection import SaveState
    from app.model.kept_text import TextFacts
    from app.model.participants import Participant
    from app.model.project import Eol
    from app.services.chosen_server import SharingServer
    from app.services.identities import Identities
    from app.services.running_session import RunningSession
    from app.services.shared_document import SharedDocument
    from app.services.unsent_messages import UnsentMessages
    from app.tasks import TaskOwner

_SAVE_BEFORE_LEAVING_S = _CLOSE_S = 3.0


class Collaboration(QObject):
    """One person's session, or none.

    Invariant: every wish (`share`, `join`, `leave`) ends in signals, never in an exception; texts
    stay usable whatever happens to the session.
    """

    link_changed = Signal(object)  # Link
    outage_changed = Signal(object)  # OutageStage: how much of it is to be shown
    save_state_changed = Signal(object)  # SaveState
    participants_changed = Signal(object)  # tuple[Participant, ...], this user first
    people_counted = Signal(object)  # int: how many are in a very large room; None: it is none
    files_changed = Signal(object)  # tuple[ProjectFile, ...]: what the session shares
    document_opened = Signal(object)  # SharedDocument, complete as the server had it
    document_closed = Signal(object)  # SharedDocument, whose replica goes on as a local text
    resume_failed = Signal(object)  # TextReplica, whose session is out of reach for good
    invitation_ready = Signal(str)  # a link for others; secret, never logged
    notice_raised = Signal(object)  # Notice

    def __init__(
        self,
        *,
        tasks: TaskOwner,
        hosting: SharingServer | None = None,
        identities: Identities | None = None,
        unsent: UnsentMessages | None = None,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        """Prepare; nothing is connected.

        Args:
            tasks: owns everything that runs.
            hosting: the server to share on; None: this object only joins.
            identities: whom this person was on which server; None: nothing is remembered.
            unsent: keeps messages that wait; None: they end with this process.
            clock: monotonic seconds.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._tasks = tasks
        self._own = self._chosen = self._hosting = hosting  # without a choice; chosen; in use
        if isinstance(hosting, EmbeddedServer):
            hosting.on_restarted = self.retry_now
            hosting.on_failed = self._on_hosting_failed
        self._doors = SessionDoors(
            tasks=tasks,
            hosting=hosting,
            identities=identities,
            clock=clock,
            on_begun=self._on_begun,
        )
        self._session: RunningSession | None = None
        self._told_hosting_failed = False  # told once a session
        self._turn = asyncio.Lock()
        self._wishes = Wishes(tasks)
        self._participants: tuple[Participant, ...] = ()
        self.invitations = Invitations(tasks=tasks, parent=self)
        self.invitations.ready.connect(self.invitation_ready)
        self.chat = Chat(unsent=unsent, parent=self)
        self.notifications = Notifications(parent=self)
        self.roles = Roles(tasks=tasks, clock=clock, parent=self)

    @property
    def link(self) -> Link:
        """The state of the connection."""
        return self._session.live.session.link if self._session is not None else OFFLINE

    @property
    def save_state(self) -> SaveState:
        """Where the own changes are; SAVED when nothing is shared."""
        return self._session.live.session.save_state if self._session is not None else SAVED

    @property
    def participants(self) -> tuple[Participant, ...]:
        """Who is in the room, this user first; nobody while there is no connection."""
        return self._participants

    @property
    def documents(self) -> tuple[SharedDocument, ...]:
        """What is open in this session."""
        project = self._session.project if self._session is not None else None
        return project.documents if project is not None else ()

    def share(
        self,
        replica: TextReplica,
        *,
        path: str,
        name: str,
        eol: Eol = "lf",
        language: str | None = None,
        is_for_editing: bool = True,
    ) -> None:
        """Share a text and make an invitation; a running session of ours gets one more file.

        Args:
            replica: the text with its history; it is shared as it is.
            path: the file's; only its last part is told to others. Empty for an unsaved one.
            name: this person's, as the others see it.
            eol: of the file on this disk.
            language: an id as in `languages`; None: guess it from the path.
            is_for_editing: whether those with the invitation may change what is shared.
        """
        self.invitations.choose(is_for_editing=is_for_editing)
        entry = FileEntry(shared_name_of(path), eol, language)
        self._wishes.start(self._share(replica, entry, name), name="share")

    def join(self, link_text: str, *, name: str, allow_insecure: bool = False) -> None:
        """Join by an invitation link; a session that runs is left first.

        Args:
            link_text: as it was pasted.
            name: this person's, as the others see it.
            allow_insecure: whether the user accepts a server that is not this machine's and
                encrypts nothing.
        """
        self._wishes.start(self._join(link_text, name, allow_insecure), name="join")

    def invite(self) -> None:
        """Make one more invitation to the project that is shared."""
        self._wishes.start(self._invite_again(), name="invite")

    def share_on(self, hosting: SharingServer) -> None:
        """Share on another server from now on; a session that runs is ended."""
        self._wishes.start(self._share_on(hosting), name="share on another server")

    def leave(self) -> None:
        """Leave the session; what is under way to the server gets a moment to arrive."""
        self._tasks.start(self._leave(), name="leave")

    def resume(self, texts: Sequence[tuple[TextReplica, TextFacts]]) -> None:
        """Go on with a session that an earlier process had; its documents are opened at once.

        Args:
            texts: what is left of it, all of one session.
        """
        self._wishes.start(self._resume(texts), name="resume")

    def open_file(self, name: str) -> None:
        """Open one more file of the session, by its document's name."""
        self._wishes.start(self._open_file(name), name="open a shared file")

    def history_of(self, document: SharedDocument) -> TextHistory | None:
        """Return what asks for a document's versions; None once it is not shared any more."""
        session = self._session
        if session is None or document not in self.documents:
            return None
        return TextHistory(session.live, parse_document(document.name))

    def close_document(self, document: SharedDocument) -> None:
        """Close one document of the session, once what is under way to the server has arrived."""
        self._tasks.start(self._close_document(document), name="close document")

    def retry_now(self) -> None:
        """Try to connect at once instead of waiting."""
        if self._session is not None:
            self._session.live.retry_now()

    async def shutdown(self, *, comes_back: bool = False) -> None:
        """Leave and stop the embedded server; to be awaited before the app ends.

        Args:
            comes_back: whether the next start is to go on with the session.
        """
        await self._leave(comes_back=comes_back)

    async def _share_on(self, hosting: SharingServer) -> None:
        async with self._turn:
            self._chosen = hosting
            await self._end()

    async def _share(self, replica: TextReplica, entry: FileEntry, name: str) -> None:
        async with self._turn:
            try:
                await self._share_now(replica, entry, name)
            except HostingFailed as error:
                self._notice(NoticeKind.SERVER_UNAVAILABLE, error.reason)
            except SignInNeeded as error:
                in_use, needed = NoticeKind.SIGN_IN_IN_USE, NoticeKind.SIGN_IN_NEEDED
                self._notice(in_use if error.is_in_use else needed)
            except RequestRefused as error:
                self._notice(NoticeKind.REQUEST_FAILED, error.slug)
            except SessionEnded:
                return  # the link has told why
            if self._session is None or self._session.project is None:
                await self._end()

    async def _share_now(self, replica: TextReplica, entry: FileEntry, name: str) -> None:
        if self.link.phase is LinkPhase.CLOSED:
            await self._end()
        if self._session is None or self._session.project is None:
            await self._doors.found(name)
        session = self._session
        assert session is not None
        assert session.project is not None
        limit_bytes = session.live.limits.document_text_bytes
        if replica.shadow.length_utf8 > limit_bytes:
            self._notice(NoticeKind.TOO_LARGE, str(limit_bytes))
            return
        await session.project.synced()
        document = session.project.add(replica, entry)
        self.document_opened.emit(document)
        await session.live.saved()
        await self.invitations.make(self._session)

    async def _join(self, link_text: str, name: str, allow_insecure: bool) -> None:
        try:
            link = parse_invitation_link(link_text)
        except InvalidLink as error:
            self._notice(NoticeKind.LINK_INVALID, error.reason)
            return
        if not (link.secure or link.is_loopback or allow_insecure):
            self.link_changed.emit(Link(LinkPhase.CLOSED, ClosedReason.INSECURE))
            return
        async with self._turn:
            await self._end()
            try:
                project = await self._doors.enter(link, name, allow_insecure=allow_insecure)
                self.document_opened.emit(await project.open_default())
            except NothingToOpen:
                self._notice(NoticeKind.NOTHING_TO_OPEN)
                await self._end()
            except SessionEnded:
                return  # the link has told why

    async def _resume(self, texts: Sequence[tuple[TextReplica, TextFacts]]) -> None:
        (facts, *_) = [text.session for _, text in texts if text.session is not None]
        async with self._turn:
            if facts.is_hosted:
                self._hosting = self._doors.hosting = self._own
            try:
                project = await self._doors.come_back(replace(facts, document=""))
            except (HostingFailed, NoWayBack) as error:
                for replica, _ in texts:
                    replica.ledger.detach()
                    self.resume_failed.emit(replica)
                self._notice(NoticeKind.SESSION_LOST, error.reason)
                return
            for replica, text in texts:
                if text.session is not None:
                    entry = FileEntry(text.session.shared_as, text.eol, text.language)
                    name, is_own = text.session.document, not text.is_guest
                    try:
                        document = project.reopen(name, entry, replica, is_own=is_own)
                    except (InvalidName, LocalProtocolError):  # a journal may be anybody's
                        replica.ledger.detach()
                        self.resume_failed.emit(replica)
                        continue
                    self.document_opened.emit(document)
        with contextlib.suppress(SessionEnded):  # the link has told why
            await project.enter_again()

    async def _open_file(self, name: str) -> None:
        async with self._turn:
            project = self._session.project if self._session is not None else None
            if project is None:
                return
            try:
                self.document_opened.emit(await project.open_file(name))
            except NothingToOpen:
                self._notice(NoticeKind.NOTHING_TO_OPEN)
            except SessionEnded:
                return  # the link has told why

    def _on_files_changed(self) -> None:
        project = self._session.project if self._session is not None else None
        self.files_changed.emit(project.files if project is not None else ())

    async def _invite_again(self) -> None:
        try:
            await self.invitations.make(self._session)
        except RequestRefused as error:
            self._notice(NoticeKind.REQUEST_FAILED, error.slug)
        except SessionEnded:
            return  # the link has told why

    async def _leave(self, *, comes_back: bool = False) -> None:
        await self._wishes.give_up(within_s=_CLOSE_S)
        async with self._turn:  # what is wished for from now on begins when this has ended
            await self._save()
            if self._session is not None and not comes_back and self.save_state == SAVED:
                self._session.is_over = True
            await self._end()

    async def _close_document(self, document: SharedDocument) -> None:
        await self._save()
        project = self._session.project if self._session is not None else None
        if project is not None:
            project.remove(document)

    async def _save(self) -> None:
        """Give what is under way to the server a moment; what does not arrive stays here."""
        if self._session is not None and self.save_state.phase is SavePhase.SAVING:
            with contextlib.suppress(TimeoutError, SessionEnded):
                async with asyncio.timeout(_SAVE_BEFORE_LEAVING_S):
                    await self._session.live.saved()

    async def _end(self) -> None:
        """End the session, if there is one, and the server with it."""
        session, self._session = self._session, None
        self._told_hosting_failed = False
        if session is not None:
            await session.end(within_s=_CLOSE_S)
            if session.project is not None:
                for document in session.project.documents:
                    self.document_closed.emit(document)
                session.project.close()
                self._participants = ()
                self.participants_changed.emit(())
                self.people_counted.emit(None)
            for listener in (self.chat, self.notifications, self.roles):
                listener.detach()
            session.deleteLater()
        if self._hosting is not None:
            await self._hosting.stop()
        self._hosting = self._doors.hosting = self._chosen

    def _on_begun(self, session: RunningSession) -> None:
        """Listen to a session that is about to connect."""
        self._session = session
        session.setParent(self)
        for listener in (self.chat, self.notifications, self.roles):
            listener.attach(session)
        session.link_changed.connect(self.link_changed)
        session.outage_changed.connect(self.outage_changed)
        session.save_state_changed.connect(self.save_state_changed)
        session.participants_changed.connect(self._on_participants_changed)
        session.people_counted.connect(self.people_counted)
        session.document_ended.connect(self._on_document_ended)
        session.files_changed.connect(self._on_files_changed)
        session.notice_raised.connect(self.notice_raised)

    def _on_participants_changed(self, participants: tuple[Participant, ...]) -> None:
        self._participants = participants
        self.participants_changed.emit(participants)

    def _on_document_ended(self, document: SharedDocument) -> None:
        if self._session is not None and self._session.project is not None:
            self.document_closed.emit(document)
            self._session.project.remove(document)

    def _on_hosting_failed(self, error: HostingFailed) -> None:
        if not self._told_hosting_failed:
            self._told_hosting_failed = True
            self._notice(NoticeKind.SERVER_UNAVAILABLE, error.reason)

    def _notice(self, kind: NoticeKind, detail: str = "") -> None:
        self.notice_raised.emit(Notice(kind, detail))
