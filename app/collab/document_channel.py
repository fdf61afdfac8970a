"""One document over one session: the handshake, the updates, and what the server has of them.

Knows frames and counts, no socket, no clock and no text. ::

    we                                   server
    step 1 ─────────────────────────────▶
           ◀───────────── stateless {type: document, epoch, perm}   compared before we send more
           ◀───────────────────── step 2                            → RemoteUpdates, DocumentSynced
           ◀───────────────────── step 1
    step 2 with all that is pending ────▶                           from now on: live
    update, one frame an edit ──────────▶
           ◀───────────── one status for each step 2 and update, in order: in the store, or refused

If what is pending stands under somebody else's author id, or another history stands on the server,
the whole of the server's state is asked for by an empty step 1, and the replica goes on with that
(`ServerState`, `rebased`).

Source: PROTOCOL.md §5 and §6.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, assert_never

from app.collab.document_greeting import Greeting, Refusal, parse_stateless
from app.collab.errors import ReplicaError
from app.collab.session_effects import (
    AccessChanged,
    DocumentEnded,
    DocumentSynced,
    PresenceChanged,
    RemoteUpdates,
    SendFrame,
    ServerState,
)
from app.collab.states import (
    DOCUMENT_TRANSITIONS,
    OPEN_STATES,
    REFUSED_STATES,
    DocumentInput,
    DocumentState,
    step,
)
from app.collab.told_once import ToldOnce
from app.model.notices import NoticeKind
from collab_server.protocol import documents
from collab_server.protocol.errors import MalformedFrame
from collab_server.protocol.sync import SyncMessage, SyncStep1, SyncStep2, SyncUpdate
from collab_server.protocol.updates import EMPTY_UPDATE
from collab_server.protocol.wire import write_var_bytes

if TYPE_CHECKING:
    from app.collab.backoff import Backoff
    from app.collab.document_port import DocumentPort
    from app.collab.document_presence import DocumentPresence
    from app.collab.session_effects import SessionEffect
    from collab_server.protocol.limits import Limits
    from collab_server.protocol.names import DocumentName

_MAX_EARLY = 3
"""Answers in a row that do not fit; then the document is given up until the next connection."""

_EARLY_ROW_S = 10.0
_MAX_REBASES = 3
_REBASE_ROW_S = 60.0
_EMPTY_STATE = b"\x00"
_UPDATE_HEAD = b"\x00\x02"


class DocumentChannel:
    """One document of a session.

    Invariant: `_awaited` holds, in order, one number for each status that the server still owes;
    nothing made here is sent unless the server's epoch is the one that was first seen.
    """

    def __init__(
        self,
        document: DocumentName,
        port: DocumentPort,
        presence: DocumentPresence,
        *,
        effects: list[SessionEffect],
        limits: Limits,
        backoff: Backoff,
    ) -> None:
        self.document = document
        self.presence = presence
        self.state = DocumentState.OFFLINE
        self._port = port
        self._effects = effects
        self._limits = limits
        self._backoff = backoff
        self._prefix = documents.frame_prefix(document)
        self._epoch = port.epoch
        # Whether anything of ours is in that history, or the reverse.
        self._is_epoch_proven = port.epoch is not None
        self._is_writable: bool | None = None  # None: not yet told
        self._awaited: deque[int] = deque()
        self._asked = False  # whether a step 1 of ours is unanswered
        self._early = 0  # answers in a row that did not fit
        self._last_early_s = 0.0
        self._user: dict[str, object] = {}  # what awareness says of us
        self._held_step1: bytes | None = None  # the server's, which came before the epoch
        self._refusal = ""  # why the next status says no, if the server said why
        self._wants_rebase = False
        self._fence = 0  # pongs to come; what comes before them is of an earlier opening
        self._is_same_history = True  # whether what is pending belongs into the server's history
        self._rebases: deque[float] = deque(maxlen=_MAX_REBASES)  # when each began
        self._retry_s: float | None = None
        self._notices = ToldOnce(document, effects)

    @property
    def unsaved_count(self) -> int:
        """How many own updates the server does not have in its store."""
        return self._port.pending_count

    @property
    def is_refused(self) -> bool:
        """Whether what is made here will not reach the server as things stand."""
        return self.state in REFUSED_STATES

    def due_s(self) -> float | None:
        """Return when `tick` should be called next; None for never."""
        dues = [self._retry_s, self.presence.due_s()]
        return min([due for due in dues if due is not None], default=None)

    def tick(self, now_s: float) -> None:
        """Do what is due: tell where the caret is, try again what was shut or refused."""
        if self._retry_s is not None and now_s >= self._retry_s:
            self._retry_s = None
            was_shut = self.state is DocumentState.SHUT
            self._move(DocumentInput.RETRY_DUE)
            self._open(again=was_shut)
        if self.presence.expire(now_s):
            self._tell_presence()
        payload = self.presence.payload(now_s)
        if payload is not None:
            self._send(documents.awareness(self.document, payload))

    @property
    def fence(self) -> int:
        """How many pongs of earlier openings are to come."""
        return self._fence

    def link_up(self, user: dict[str, object], fence: int | None = None) -> None:
        """Open the document as this user on a new connection, or once more on the same.

        Args:
            user: what awareness says of us.
            fence: of the channel that had the document open on this connection before.
        """
        self._user = user
        self._move(DocumentInput.LINK_UP)
        self._fence = fence or 0
        if self.state is DocumentState.OPENING:
            self._open(again=fence is not None)

    def link_down(self) -> None:
        """Forget the connection; what is pending stays with the replica."""
        self._move(DocumentInput.LINK_DOWN)
        self._awaited.clear()
        self._asked = False
        self._fence = self._early = 0
        self._held_step1 = self._retry_s = None
        if self.presence.close():
            self._tell_presence()

    def part(self) -> None:
        """Tell the server that the document is closed here."""
        if self.state in OPEN_STATES:
            self._send(documents.close_document(self.document))

    def send_update(self, update: bytes) -> None:
        """Send what was just made here; while it cannot be sent it waits in the replica."""
        if self.state is not DocumentState.LIVE:
            return
        self._awaited.append(self._port.last_number)
        frame = bytearray(self._prefix)
        frame += _UPDATE_HEAD
        write_var_bytes(frame, update)
        self._send(bytes(frame))

    def ask_again(self, now_s: float) -> None:
        """Ask the server for what is missing: an update came too early, or the replica broke."""
        if self.state not in OPEN_STATES or self._asked:
            return
        if now_s - self._last_early_s > _EARLY_ROW_S:
            self._early = 0
        self._last_early_s = now_s
        self._early += 1
        if self._early > _MAX_EARLY:
            self._early = 0
            self.part()
            self._notices.tell(NoticeKind.CANNOT_SYNC)
            self._shut(now_s)
            return
        self._ask()

    def rebased(self) -> None:
        """Take in that the replica goes on with the server's history; what is pending follows."""
        self._wants_rebase = False
        if self.state is DocumentState.REBASING:
            self._move(DocumentInput.REBASED)
            self._ask()

    def give_up(self) -> None:
        """Leave the document for good: this replica cannot hold what the server has."""
        self.part()
        self._end(NoticeKind.CANNOT_SYNC, DocumentInput.DENIED)

    def receive(self, frame: documents.ServerFrame, now_s: float) -> None:
        """Take in one of the server's frames for this document.

        Raises:
            RemoteProtocolError: it breaks the protocol.
        """
        if isinstance(frame, documents.Pong):
            self._fence = max(0, self._fence - 1)
            return
        if self._fence or self.state not in OPEN_STATES:
            return  # it was under way when this side closed the document
        match frame:
            case documents.Sync(message=message):
                self._receive_sync(message, now_s)
            case documents.SyncStatus(saved=saved):
                self._receive_status(now_s, saved=saved)
            case documents.AwarenessFrame(payload=payload):
                if self.presence.receive(payload, self._limits, now_s):
                    self._tell_presence()
            case documents.Stateless(text=text):
                self._receive_stateless(text, now_s)
            case documents.CloseDocument(reason=reason):
                self._notices.tell(NoticeKind.DOCUMENT_CLOSED, reason or "")
                self._shut(now_s)
            case documents.AuthDenied(reason="epoch"):
                self._rebase(now_s, is_same_history=False)
            case documents.AuthDenied(reason=reason):
                self._end(NoticeKind.DOCUMENT_DENIED, DocumentInput.DENIED, reason)
            case documents.Authenticated():
                pass
            case _:
                assert_never(frame)

    def _receive_sync(self, message: SyncMessage, now_s: float) -> None:
        match message:
            case SyncUpdate(update=update):
                self._prove_epoch()
                self._effects.append(RemoteUpdates(self.document, (update,)))
            case SyncStep2(update=update):
                self._asked = False
                if update != EMPTY_UPDATE:
                    self._prove_epoch()
                if self.state is DocumentState.REBASING:
                    self._effects.append(ServerState(self.document, update, self._is_same_history))
                    return
                self._effects.append(RemoteUpdates(self.document, (update,)))
                self._effects.append(DocumentSynced(self.document))
            case SyncStep1(state_vector=state_vector):
                if self.state is DocumentState.OPENING:
                    self._held_step1 = state_vector
                elif self.state not in (DocumentState.REFUSED, DocumentState.REBASING):
                    # In these states the two would never end.
                    self._answer(state_vector, now_s)
            case _:
                assert_never(message)

    def _answer(self, state_vector: bytes, now_s: float) -> None:
        try:
            update = self._port.answer_step1(state_vector)
        except ReplicaError:
            self.part()
            self._notices.tell(NoticeKind.CANNOT_SYNC)
            self._shut(now_s)
            return
        self._awaited.append(self._port.last_number)
        self._send(documents.sync_step2(self.document, update))
        self._move(DocumentInput.ANSWERED)
        self.presence.open(self._user)

    def _receive_status(self, now_s: float, *, saved: bool) -> None:
        if not self._awaited:
            raise MalformedFrame("a status for nothing that was sent")
        number = self._awaited.popleft()
        refusal, self._refusal = self._refusal, ""
        if self.state is DocumentState.REBASING:
            return  # the replica goes on with another history than the one that this is about
        if not saved and refusal == "foreign":
            self._rebase(now_s, is_same_history=True)
        elif not saved:
            self._notices.tell(NoticeKind.CHANGES_REFUSED)
            self._move(DocumentInput.REFUSED)
            if self._is_writable and self._retry_s is None:  # then it may be for the moment only
                self._retry_s = now_s + self._backoff.next_wait_s()
        elif self.state is not DocumentState.REFUSED:
            self._port.acknowledge(number)
            if number > 0:
                self._prove_epoch()
            self._backoff.reset()
            self._notices.forget(NoticeKind.CHANGES_REFUSED)

    def _receive_stateless(self, text: str, now_s: float) -> None:
        match parse_stateless(text, self._limits):
            case Refusal(reason=reason):
                self._refusal = reason
            case Greeting(epoch=epoch, is_writable=is_writable):
                if self._is_epoch_proven and epoch != self._epoch:
                    self._rebase(now_s, is_same_history=False)
                if self.state in OPEN_STATES:
                    self._epoch = epoch
                    self._take_rights(now_s, is_writable=is_writable)
            case _:
                pass  # for other clients, or of a newer server

    def _prove_epoch(self) -> None:
        self._is_epoch_proven = True
        if self._epoch is not None:
            self._port.note_epoch(self._epoch)

    def _take_rights(self, now_s: float, *, is_writable: bool) -> None:
        changed = is_writable is not self._is_writable
        self._is_writable = is_writable
        if changed:
            self._effects.append(AccessChanged(self.document, is_writable))
        if self.state is DocumentState.REFUSED:
            if changed and is_writable:
                self._retry_s = None
                self._move(DocumentInput.RETRY_DUE)
                self._ask()
            return
        self._move(DocumentInput.EPOCH_KNOWN)
        if self._held_step1 is not None:
            held, self._held_step1 = self._held_step1, None
            self._answer(held, now_s)

    def _end(self, kind: NoticeKind, moved_by: DocumentInput, detail: str = "") -> None:
        self._move(moved_by)
        self._awaited.clear()
        if self.presence.close():
            self._tell_presence()
        self._notices.tell(kind, detail)
        self._effects.append(DocumentEnded(self.document))

    def _rebase(self, now_s: float, *, is_same_history: bool) -> None:
        """Go on with the server's history; perhaps only what is pending has no place in it."""
        self.part()  # who is here under the former author id is not any more
        is_too_often = len(self._rebases) == _MAX_REBASES
        if is_too_often and now_s - self._rebases[0] < _REBASE_ROW_S:
            self._end(NoticeKind.CANNOT_SYNC, DocumentInput.DENIED)
            return
        self._rebases.append(now_s)
        if self.presence.close():
            self._tell_presence()
        if not is_same_history:
            self._is_epoch_proven = False
            self._notices.tell(NoticeKind.EPOCH_CHANGED)
        self._is_same_history = is_same_history
        self._wants_rebase = True
        self._held_step1 = self._retry_s = None
        self._open(again=True)

    def _open(self, *, again: bool) -> None:
        """Ask for what is missing, or for everything; after a fence, when it is not the first time.

        Statuses do not say what they are about, so what is under way to an opening that was closed
        must not count for this one.
        """
        if again:
            self._awaited.clear()
            self._fence += 1
            self._send(documents.ping(self.document))
        if self._wants_rebase:
            self._move(DocumentInput.REBASE)
            self._asked = True
            self._send(documents.sync_step1(self.document, _EMPTY_STATE))
        else:
            self._ask()

    def _shut(self, now_s: float) -> None:
        self._move(DocumentInput.SHUT)
        self._awaited.clear()
        self._asked = False
        self._held_step1 = None
        self._retry_s = now_s + self._backoff.next_wait_s()
        if self.presence.close():
            self._tell_presence()

    def _ask(self) -> None:
        self._asked = True
        self._send(documents.sync_step1(self.document, self._port.state_vector()))

    def _send(self, frame: bytes) -> None:
        self._effects.append(SendFrame(frame))

    def _move(self, moved_by: DocumentInput) -> None:
        self.state = step(DOCUMENT_TRANSITIONS, self.state, moved_by)

    def _tell_presence(self) -> None:
        self._effects.append(PresenceChanged(self.document, self.presence.people))
