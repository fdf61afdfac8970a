"""A session with the server: signing in, coming back, and who gets which frame.

Pure: it knows no socket, no clock and no task. Inputs are method calls with the time; what is to be
done stands in `take_effects`, in order. Every byte from the server is foreign: what breaks the
protocol closes the connection, and another try follows. Source: PROTOCOL.md §2, §3, §5 and §9.
"""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING, assert_never

from app.collab.backoff import Backoff
from app.collab.credentials import Credentials, Invitation, Token
from app.collab.document_desk import DocumentDesk
from app.collab.room_desk import RoomDesk
from app.collab.room_wire import participant_from
from app.collab.session_effects import (
    CloseSocket,
    LinkChanged,
    OpenSocket,
    RaiseNotice,
    SaveStateChanged,
    SendFrame,
    SignedIn,
    TokenWanted,
)
from app.collab.states import (
    LINK_PHASES,
    SESSION_TRANSITIONS,
    SessionInput,
    SessionState,
    step,
)
from app.model.connection import (
    SAVED,
    ClosedReason,
    Link,
    LinkPhase,
    SaveState,
)
from app.model.notices import Notice, NoticeKind
from collab_server.protocol import events
from collab_server.protocol.close_codes import CloseCode, is_terminal
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.collab.document_channel import DocumentChannel
    from app.collab.document_port import DocumentPort
    from app.collab.session_effects import SessionEffect

PING_S = 20.0
SILENCE_S = 45.0
"""Nothing at all from the server for this long: the connection is taken to be dead."""

STEADY_S = 5.0
"""A connection that held this long was a good one: the next wait is a short one again."""

_LONGEST_SPREAD_MS = 3_600_000
_AUTH_ID = 0  # the request id of `auth`; those of the desk begin at 1

_REASONS = {
    CloseCode.INVALID_TOKEN: ClosedReason.REFUSED_TOKEN,
    CloseCode.KICKED: ClosedReason.KICKED,
    CloseCode.SUPERSEDED: ClosedReason.SUPERSEDED,
    CloseCode.TOO_MANY_CONNECTIONS: ClosedReason.TOO_MANY_CONNECTIONS,
    CloseCode.VERSION: ClosedReason.VERSION,
}


class ClientSession:
    """One user's session with one server, over any number of connections.

    Invariant: frames are sent only while a socket is open, and none but `auth` before the server
    has said who we are.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        random: Callable[[], float],
        software: events.ClientSoftware | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._credentials = credentials
        self._random = random  # 0 <= random() < 1
        self._software = software
        self._limits = limits or Limits()
        self._effects: list[SessionEffect] = []
        self.rooms = RoomDesk(self._effects, new_mid=partial(secrets.token_hex, 16))
        self._documents = DocumentDesk(self._effects, limits=self._limits, random=random)
        self._backoff = Backoff(random)
        self._state = SessionState.IDLE
        self._link = Link(LinkPhase.OFFLINE)
        self._save_state = SAVED
        # Chosen here, so that a token is not lost with the answer to its first use.
        self._key = events.SessionKey(id=secrets.token_hex(16), key=secrets.token_hex(32))
        if isinstance(credentials, Token) and credentials.session_id:
            self._key = events.SessionKey(id=credentials.session_id, key=credentials.session_key)
        self._since_s = 0.0  # when the state began
        self._heard_s = 0.0  # when the server last said anything
        self._ping_at_s = 0.0
        self._retry_at_s = 0.0
        self._told_misbehaviour = False
        self._spread_s: float | None = None  # the server asked to come back within this time

    @property
    def link(self) -> Link:
        """The state of the connection."""
        return self._link

    @property
    def save_state(self) -> SaveState:
        """Where the own changes are."""
        return self._save_state

    @property
    def way_back(self) -> Token | None:
        """What lets another process go on with this session; None before there is a token."""
        if not isinstance(self._credentials, Token):
            return None
        return Token(self._credentials.token, self._key.id, self._key.key)

    def start(self, now_s: float) -> None:
        """Begin, or begin again after the end."""
        self._move(SessionInput.START, now_s)
        self._effects.append(OpenSocket())

    def retry_now(self, now_s: float) -> None:
        """Try at once instead of waiting."""
        if self._state is SessionState.WAITING:
            self._retry(now_s)

    def leave(self, now_s: float, reason: ClosedReason = ClosedReason.LEFT) -> None:
        """End the session from this side, usually by the user's wish."""
        self._documents.part()
        self._finish(SessionInput.LEFT, reason, now_s)

    def connected(self, now_s: float) -> None:
        """Take in that the socket is open."""
        self._move(SessionInput.SOCKET_OPENED, now_s)
        self._heard_s = now_s
        self._ping_at_s = now_s + PING_S
        match self._credentials:
            case Token(token=token):
                auth = events.Auth(
                    token=token, session=self._key, client=self._software, id=_AUTH_ID
                )
            case Invitation(code=code, name=name):
                auth = events.Auth(invite=code, name=name, client=self._software, id=_AUTH_ID)
            case _:
                assert_never(self._credentials)
        self._send(auth)

    def disconnected(self, now_s: float, code: int) -> None:
        """Take in that the socket is gone, or did not open.

        Args:
            now_s: monotonic.
            code: the WebSocket close code; 1006 when there was none.
        """
        if self._state is SessionState.LIVE and now_s - self._since_s >= STEADY_S:
            self._backoff.reset()
            self._told_misbehaviour = False
        self._links_down()
        # Too late to sign in is who was asleep meanwhile, or has a slow network: that may pass.
        is_refusal = is_terminal(code) and code != CloseCode.AUTH_TIMEOUT
        if is_refusal and self._state is not SessionState.CLOSING:
            reason = ClosedReason.PROTOCOL
            if code in _REASONS:
                reason = _REASONS[CloseCode(code)]
            self._finish(SessionInput.REFUSED, reason, now_s)
            return
        wait_s = self._backoff.next_wait_s()
        if self._spread_s is not None:
            wait_s = self._backoff.spread_s(self._spread_s)
            self._spread_s = None
        self._retry_at_s = now_s + wait_s
        self._move(SessionInput.SOCKET_LOST, now_s)

    def receive(self, frame: str | bytes, now_s: float) -> None:
        """Take in a frame of the server."""
        if self._state not in (SessionState.GREETING, SessionState.LIVE):
            return  # it was under way when this side closed
        self._heard_s = now_s
        try:
            if isinstance(frame, str):
                self._receive_event(frame, now_s)
            elif self._state is SessionState.LIVE:
                self._documents.receive(frame, now_s)
        except RemoteProtocolError as error:
            self.break_off(error, now_s)

    def break_off(self, error: RemoteProtocolError, now_s: float) -> None:
        """Close the connection because the server broke the protocol; another try follows."""
        if self._state in (SessionState.GREETING, SessionState.LIVE):
            if not self._told_misbehaviour:
                self._told_misbehaviour = True
                self._notice(NoticeKind.SERVER_MISBEHAVED, error.reason)
            self._effects.append(CloseSocket(CloseCode.PROTOCOL, error.reason[:100]))
            self._move(SessionInput.BROKEN, now_s)

    def renew(self, token: str) -> None:
        """Take a newer token for the same user; a closed session may be started with it."""
        self._credentials = Token(token)
        if self._state is SessionState.LIVE:
            self._send(events.Refresh(token=token))

    def open_document(
        self,
        document: str,
        port: DocumentPort,
        *,
        author_id: Callable[[], int] = int,
        cursor: Callable[[], dict[str, object] | None] | None = None,
    ) -> DocumentChannel:
        """Open a document, now and on every later connection.

        Args:
            document: its name.
            port: the replica's ledger.
            author_id: tells the replica's Yjs client id.
            cursor: tells what awareness should say of the own caret, None for nothing; without it
                the others do not hear of us in this document.

        Raises:
            InvalidName: it is no document's name.
            LocalProtocolError: it is open already.
        """
        is_live = self._state is SessionState.LIVE
        return self._documents.open(document, port, author_id, cursor, is_live=is_live)

    def close_document(self, document: str) -> None:
        """Close a document; it is not opened again."""
        self._documents.close(document, is_live=self._state is SessionState.LIVE)

    def due_s(self) -> float | None:
        """Return when `tick` should be called next; None for not before another input."""
        match self._state:
            case SessionState.WAITING:
                return self._retry_at_s
            case SessionState.GREETING:
                return self._since_s + self._limits.auth_timeout_s
            case SessionState.LIVE:
                dues = [self._ping_at_s, self._heard_s + SILENCE_S]
                desks = [self.rooms.due_s(), self._documents.due_s()]
                return min([*dues, *[due for due in desks if due is not None]])
            case _:
                return None

    def tick(self, now_s: float) -> None:
        """Do what is due."""
        due_s = self.due_s()
        if due_s is None or now_s < due_s:
            return
        match self._state:
            case SessionState.WAITING:
                self._retry(now_s)
            case SessionState.LIVE if now_s < self._heard_s + SILENCE_S:
                if now_s >= self._ping_at_s:
                    self._ping_at_s = now_s + PING_S
                    self._send(events.Ping())
                self.rooms.tick(now_s)
                self._documents.tick(now_s)
            case _:  # silent for too long
                self._effects.append(CloseSocket(CloseCode.NO_PONG, "no answer"))
                self._move(SessionInput.BROKEN, now_s)

    def take_effects(self) -> list[SessionEffect]:
        """Return what is to be done, in order, and forget it."""
        self._tell_save_state()
        effects = self._effects.copy()
        self._effects.clear()
        return effects

    def _receive_event(self, text: str, now_s: float) -> None:
        if len(text) > self._limits.document_frame_bytes:
            raise RemoteProtocolError("an event is too large")
        event = events.decode_server_event(text)
        match event:
            case events.UnknownEvent():
                pass  # of a newer server
            case events.AuthSuccess() if self._state is SessionState.GREETING:
                self._welcome(event, now_s)
            case events.Error() if self._state is SessionState.GREETING:
                self._refused(event, now_s)
            case events.TokenExpiring():
                self._effects.append(TokenWanted())
            case events.Shutdown(spread_ms=spread_ms):
                # Bounded before it is divided: JSON has integers that no float holds.
                self._spread_s = min(max(0, spread_ms), _LONGEST_SPREAD_MS) / 1000
                self._notice(NoticeKind.SERVER_GOES)
            case _:
                self.rooms.receive(event, now_s)

    def _welcome(self, event: events.AuthSuccess, now_s: float) -> None:
        self._key = event.session or self._key
        if event.token is not None:
            self._credentials = Token(event.token)
        me = participant_from(event, is_self=True)
        self._move(SessionInput.WELCOMED, now_s)
        self._effects.append(SignedIn(me.user_id, tuple(event.rooms or ()), event.expires_at))
        self.rooms.link_up(me)
        self._documents.link_up({"id": event.user_id, "name": me.name, "color": me.color})

    def _refused(self, event: events.Error, now_s: float) -> None:
        """Take in that the server does not let us in; it closes the connection itself."""
        if not event.temporary:
            self._notice(NoticeKind.SIGN_IN_REFUSED, event.slug)
            self._finish(SessionInput.REFUSED, ClosedReason.REFUSED_TOKEN, now_s)

    def _retry(self, now_s: float) -> None:
        self._move(SessionInput.RETRY_DUE, now_s)
        self._effects.append(OpenSocket())

    def _finish(self, moved_by: SessionInput, reason: ClosedReason, now_s: float) -> None:
        """End the session: nothing is tried again by itself."""
        if self._state is not SessionState.CLOSED:
            self._effects.append(CloseSocket(CloseCode.NORMAL, ""))
            self._links_down()
            self._move(moved_by, now_s, reason)

    def _links_down(self) -> None:
        if self._state in (SessionState.LIVE, SessionState.CLOSING):
            self.rooms.link_down()
            self._documents.link_down()

    def _move(
        self, moved_by: SessionInput, now_s: float, reason: ClosedReason | None = None
    ) -> None:
        self._state = step(SESSION_TRANSITIONS, self._state, moved_by)
        self._since_s = now_s
        phase = LINK_PHASES[self._state]
        retry_at_s = self._retry_at_s if self._state is SessionState.WAITING else None
        if phase is LinkPhase.CLOSED:
            reason = reason or self._link.reason
        link = Link(phase, reason, retry_at_s)
        if link != self._link:
            self._link = link
            self._effects.append(LinkChanged(link))

    def _tell_save_state(self) -> None:
        save_state = self._documents.save_state(is_live=self._state is SessionState.LIVE)
        if save_state != self._save_state:
            self._save_state = save_state
            self._effects.append(SaveStateChanged(save_state))

    def _notice(self, kind: NoticeKind, detail: str = "") -> None:
        self._effects.append(RaiseNotice(Notice(kind, detail)))

    def _send(self, event: events.ClientEvent) -> None:
        self._effects.append(SendFrame(events.encode_event(event)))
