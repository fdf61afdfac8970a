"""Sharing and joining: what the windows call, and the signals they listen to.

Knows no widget, no socket and no frame. One object runs at most one session: as the host of the
embedded server, or as the guest of any server. Source: EDITOR.md (pairing), PROTOCOL.md §6.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from app.collab import session_effects as effects
from app.collab.credentials import Invitation, Token
from app.model.connection import (
    OFFLINE,
    SAVED,
    ClosedReason,
    Link,
    LinkPhase,
    SavePhase,
    SaveState,
)
from app.model.notices import Notice, NoticeKind
from app.model.project import FileEntry, InvalidPath, file_name_of
from app.services.hosting import EmbeddedServer, HostingFailed
from app.services.live_session import LiveSession, RequestRefused, SessionEnded
from app.services.shared_project import NothingToOpen, SharedProject
from collab_server.protocol.errors import InvalidLink
from collab_server.protocol.links import parse_invitation_link

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from app.collab.credentials import Credentials
    from app.collab.session_effects import SessionEffect
    from app.collab.text_replica import TextReplica
    from app.model.participants import Participant
    from app.model.project import Eol
    from app.services.chosen_server import SharingServer
    from app.services.shared_document import SharedDocument
    from app.tasks import TaskOwner

INVITATION_S = 24 * 3600
INVITATION_USES = 16

_SAVE_BEFORE_LEAVING_S = 3.0
_CLOSE_S = 3.0
_REVIVE_S = 600.0
_UNNAMED = "untitled.txt"


class Collaboration(QObject):
    """One person's session, or none.

    Invariant: every wish (`share`, `join`, `leave`) ends in signals, never in an exception; texts
    stay usable whatever happens to the session.
    """

    link_changed = Signal(object)  # Link
    save_state_changed = Signal(object)  # SaveState
    participants_changed = Signal(object)  # tuple[Participant, ...], this user first
    document_opened = Signal(object)  # SharedDocument, complete as the server had it
    document_closed = Signal(object)  # SharedDocument, whose replica goes on as a local text
    invitation_ready = Signal(str)  # a link for others; secret, never logged
    notice_raised = Signal(object)  # Notice

    def __init__(
        self,
        *,
        tasks: TaskOwner,
        hosting: SharingServer | None = None,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        """Prepare; nothing is connected.

        Args:
            tasks: owns everything that runs.
            hosting: the server to share on; None: this object only joins.
            clock: monotonic seconds.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._tasks = tasks
        self._hosting = hosting
        if isinstance(hosting, EmbeddedServer):
            hosting.on_restarted = self.retry_now
            hosting.on_failed = self._on_hosting_failed
        self._clock = clock
        self._user_id = f"host-{secrets.token_hex(8)}"
        self._name = ""
        self._live: LiveSession | None = None
        self._project: SharedProject | None = None
        self._perm: Literal["r", "rw"] = "rw"  # of the invitations
        self._hosts = False  # whether the session's server is the embedded one
        self._revived_s = float("-inf")
        self._told_hosting_failed = False  # told once a session
        self._turn = asyncio.Lock()
        self._wishes: set[asyncio.Task[None]] = set()  # under way
        self._participants: tuple[Participant, ...] = ()

    @property
    def link(self) -> Link:
        """The state of the connection."""
        return self._live.session.link if self._live is not None else OFFLINE

    @property
    def save_state(self) -> SaveState:
        """Where the own changes are; SAVED when nothing is shared."""
        return self._live.session.save_state if self._live is not None else SAVED

    @property
    def participants(self) -> tuple[Participant, ...]:
        """Who is in the room, this user first; nobody while there is no connection."""
        return self._participants

    @property
    def documents(self) -> tuple[SharedDocument, ...]:
        """What is open in this session."""
        return self._project.documents if self._project is not None else ()

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
        self._perm = "rw" if is_for_editing else "r"
        entry = FileEntry(_shared_name(path), eol, language)
        self._wish(self._share(replica, entry, name), name="share")

    def join(self, link_text: str, *, name: str, allow_insecure: bool = False) -> None:
        """Join by an invitation link; a session that runs is left first.

        Args:
            link_text: as it was pasted.
            name: this person's, as the others see it.
            allow_insecure: whether the user accepts a server that is not this machine's and
                encrypts nothing.
        """
        self._wish(self._join(link_text, name, allow_insecure), name="join")

    def invite(self) -> None:
        """Make one more invitation to the project that is shared."""
        self._wish(self._invite_again(), name="invite")

    def leave(self) -> None:
        """Leave the session; what is under way to the server gets a moment to arrive."""
        self._tasks.start(self._leave(), name="leave")

    def close_document(self, document: SharedDocument) -> None:
        """Close one document of the session; its replica goes on as a local text."""
        if self._project is not None:
            self._project.remove(document)

    def retry_now(self) -> None:
        """Try to connect at once instead of waiting."""
        if self._live is not None:
            self._live.retry_now()

    async def shutdown(self) -> None:
        """Leave and stop the embedded server; to be awaited before the app ends."""
        await self._leave()

    def _wish(self, coroutine: Coroutine[Any, Any, None], *, name: str) -> None:
        task = self._tasks.start(coroutine, name=name)
        if task is not None:
            self._wishes.add(task)
            task.add_done_callback(self._wishes.discard)

    async def _share(self, replica: TextReplica, entry: FileEntry, name: str) -> None:
        async with self._turn:
            try:
                await self._share_now(replica, entry, name)
            except HostingFailed as error:
                self._notice(NoticeKind.SERVER_UNAVAILABLE, error.reason)
            except RequestRefused as error:
                self._notice(NoticeKind.REQUEST_FAILED, error.slug)
            except SessionEnded:
                return  # the link has told why
            if self._project is None:
                await self._end()

    async def _share_now(self, replica: TextReplica, entry: FileEntry, name: str) -> None:
        if self._hosting is None:
            raise HostingFailed("This window has no server to share on.")
        if self.link.phase is LinkPhase.CLOSED:
            await self._end()
        if self._project is None:
            address = await self._hosting.start()
            self._name = name
            self._hosts = True
            token = Token(self._hosting.token_for(self._user_id, name))
            live = self._begin(token, address.socket_url)
            await live.signed_in()
            room = await live.request(live.session.rooms.create_room)
            assert isinstance(room, effects.RoomMade)
            self._project = self._open_project(live, room.room)
        assert self._live is not None
        limit_bytes = self._live.limits.document_text_bytes
        if replica.shadow.length_utf8 > limit_bytes:
            self._notice(NoticeKind.TOO_LARGE, str(limit_bytes))
            return
        await self._project.synced()
        document = self._project.add(replica, entry)
        self.document_opened.emit(document)
        await self._live.saved()
        await self._make_invitation()

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
            live = self._begin(
                Invitation(link.code, name), link.socket_url, allow_insecure=allow_insecure
            )
            try:
                signed_in = await live.signed_in()
                if not signed_in.rooms:
                    raise NothingToOpen
                self._project = self._open_project(live, signed_in.rooms[0])
                self.document_opened.emit(await self._project.open_default())
            except NothingToOpen:
                self._notice(NoticeKind.NOTHING_TO_OPEN)
                await self._end()
            except SessionEnded:
                return  # the link has told why

    async def _invite_again(self) -> None:
        try:
            await self._make_invitation()
        except RequestRefused as error:
            self._notice(NoticeKind.REQUEST_FAILED, error.slug)
        except SessionEnded:
            return  # the link has told why

    async def _make_invitation(self) -> None:
        live, project = self._live, self._project
        if live is None or project is None:
            return

        def ask() -> int:
            return live.session.rooms.invite(
                project.room, perm=self._perm, ttl_s=INVITATION_S, max_uses=INVITATION_USES
            )

        invitation = await live.request(ask)
        assert isinstance(invitation, effects.InvitationMade)
        self.invitation_ready.emit(invitation.url)

    async def _leave(self) -> None:
        wishes = self._wishes.copy()
        for wish in wishes:
            wish.cancel()
        if wishes:
            await asyncio.wait(wishes, timeout=_CLOSE_S)
        live = self._live
        if live is not None and live.session.save_state.phase is SavePhase.SAVING:
            # What does not arrive stays in the replica.
            with contextlib.suppress(TimeoutError, SessionEnded):
                async with asyncio.timeout(_SAVE_BEFORE_LEAVING_S):
                    await live.saved()
        await self._end()

    async def _end(self) -> None:
        """End the session, if there is one, and the server with it."""
        live, self._live = self._live, None
        self._hosts = self._told_hosting_failed = False
        if live is not None:
            await live.leave(within_s=_CLOSE_S)
        project, self._project = self._project, None
        if project is not None:
            for document in project.documents:
                self.document_closed.emit(document)
            project.close()
            self._participants = ()
            self.participants_changed.emit(())
        if self._hosting is not None:
            await self._hosting.stop()

    def _begin(
        self, credentials: Credentials, url: str, *, allow_insecure: bool = False
    ) -> LiveSession:
        self._live = LiveSession(
            credentials,
            url,
            tasks=self._tasks,
            clock=self._clock,
            perform=self._perform,
            allow_insecure=allow_insecure,
        )
        self._live.start()
        return self._live

    def _open_project(self, live: LiveSession, room: str) -> SharedProject:
        project = SharedProject(live, room=room, clock=self._clock)
        project.notice_raised.connect(self.notice_raised)
        live.session.rooms.join(room)
        live.flush()
        return project

    def _perform(self, effect: SessionEffect) -> None:
        match effect:
            case effects.LinkChanged(link=link):
                self.link_changed.emit(link)
                if link.reason is ClosedReason.REFUSED_TOKEN:
                    self._revive()
            case effects.SaveStateChanged(save_state=save_state):
                self.save_state_changed.emit(save_state)
            case effects.ParticipantsChanged(participants=participants):
                self._participants = participants
                self.participants_changed.emit(participants)
            case effects.RaiseNotice(notice=notice):
                self.notice_raised.emit(notice)
            case effects.TokenWanted():
                if self._hosts and self._hosting is not None and self._live is not None:
                    self._live.session.renew(self._hosting.token_for(self._user_id, self._name))
            case _:
                if self._project is not None:
                    self._project.perform(effect)

    def _revive(self) -> None:
        """Start a session of ours again whose token ran out while this machine slept."""
        live, hosting, now_s = self._live, self._hosting, self._clock()
        if live is None or hosting is None or not self._hosts:
            return
        if now_s - self._revived_s > _REVIVE_S:
            self._revived_s = now_s
            live.session.renew(hosting.token_for(self._user_id, self._name))
            live.session.start(now_s)
            live.flush()

    def _on_hosting_failed(self, error: HostingFailed) -> None:
        if not self._told_hosting_failed:
            self._told_hosting_failed = True
            self._notice(NoticeKind.SERVER_UNAVAILABLE, error.reason)

    def _notice(self, kind: NoticeKind, detail: str = "") -> None:
        self.notice_raised.emit(Notice(kind, detail))


def _shared_name(path: str) -> str:
    """Return what the others are told of a path: its last part, and nothing of this disk."""
    try:
        return file_name_of(path)
    except InvalidPath:
        return _UNNAMED
