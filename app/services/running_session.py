"""A session from its first try to connect to its end: what happens in it by itself.

It renews tokens, remembers the way back in, and tells how long the connection has been away; what
is shared and joined is decided in `collaboration`. Knows no widget and no frame. Source: EDITOR.md
(offline), PROTOCOL.md §2 and §6.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.collab import session_effects as effects
from app.model.connection import ClosedReason, LinkPhase
from app.model.notices import Notice, NoticeKind
from app.model.outage import Outage, OutageStage
from app.services.chosen_server import ChosenServer
from app.services.credential_keeper import WayBack
from app.services.live_session import LiveSession
from app.services.shared_project import SharedProject

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.collab.credentials import Credentials
    from app.collab.session_effects import SessionEffect
    from app.model.connection import Link
    from app.model.kept_text import SessionFacts
    from app.services.chosen_server import SharingServer
    from app.services.identities import Identity
    from app.services.shared_document import SharedDocument
    from app.tasks import TaskOwner

_REVIVE_S = 600.0


class RunningSession(QObject):
    """One session.

    Invariant: its documents' own changes are counted and kept whatever the connection does.
    """

    link_changed = Signal(object)  # Link
    outage_changed = Signal(object)  # OutageStage
    save_state_changed = Signal(object)  # SaveState
    participants_changed = Signal(object)  # tuple[Participant, ...], this user first
    people_counted = Signal(object)  # int: how many there are, of whom not all are told; or None
    document_ended = Signal(object)  # SharedDocument, closed for good by the server
    files_changed = Signal()
    room_told = Signal(object)  # SignedIn, and what rooms say: a RoomEffect
    notice_raised = Signal(object)  # Notice

    def __init__(
        self,
        credentials: Credentials,
        facts: SessionFacts,
        *,
        tasks: TaskOwner,
        clock: Callable[[], float],
        hosting: SharingServer | None = None,
        identity: Identity | None = None,
        way_back: WayBack | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Begin to connect.

        Args:
            credentials: what lets in.
            facts: where and as whom; without room and user until the server has told.
            tasks: owns what runs.
            clock: monotonic seconds.
            hosting: signs tokens, if the session is this person's own.
            identity: keeps what lets in again; None: nothing does.
            way_back: what is to be kept beside the token.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self.facts = facts
        self.project: SharedProject | None = None
        self.identity = identity
        self.is_over = False  # whether nobody will want to come back to it
        self._way_back = way_back or WayBack()
        self._tasks = tasks
        self._clock = clock
        self._hosting = hosting
        self._is_signed_in = isinstance(hosting, ChosenServer) and not hosting.token
        self._is_own_only = hosting is not None and not self._is_signed_in
        self._revived_s = float("-inf")
        self._expires_at_s = 0.0  # unix time
        self._outage = Outage()
        self._stage = OutageStage.NOTHING
        self._outage_timer = QTimer(self, singleShot=True)
        self._outage_timer.timeout.connect(self._on_outage_due)
        self.live = LiveSession(
            credentials,
            facts.server,
            tasks=tasks,
            clock=clock,
            perform=self._perform,
            allow_insecure=facts.allow_insecure,
        )

    def start(self) -> None:
        """Begin to connect; the signals are connected by now."""
        self.live.start()

    def open_project(self, room: str, user_id: str) -> SharedProject:
        """Open a room's project.

        Args:
            room: which one.
            user_id: whom the server took this person for.
        """
        self.facts = replace(self.facts, room=room, user_id=user_id)
        self.project = SharedProject(self.live, facts=self.facts, clock=self._clock)
        self.project.notice_raised.connect(self.notice_raised)
        self.project.files_changed.connect(self.files_changed)
        self.live.session.rooms.join(room)
        self.live.flush()
        self._remember()
        return self.project

    async def end(self, *, within_s: float) -> None:
        """End the session; the project is closed by whoever opened its documents."""
        self._outage_timer.stop()
        await self.live.leave(within_s=within_s)
        if self.identity is not None:
            # A guest's is kept for the same link, a sign-in for the next time; one's own session
            # ends with its server.
            if self.is_over and (self._is_own_only or self.identity.is_spare):
                await self.identity.forget()
            self.identity.release()

    def _perform(self, effect: SessionEffect) -> None:
        match effect:
            case effects.LinkChanged(link=link):
                self._take_link(link)
            case effects.SaveStateChanged(save_state=save_state):
                self.save_state_changed.emit(save_state)
            case effects.ParticipantsChanged(room=room, participants=participants):
                if room == self.facts.room:
                    self.participants_changed.emit(participants)
            case effects.PeopleCounted(room=room, users=users):
                if room == self.facts.room:
                    self.people_counted.emit(users)
            case effects.RaiseNotice(notice=notice):
                self.notice_raised.emit(notice)
            case effects.TokenWanted():
                if self._is_own_only:
                    self.live.session.renew(self._new_token())
                    self._remember()
            case effects.SignedIn(expires_at_s=expires_at_s):
                self._expires_at_s = expires_at_s
                self._remember()
                self.room_told.emit(effect)
            case effect if isinstance(effect, effects.RoomEffect):
                self.room_told.emit(effect)
            case effects.DocumentEnded(document=name):
                self._end_document(name)
            case _:
                if self.project is not None:
                    self.project.perform(effect)

    def _take_link(self, link: Link) -> None:
        now_s = self._clock()
        if link.phase is LinkPhase.LIVE:
            if self._outage.found(now_s) is OutageStage.NOTHING:
                self._each(lambda document: document.drop_count())
        elif link.phase is LinkPhase.CLOSED:
            self._outage.over()
        else:
            was_on = self._outage.is_on
            self._outage.lost(now_s)
            if self._outage.is_on and not was_on:
                self._each(lambda document: document.count_merged())
        self._look_at_outage()
        self.link_changed.emit(link)
        if link.reason is ClosedReason.REFUSED_TOKEN:
            self._revive()

    def _look_at_outage(self) -> None:
        now_s = self._clock()
        stage = self._outage.stage(now_s)
        due_s = self._outage.due_s(now_s)
        if due_s is None:
            self._outage_timer.stop()
        else:
            self._outage_timer.start(max(1, round((due_s - now_s) * 1000)))
        if stage is not self._stage:
            self._stage = stage
            self.outage_changed.emit(stage)

    @Slot()
    def _on_outage_due(self) -> None:
        self._look_at_outage()

    def _each(self, act: Callable[[SharedDocument], None]) -> None:
        for document in self.project.documents if self.project is not None else ():
            act(document)

    def _end_document(self, name: str) -> None:
        """Let go of a document that the server has closed for good: the text is the person's."""
        for document in self.project.documents if self.project is not None else ():
            if document.name == name:
                self.document_ended.emit(document)

    def _remember(self) -> None:
        """Keep what lets in again, once it is known and as often as it changes."""
        way_back = self.live.session.way_back
        if self.identity is None or way_back is None or not self.facts.room:
            return
        known = WayBack(
            token=way_back.token,
            session_id=way_back.session_id,
            session_key=way_back.session_key,
            room=self.facts.room,
            person=self.facts.person,
            expires_at_s=self._expires_at_s,
            link_hash=self._way_back.link_hash,
            signing_secret=self._way_back.signing_secret,
        )
        self._tasks.start(self._keep(self.identity, known), name="keep the way back")

    async def _keep(self, identity: Identity, way_back: WayBack) -> None:
        # Whoever has signed out meanwhile is not signed in again by a session that goes on.
        keep = identity.renew if self._is_signed_in else identity.keep
        if not await keep(way_back) and identity.is_first_complaint():
            self.notice_raised.emit(Notice(NoticeKind.SECRETS_IN_MEMORY))

    def _new_token(self) -> str:
        assert self._hosting is not None
        return self._hosting.token_for(self.facts.user_id, self.facts.person)

    def _revive(self) -> None:
        """Start a session of ours again whose token ran out while this machine slept."""
        now_s = self._clock()
        if self._is_own_only and now_s - self._revived_s > _REVIVE_S:
            self._revived_s = now_s
            self.live.session.renew(self._new_token())
            self.live.session.start(now_s)
            self.live.flush()
