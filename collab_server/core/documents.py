"""All live documents: opening, the frames of clients, batches for the store, unloading.

Knows rights as letters that the hub has resolved, and no store: it asks by effects. Source:
PROTOCOL.md §5 and §6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.answers import Shut, prefix_for
from collab_server.core.batches import Batches
from collab_server.core.document import UNLOAD_AFTER_S, LiveDocument, LoadedDocument, Verdict
from collab_server.core.document_awareness import DocumentAwareness
from collab_server.core.effects import (
    Announce,
    AnswerSync,
    Door,
    Level,
    LoadDocument,
    UnloadDocument,
)
from collab_server.core.large_updates import LargeUpdates
from collab_server.core.openings import Openings
from collab_server.core.plain_edits import PlainEdits
from collab_server.core.rate_limits import Kind, cost_of_update
from collab_server.core.refusals import Refusals
from collab_server.core.server_edits import ServerEdits
from collab_server.core.states import LargeUpdate
from collab_server.core.waiting_line import Backlog
from collab_server.protocol.errors import ErrorCode, RemoteProtocolError
from collab_server.protocol.names import room_of
from collab_server.protocol.sync import SyncStep1, SyncStep2
from collab_server.protocol.updates import parse_state_vector

if TYPE_CHECKING:
    from collab_server.core.answers import Answers
    from collab_server.core.context import Context
    from collab_server.core.effects import ClientId
    from collab_server.core.rooms import Rooms
    from collab_server.core.states import Client
    from collab_server.protocol.documents import AwarenessFrame, Sync
    from collab_server.protocol.names import DocumentName, RoomId

MAX_STRANGE_AUTHORS = 20_000
"""By how many a state vector may name more authors than the document has."""


class Documents:
    """The documents that are open, loading, or were open a moment ago.

    Invariant: a document is unloaded only when nobody has it open and everything of it is stored,
    or when the store holds another history of it.
    """

    def __init__(self, context: Context, rooms: Rooms, answers: Answers) -> None:
        self._context = context
        self.large = LargeUpdates(context)
        self._answers = answers
        self._live: dict[DocumentName, LiveDocument] = {}
        self._loading: dict[DocumentName, list[ClientId]] = {}
        self._batches = Batches(context)
        self._backlog = Backlog()
        self._awareness = DocumentAwareness(context, answers)
        self._openings = Openings(
            context,
            rooms=rooms,
            answers=answers,
            batches=self._batches,
            awareness=self._awareness,
        )
        self._refusals = Refusals(context, answers, self._openings, self._batches)
        self.server_edits = ServerEdits(context, self._live, self._batches, self._refusals)
        self.plain_edits = PlainEdits(context, self._live, self._batches, self.large)

    @property
    def is_settled(self) -> bool:
        """Whether everything accepted is stored."""
        return self._batches.is_settled

    @property
    def store_is_failing(self) -> bool:
        """Whether the last batch was refused by the store."""
        return self._batches.is_failing

    @property
    def live_count(self) -> int:
        """How many documents are in memory."""
        return len(self._live)

    @property
    def dirty_count(self) -> int:
        """How many documents have accepted updates that are not stored."""
        return self._batches.document_count

    def live(self, name: DocumentName) -> LiveDocument | None:
        """Return a document that is in memory."""
        return self._live.get(name)

    def settled(self, name: DocumentName) -> LiveDocument | None:
        """Return a document that is in memory, if all of it is stored."""
        document = self._live.get(name)
        if document is None or not document.is_settled or self.large.is_busy(name):
            return None
        return document

    def epoch_of(self, name: DocumentName) -> str:
        """Return which history a document in memory has."""
        return self._live[name].epoch

    def all_live(self, room: RoomId | None) -> list[LiveDocument]:
        """Return the documents in memory, all or a room's."""
        return [
            document
            for document in self._live.values()
            if room is None or room_of(document.name) == room
        ]

    def must_wait(self, name: DocumentName, client: Client) -> bool:
        """Hold a client until a document is in memory and free; false when it is.

        However many wait, it is read once.
        """
        if name in self._live:
            return self.large.must_wait(name, client)
        client.waits_for = name
        waiting = self._loading.get(name)
        if waiting is None:
            self._loading[name] = [client.id]
            self._context.effects.append(LoadDocument(name))
        else:
            waiting.append(client.id)
        return True

    def loaded(self, name: DocumentName, loaded: LoadedDocument, now_s: float) -> list[ClientId]:
        """Take in what the store holds; return who waited for it.

        Raises:
            RemoteProtocolError: the store's state is not what a Yjs client makes; they still wait.
        """
        document = LiveDocument.loaded(
            name, loaded, new_epoch=self._context.new_id(), backlog=self._backlog
        )
        document.idle_since_s = now_s
        self._live[name] = document
        self._openings.plan_unload(document, now_s + UNLOAD_AFTER_S)
        return self._loading.pop(name, [])

    def load_failed(self, name: DocumentName) -> list[ClientId]:
        """Forget a load that failed; return who waited for it. The document stays shut."""
        return self._loading.pop(name, [])

    def sync(self, client: Client, frame: Sync, perm: str, now_s: float) -> None:
        """Act on a sync message; the document is live."""
        document = self._live[frame.document]
        message = frame.message
        if isinstance(message, SyncStep1):
            self._step_1(client, document, message.state_vector, perm, now_s)
            return
        if client.id not in document.openings:
            self._refusals.unopened(client, document.name, now_s)
            return
        document.openings[client.id].writable = self._openings.may_write(perm)
        is_step_2 = isinstance(message, SyncStep2)
        self._update(client, document, message.update, is_step_2=is_step_2, now_s=now_s)

    def awareness(self, client: Client, frame: AwarenessFrame, now_s: float) -> None:
        """Pass on what a client says of itself; what it says of others is dropped."""
        document = self._live.get(frame.document)
        if document is None or client.id not in document.openings or client.user is None:
            return
        try:
            self._awareness.hear(client, client.user, document, frame.payload)
        except RemoteProtocolError as error:
            if client.door is Door.YJS:
                self._refusals.malformed(client, document, error, now_s)
            else:
                self._answers.refuse(
                    client, document.name, ErrorCode.BAD_REQUEST, error.reason, now_s
                )

    def send_awareness(self, client: Client, name: DocumentName) -> None:
        """Tell a client who is in a document it has open."""
        document = self._live.get(name)
        if document is not None and client.id in document.openings:
            self._awareness.send(client, document)

    def keep_alive(self, client: Client, now_s: float) -> None:
        """Send an empty awareness message on a socket that has a document open."""
        self._awareness.keep_alive(client, now_s)

    def close(self, client: Client, name: DocumentName, now_s: float, *, explicit: bool) -> None:
        """Part a client and a document."""
        document = self._live.get(name)
        if document is None:
            client.documents.discard(name)
        else:
            self._openings.close(client, document, now_s, explicit=explicit)

    def shut(self, client: Client, name: DocumentName, reason: Shut, now_s: float) -> None:
        """Close a document for one client, which goes on with everything else it has."""
        self.close(client, name, now_s, explicit=False)
        self._answers.shut(client, name, reason)

    def set_right(self, client: Client, name: DocumentName, perm: str) -> None:
        """Tell a client which rights it has from now on in a document that it has open."""
        self._openings.set_right(client, self._live[name], perm)

    def commit_due_s(self) -> float | None:
        """Return when the next batch may go to the store; None when there is nothing to write."""
        return self._batches.due_s()

    def commit(self, now_s: float) -> None:
        """Send everything accepted to the store, as one batch."""
        self._batches.commit(now_s)

    def retry(self, batch: int) -> None:
        """Offer a refused batch to the store again."""
        self._batches.retry(batch)

    def stored(self, batch: int) -> None:
        """Relay and acknowledge a batch that the store has."""
        if self._batches.stored(batch):
            self._openings.greet_all(self._live.values())
            self._openings.ask_all(self._live.values())

    def store_failed(self, batch: int, reason: str, now_s: float) -> None:
        """Keep a batch that the store refused, tell who is concerned, and try again."""
        was_suspended = self._batches.is_suspended
        for document in self._batches.failed(batch, reason, now_s):
            text = "The server cannot save right now; it keeps trying"
            self._openings.tell(document, text, now_s)
        if self._batches.is_suspended and not was_suspended:
            self._openings.greet_all(self._live.values())

    def beacon(self, name: DocumentName, state_vector: bytes, text_sha256: str) -> None:
        """Tell everybody what the text is at a state; who is at another compares nothing."""
        document = self._live.get(name)
        if document is not None:
            for client in self._openings.clients_of(document):
                self._answers.beacon(client, name, state_vector, text_sha256)

    def changed_elsewhere(
        self, name: DocumentName, reason: str, now_s: float, *, refused: int | None
    ) -> None:
        """Close a document that somebody else has written to, for everybody.

        What was accepted and is not stored was acknowledged to nobody: its authors have it, and
        bring it again when they open the document anew. Of a batch that the store `refused` because
        of it the rest is offered again.
        """
        document = self._live.get(name)
        if document is not None:
            self._context.effects.append(Announce(Level.ERROR, reason))
            self._openings.shut_all(document, now_s)
            del self._live[name]
            self._context.effects.append(UnloadDocument(name))
            self._batches.drop(document)
        if refused is not None:
            self._batches.offer_rest(refused, name)

    def unload(self, name: DocumentName, now_s: float) -> None:
        """Forget a document that has been idle for long enough and is stored."""
        document = self._live.get(name)
        if document is None:
            return
        document.is_unload_planned = False
        if document.openings or document.idle_since_s is None:
            return
        if not document.is_settled or self.large.is_busy(name):
            self._openings.plan_unload(document, now_s + UNLOAD_AFTER_S)
            return
        if now_s < document.idle_since_s + UNLOAD_AFTER_S:
            self._openings.plan_unload(document, document.idle_since_s + UNLOAD_AFTER_S)
            return
        del self._live[name]
        self._context.effects.append(UnloadDocument(name))

    def _step_1(
        self, client: Client, document: LiveDocument, vector: bytes, perm: str, now_s: float
    ) -> None:
        # Readers ask too, so it may not be as long as they like.
        max_authors = len(document.known.state) + MAX_STRANGE_AUTHORS
        try:
            named = parse_state_vector(vector, max_authors=max_authors)
        except RemoteProtocolError as error:
            self._refusals.malformed(client, document, error, now_s)
            return
        if document.is_of_the_past(named):
            self._refusals.epoch(client, document, perm, now_s)
            return
        name = document.name
        effects = self._context.effects
        prefix = prefix_for(client, name)
        there: list[bytes] = []
        if client.id not in document.openings:
            if len(client.documents) >= self._context.config.limits.documents_a_connection:
                self._answers.shut(client, name, Shut.LIMIT)
                text = "Too many open documents"
                self._context.refuse(client, ErrorCode.LIMIT_EXCEEDED, text, now_s=now_s)
                return
            self._openings.open(client, document, perm, now_s)
            there = self._awareness.of_others(client, document)
        question = document.question(document.openings[client.id])
        effects.append(AnswerSync(client.id, name, vector, prefix, (question, *there)))

    def _update(
        self,
        client: Client,
        document: LiveDocument,
        update: bytes,
        *,
        is_step_2: bool,
        now_s: float,
    ) -> None:
        limits = self._context.config.limits
        try:
            read = self.large.summary_of(client, document, update)
        except RemoteProtocolError as error:
            # Reading it took as long as if it were one.
            self._context.slow(client, Kind.UPDATE, cost_of_update(len(update), 0), now_s)
            self._refusals.malformed(client, document, error, now_s)
            return
        if read is None:
            return
        summary, judged = (
            (read.outline, read.standing) if isinstance(read, LargeUpdate) else (read, None)
        )
        assert summary is not None
        items = summary.struct_count + summary.delete_count
        cost = cost_of_update(len(update), items)
        self._context.slow(client, Kind.UPDATE, cost, now_s)
        assert client.user is not None
        verdict = document.offer(
            client.id,
            client.user.id,
            update,
            summary,
            is_step_2=is_step_2,
            limits=limits,
            effects=self._context.effects,
            judged=judged,
        )
        if judged is not None:
            self.large.end(document.name, is_accepted=verdict is Verdict.ACCEPTED)
        self._batches.mark(document, now_s)
        if verdict is Verdict.ACCEPTED:
            client.writes_in = document.name
        else:
            self._refusals.tell(client, document, verdict, now_s)
