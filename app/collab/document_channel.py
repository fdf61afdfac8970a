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

Source: PROTOCOL.md §5 and §6.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol, assert_never, cast

from app.collab.errors import ReplicaError
from app.collab.session_effects import (
    AccessChanged,
    DocumentSynced,
    PresenceChanged,
    RaiseNotice,
    RemoteUpdates,
    SendFrame,
)
from app.collab.states import (
    DOCUMENT_TRANSITIONS,
    DocumentInput,
    DocumentState,
    step,
)
from app.model.notices import Notice, NoticeKind
from collab_server.protocol import documents
from collab_server.protocol.errors import MalformedFrame
from collab_server.protocol.json_text import decode_json
from collab_server.protocol.sync import SyncMessage, SyncStep1, SyncStep2, SyncUpdate
from collab_server.protocol.updates import EMPTY_UPDATE
from collab_server.protocol.wire import write_var_bytes

if TYPE_CHECKING:
    from app.collab.backoff import Backoff
    from app.collab.document_presence import DocumentPresence
    from app.collab.session_effects import SessionEffect
    from collab_server.protocol.limits import Limits
    from collab_server.protocol.names import DocumentName

_MAX_EARLY = 3
"""Answers in a row that do not fit; then the document is given up until the next connection."""

_EARLY_ROW_S = 10.0
_EPOCH_CHARACTERS = 128
_DETAIL_CHARACTERS = 200
_UPDATE_HEAD = b"\x00\x02"

_OPEN_STATES = frozenset(
    {DocumentState.OPENING, DocumentState.JOINED, DocumentState.LIVE, DocumentState.REFUSED}
)


class DocumentPort(Protocol):
    """What a channel needs of a replica; `SyncLedger` is one."""

    @property
    def last_number(self) -> int:
        """The number of the newest own update."""
        ...

    @property
    def pending_count(self) -> int:
        """How many own updates are not acknowledged."""
        ...

    @property
    def epoch(self) -> str | None:
        """Which history the replica has a part in; None for none yet."""
        ...

    def note_epoch(self, epoch: str) -> None:
        """Take in that the replica has a part in this history."""
        ...

    def state_vector(self) -> bytes:
        """Return what is known."""
        ...

    def answer_step1(self, state_vector: bytes) -> bytes:
        """Return what the server lacks."""
        ...

    def acknowledge(self, number: int) -> None:
        """Forget the pending updates up to a number."""
        ...


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
        self._retry_s: float | None = None
        self._told: set[NoticeKind] = set()

    @property
    def unsaved_count(self) -> int:
        """How many own updates the server does not have in its store."""
        return self._port.pending_count

    @property
    def is_refused(self) -> bool:
        """Whether what is made here will not reach the server as things stand."""
        return self.state in (DocumentState.REFUSED, DocumentState.ENDED)

    def due_s(self) -> float | None:
        """Return when `tick` should be called next; None for never."""
        dues = [self._retry_s, self.presence.due_s()]
        return min([due for due in dues if due is not None], default=None)

    def tick(self, now_s: float) -> None:
        """Do what is due: tell where the caret is, try again what was shut or refused."""
        if self._retry_s is not None and now_s >= self._retry_s:
            self._retry_s = None
            self._move(DocumentInput.RETRY_DUE)
            self._ask()
        if self.presence.expire(now_s):
            self._tell_presence()
        payload = self.presence.payload(now_s)
        if payload is not None:
            self._send(documents.awareness(self.document, payload))

    def link_up(self, user: dict[str, object]) -> None:
        """Open the document on a new connection, as this user."""
        self._user = user
        self._move(DocumentInput.LINK_UP)
        if self.state is DocumentState.OPENING:
            self._ask()

    def link_down(self) -> None:
        """Forget the connection; what is pending stays with the replica."""
        self._move(DocumentInput.LINK_DOWN)
        self._awaited.clear()
        self._asked = False
        self._early = 0
        self._held_step1 = None
        self._retry_s = None
        if self.presence.close():
            self._tell_presence()

    def part(self) -> None:
        """Tell the server that the document is closed here."""
        if self.state in _OPEN_STATES:
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
        if self.state not in _OPEN_STATES or self._asked:
            return
        if now_s - self._last_early_s > _EARLY_ROW_S:
            self._early = 0
        self._last_early_s = now_s
        self._early += 1
        if self._early > _MAX_EARLY:
            self._early = 0
            self.part()
            self._notice(NoticeKind.CANNOT_SYNC)
            self._shut(now_s)
            return
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
        if self.state not in _OPEN_STATES:
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
                self._notice(NoticeKind.DOCUMENT_CLOSED, reason or "")
                self._shut(now_s)
            case documents.AuthDenied(reason=reason):
                self._end(NoticeKind.DOCUMENT_DENIED, DocumentInput.DENIED, reason)
            case documents.Authenticated() | documents.Pong():
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
                self._effects.append(RemoteUpdates(self.document, (update,)))
                self._effects.append(DocumentSynced(self.document))
            case SyncStep1(state_vector=state_vector):
                if self.state is DocumentState.OPENING:
                    self._held_step1 = state_vector
                elif self.state is not DocumentState.REFUSED:  # else the two would never end
                    self._answer(state_vector, now_s)
            case _:
                assert_never(message)

    def _answer(self, state_vector: bytes, now_s: float) -> None:
        try:
            update = self._port.answer_step1(state_vector)
        except ReplicaError:
            self.part()
            self._notice(NoticeKind.CANNOT_SYNC)
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
        if not saved:
            self._notice(NoticeKind.CHANGES_REFUSED)
            self._move(DocumentInput.REFUSED)
            if self._is_writable and self._retry_s is None:  # then it may be for the moment only
                self._retry_s = now_s + self._backoff.next_wait_s()
        elif self.state is not DocumentState.REFUSED:
            self._port.acknowledge(number)
            if number > 0:
                self._prove_epoch()
            self._backoff.reset()
            self._told.discard(NoticeKind.CHANGES_REFUSED)

    def _receive_stateless(self, text: str, now_s: float) -> None:
        message = decode_json(text.encode(), self._limits.json_depth)
        fields = cast("dict[str, object]", message) if isinstance(message, dict) else {}
        if fields.get("type") != "document":
            return  # for other clients, or of a newer server
        epoch, perm = fields.get("epoch"), fields.get("perm")
        if not isinstance(epoch, str) or len(epoch) > _EPOCH_CHARACTERS:
            raise MalformedFrame("a document's epoch is no text")
        if not isinstance(perm, str):
            raise MalformedFrame("a document's rights are no text")
        if self._is_epoch_proven and epoch != self._epoch:
            self._send(documents.close_document(self.document))
            self._end(NoticeKind.EPOCH_CHANGED, DocumentInput.EPOCH_DIFFERS)
            return
        self._epoch = epoch
        self._take_rights(now_s, is_writable="w" in perm)

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
        self._notice(kind, detail)

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

    def _notice(self, kind: NoticeKind, detail: str = "") -> None:
        """Tell the person once, however often it happens."""
        if kind not in self._told:
            self._told.add(kind)
            notice = Notice(kind, detail[:_DETAIL_CHARACTERS], self.document)
            self._effects.append(RaiseNotice(notice))
