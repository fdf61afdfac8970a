"""One live document: the single gate that every update passes, whatever door it came by.

```
frame → parsed → KNOWN ─────────────→ acknowledged with what is uncommitted before it
                 EARLY → step 1 ────→ acknowledged with the step 2 that answers it
                 NEW → right to write → own author ids → numbered → waits → stored
                                                        → relayed and acknowledged
```

Nobody sees an update, and nobody gets its acknowledgement, before the store has it (DESIGN.md,
decision 1). Keeps what is known as clocks and delete ranges, never text. Knows no sockets and no
disk. Source: PROTOCOL.md §5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from collab_server.core.audience import Audience
from collab_server.core.document_size import DocumentSize
from collab_server.core.effects import DocumentAppend, Send
from collab_server.core.presence import Awareness
from collab_server.core.waiting_line import Backlog, Opening, Waiting, WaitingLine
from collab_server.protocol import yjs_frames
from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.updates import UpdateSummary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from collab_server.core.effects import ClientId, Effect
    from collab_server.protocol.limits import Limits
    from collab_server.protocol.names import DocumentName
    from collab_server.protocol.plain_edits import PlainEdit
    from collab_server.protocol.update_nesting import Places

MAX_UNHEEDED = 1000
"""So many early updates may come before the answer to a step 1 that asked for what is missing."""
UNLOAD_AFTER_S = 60.0
"""How long a document that nobody has open stays in memory."""


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """What the pump read from the store."""

    epoch: str  # "" for a document that does not exist
    last_seq: int  # 0 for a document that does not exist
    state_vector: bytes
    delete_only: bytes  # an update with the whole delete set and no structs
    owners: Mapping[int, str] = field(default_factory=dict[int, str])
    """Author id → the user of its first struct, in this epoch."""

    former_authors: frozenset[int] = frozenset()  # author ids of earlier epochs
    log_bytes: int = 0  # of everything in the log
    places: Places = field(default_factory=dict[int, list[tuple[int, int]]])
    """How deep its structs stand in nested types; empty when there are none."""


class Verdict(Enum):
    """What became of an update."""

    ACKNOWLEDGED = "acknowledged"  # at once, or with what is uncommitted before it
    ACCEPTED = "accepted"  # waits for the store
    ASKED_AGAIN = "asked again"  # something before it is missing: step 1 is on its way
    GIVEN_UP = "given up"  # too early too often: the document was closed for this client
    READ_ONLY = "read only"
    FOREIGN = "foreign"  # new structs under an author id of somebody else; step 1 follows
    OTHER_EPOCH = "other epoch"  # it stands on a history that was ended; the document is to be shut
    TOO_LARGE = "too large"  # the document would be
    OVERLOADED = "overloaded"  # the store is behind by more than this server may keep


@dataclass(slots=True)
class LiveDocument:
    """A document somebody has open, or had a moment ago.

    Invariant: `known` is the log plus `waiting`; `seq` numbers the last update of `known`.
    """

    name: DocumentName
    epoch: str
    seq: int  # of the last accepted update
    known: KnownState
    size: DocumentSize
    is_begun: bool = False  # it is in the store, or about to be, though nothing may stand in it
    owners: dict[int, str] = field(default_factory=dict[int, str])  # author id → user
    former_authors: frozenset[int] = frozenset()  # of earlier epochs: their replicas stay out
    openings: dict[ClientId, Opening] = field(default_factory=dict["ClientId", Opening])
    awareness: Awareness = field(default_factory=Awareness)
    idle_since_s: float | None = None
    backlog: Backlog = field(default_factory=Backlog)  # of all documents
    is_unload_planned: bool = False  # one deadline a document, however often it is closed
    _line: WaitingLine = field(init=False)
    audience: Audience = field(init=False)

    def __post_init__(self) -> None:
        self._line = WaitingLine(self.name, self.openings, self.known, self.backlog)
        self.audience = Audience(self.openings)

    @classmethod
    def loaded(
        cls,
        name: DocumentName,
        loaded: LoadedDocument,
        *,
        new_epoch: str,
        backlog: Backlog | None = None,
    ) -> LiveDocument:
        """Make a document live from what the store holds.

        Raises:
            MalformedUpdate: the store's state is not what a Yjs client makes.
        """
        known = KnownState.from_parts(loaded.state_vector, loaded.delete_only, loaded.places)
        epoch = loaded.epoch or new_epoch
        return cls(
            name,
            epoch,
            loaded.last_seq,
            known,
            DocumentSize(loaded.log_bytes, known.live_units()),
            bool(loaded.epoch),
            dict(loaded.owners),
            loaded.former_authors,
            backlog=backlog or Backlog(),
        )

    @property
    def exists(self) -> bool:
        """Whether it is in the store, or about to be."""
        return self.is_begun or self.seq > 0

    @property
    def is_dirty(self) -> bool:
        """Whether updates wait for the next batch."""
        return bool(self._line.waiting)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to store."""
        return self._line.is_settled

    def open(
        self, client: ClientId, *, writable: bool, prefix: bytes, hears_statuses: bool = True
    ) -> Opening:
        """Give the document to a connection that does not have it."""
        opening = self.openings[client] = Opening(writable, prefix, hears_statuses)
        self.audience.has_changed()
        self.idle_since_s = None
        return opening

    def close(self, client: ClientId, now_s: float) -> bool:
        """Take the document from a connection; tell whether it had it."""
        if self.openings.pop(client, None) is None:
            return False
        self.audience.has_changed(left=client)
        if not self.openings:
            self.idle_since_s = now_s
        return True

    def members(self) -> tuple[ClientId, ...]:
        """Return the connections that have it open."""
        return tuple(self.openings)

    def offer(
        self,
        client: ClientId,
        author: str,
        update: bytes,
        summary: UpdateSummary,
        *,
        is_step_2: bool,
        limits: Limits,
        effects: list[Effect],
        judged: Standing | None = None,
    ) -> Verdict:
        """Pass an update through the gate; statuses that are due now go to `effects`.

        One that was `judged` in pieces comes with its outline for a summary; when it is let in,
        its pieces are to be taken in by `known.advance`.
        """
        opening = self.openings[client]
        if self.former_authors and self._stands_on_the_past(summary):
            return Verdict.OTHER_EPOCH
        standing = self.known.classify(summary) if judged is None else judged
        if is_step_2 and opening.unanswered:
            opening.unanswered -= 1
        if standing is Standing.EARLY and opening.writable:
            return self._ask_again(
                client, opening, limits.early_in_a_row, effects, is_step_2=is_step_2
            )
        refusal = None
        claims: tuple[int, ...] = ()
        news: dict[int, int] = {}
        if standing is Standing.EARLY:
            refusal = Verdict.READ_ONLY  # what comes before it would be refused as well
        elif standing is Standing.NEW:
            news, claims, is_foreign = self._look_at_news(summary, author)
            if not opening.writable:
                refusal = Verdict.READ_ONLY
            elif is_foreign:
                refusal = Verdict.FOREIGN
            elif news and self.size.is_exceeded_by(
                len(update), sum(news.values()), seq=self.seq, known=self.known, limits=limits
            ):
                refusal = Verdict.TOO_LARGE
            elif not self._line.has_room(len(update)):
                refusal = Verdict.OVERLOADED
        if is_step_2:
            statuses, opening.kept_back, opening.early_in_a_row = opening.kept_back + 1, 0, 0
            opening.unheeded = 0
        elif opening.kept_back:
            # Statuses stay in order: this one waits behind those of the early updates.
            statuses, opening.kept_back = 0, opening.kept_back + 1
        else:
            statuses = 1
        if standing is Standing.NEW and refusal is None:
            opening.foreign_in_a_row = 0
            outline = summary if judged is None else UpdateSummary(structs=summary.structs)
            item = Waiting(client, opening, author, update, statuses, claims=claims, news=news)
            self._accept(item, outline)
            return Verdict.ACCEPTED
        is_foreign = refusal is Verdict.FOREIGN
        item = Waiting(client, opening, author, None, statuses, refusal is None, is_foreign)
        self._line.owe(item, effects)
        if is_foreign:
            opening.foreign_in_a_row += 1
            if opening.foreign_in_a_row >= limits.early_in_a_row:
                return Verdict.GIVEN_UP
        return refusal or Verdict.ACKNOWLEDGED

    def takes_plain_edits(self, opening: Opening) -> bool:
        """Tell whether `accept_plain` may be asked for what comes by an opening."""
        return not (self.former_authors or self.known.types or opening.kept_back)

    def accept_plain(self, item: Waiting, size_bytes: int, edit: PlainEdit, limits: Limits) -> bool:
        """Accept the next text of an author, or a delete, if there is room; tell whether there is.

        Decides as `offer` would; when it does not accept, nothing has changed.
        """
        _, author_id, from_clock, to_clock, is_text = edit
        known, units = self.known, to_clock - from_clock if is_text else 0
        if not self._line.has_room(size_bytes) or (
            units
            and self.size.is_exceeded_by(
                size_bytes, units, seq=self.seq, known=known, limits=limits
            )
        ):
            return False
        if is_text:
            known.state[author_id] = to_clock
        else:
            known.delete(author_id, from_clock, to_clock)
        self.size.add(size_bytes, units)
        self.seq += 1
        self._line.add(item, size_bytes)
        return True

    def is_of_the_past(self, author_ids: Iterable[int]) -> bool:
        """Tell whether a state names author ids of an earlier epoch."""
        return not self.former_authors.isdisjoint(author_ids)

    def write(
        self, client: ClientId, author: str, update: bytes, summary: UpdateSummary, reply: str
    ) -> None:
        """Accept an update of the server's own; the client gets `reply` once it is stored.

        Its author ids are new ones, and the author's from now on.
        """
        claims = tuple(summary.structs)
        news = self.known.news_in(summary)
        item = Waiting(client, None, author, update, 0, reply=reply, claims=claims, news=news)
        self._accept(item, summary)

    def begin(self, client: ClientId, author: str, reply: str) -> None:
        """Let an empty document exist; the client gets `reply` once it is stored."""
        self.is_begun = True
        self._line.add(Waiting(client, None, author, None, 0, reply=reply, begins=True), 0)

    def take_batch(self) -> DocumentAppend | None:
        """Move what waits into the batch under way; None when there is nothing to store in it."""
        items = self._line.take()
        updates = tuple(item.update for item in items if item.update is not None)
        if not updates and not any(item.begins for item in items):
            return None
        authors = tuple(sorted({item.author for item in items if item.update is not None}))
        claimed = tuple((author_id, item.author) for item in items for author_id in item.claims)
        seq_from = self.seq_from_of_batch(len(updates))
        is_nested = bool(self.known.types)
        return DocumentAppend(
            self.name, self.epoch, seq_from, updates, authors, claimed, is_nested=is_nested
        )

    def give_up(self) -> None:
        """Let go of what is not stored."""
        self._line.give_up()

    def seq_from_of_batch(self, count: int) -> int:
        """Return the number of the first of the last `count` accepted updates."""
        return self.seq - count + 1

    def stored(self, effects: list[Effect]) -> None:
        """Relay and acknowledge, together, what the store has now."""
        line = self._line
        items = line.stored()
        relayed: list[tuple[ClientId | None, bytes]] = []
        for item in items:
            if item.update is not None:
                sender = item.client if line.is_open(item) else None
                relayed.append((sender, item.message or yjs_frames.sync_update(item.update)))
        if relayed:
            self.audience.pass_on(relayed, effects, before=lambda: line.state_before(items))
        line.say_all(items, effects)

    def _look_at_news(
        self, summary: UpdateSummary, author: str
    ) -> tuple[dict[int, int], tuple[int, ...], bool]:
        """Look at the structs that an update adds.

        Returns:
            How many clock units of whom, which author ids become the author's by it, and whether
            some are under an author id of somebody else.
        """
        is_foreign = False
        claims: list[int] = []
        news = self.known.news_in(summary)
        for author_id in news:
            owner = self.owners.get(author_id)
            if owner is None:
                claims.append(author_id)
            elif owner != author:
                is_foreign = True
        return news, tuple(claims), is_foreign

    def _accept(self, item: Waiting, summary: UpdateSummary) -> None:
        assert item.update is not None
        assert item.news is not None
        size_bytes = len(item.update)
        self.size.add(size_bytes, sum(item.news.values()))
        self.known.advance(summary)
        for author_id in item.claims:
            self.owners[author_id] = item.author
        self.seq += 1
        self._line.add(item, size_bytes)

    def _ask_again(
        self,
        client: ClientId,
        opening: Opening,
        limit: int,
        effects: list[Effect],
        *,
        is_step_2: bool,
    ) -> Verdict:
        """Ask for what is missing, once: whoever types on sends more before it can answer."""
        opening.kept_back += 1
        if not is_step_2:
            opening.unheeded += 1
            if opening.unheeded >= MAX_UNHEEDED:
                return Verdict.GIVEN_UP
            if opening.unheeded > 1:
                return Verdict.ASKED_AGAIN
        elif opening.unanswered:
            return Verdict.ASKED_AGAIN  # it answered an older question: the answer is on its way
        else:
            opening.early_in_a_row += 1
            if opening.early_in_a_row >= limit:
                return Verdict.GIVEN_UP
        effects.append(Send(client, self.question(opening)))
        return Verdict.ASKED_AGAIN

    def question(self, opening: Opening) -> bytes:
        """Return the step 1 that asks a connection for what is missing."""
        return opening.question(self.known)

    def _stands_on_the_past(self, summary: UpdateSummary) -> bool:
        named = (summary.structs, summary.deletes, summary.depends)
        return any(self.is_of_the_past(author_ids) for author_ids in named)
