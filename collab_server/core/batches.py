"""What the documents have accepted, on its way to the store: one batch at a time.

```
accepted ─ mark ─▶ dirty ─ commit ─▶ batch at the store ─ stored ─▶ relayed and acknowledged
                                       │      ▲
                                  failed      └ every half second, until it works
                                       └ for two seconds: suspended, nothing new is accepted
```

Knows documents by their batches, and no client. Source: PROTOCOL.md §5, DESIGN.md 1 and 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.context import DeadlineKind
from collab_server.core.effects import Announce, Level, Persist

if TYPE_CHECKING:
    from collab_server.core.context import Context
    from collab_server.core.document import LiveDocument
    from collab_server.core.effects import DocumentAppend
    from collab_server.protocol.names import DocumentName

STORE_RETRY_S = 0.5
SUSPEND_AFTER_S = 2.0
"""How long the store may fail before nothing new is accepted."""


class Batches:
    """The way of updates to the store.

    Invariant: at most one batch is at the store; what it refused is offered again, unchanged but
    for documents that have gone.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._dirty: dict[DocumentName, LiveDocument] = {}
        self._batch: Persist | None = None
        self._documents: tuple[LiveDocument, ...] = ()  # that are in it
        self._count = 0
        self._last_commit_s = float("-inf")
        self._accepted_s = 0.0  # the oldest of what is dirty
        self._failing_since_s: float | None = None
        self._is_suspended = False

    @property
    def is_settled(self) -> bool:
        """Whether everything accepted is stored."""
        return self._batch is None and not self._dirty

    @property
    def is_failing(self) -> bool:
        """Whether the store refused the last batch."""
        return self._failing_since_s is not None

    @property
    def is_suspended(self) -> bool:
        """Whether it has refused for so long that nothing new may be accepted."""
        return self._is_suspended

    @property
    def document_count(self) -> int:
        """How many documents have accepted updates that are not stored."""
        return len(self._dirty.keys() | {document.name for document in self._documents})

    def mark(self, document: LiveDocument, now_s: float) -> None:
        """Take up a document if something in it waits for the next batch."""
        if document.is_dirty:
            if not self._dirty:
                self._accepted_s = now_s
            self._dirty[document.name] = document

    def due_s(self) -> float | None:
        """Return when the next batch may go to the store; None when there is nothing to write."""
        if self._batch is not None or not self._dirty:
            return None
        return self._last_commit_s + self._context.config.commit_interval_s

    def commit(self, now_s: float) -> None:
        """Send everything accepted to the store, as one batch."""
        due_s = self.due_s()
        if due_s is None or due_s > now_s:
            return
        self._documents = tuple(self._dirty.values())
        self._dirty = {}
        taken = [document.take_batch() for document in self._documents]
        self._last_commit_s = now_s
        self._send(tuple(append for append in taken if append is not None), self._accepted_s)

    def stored(self, batch: int) -> bool:
        """Relay and acknowledge a batch that the store has; tell whether it works again."""
        if self._batch is None or self._batch.batch != batch:
            return False
        documents, self._batch, self._documents = self._documents, None, ()
        was_suspended, self._is_suspended = self._is_suspended, False
        if self._failing_since_s is not None:
            self._failing_since_s = None
            self._context.effects.append(Announce(Level.INFO, "the store works again"))
        for document in documents:
            document.stored(self._context.effects)
        return was_suspended

    def failed(self, batch: int, reason: str, now_s: float) -> tuple[LiveDocument, ...]:
        """Keep a batch that the store refused, and return whose people are to be told.

        These are the documents in it when the store begins to fail, later none; once it has failed
        for long `is_suspended` becomes true.
        """
        if self._batch is None or self._batch.batch != batch:
            return ()
        self._context.deadlines.add(now_s + STORE_RETRY_S, DeadlineKind.RETRY, str(batch))
        if self._failing_since_s is None:
            self._failing_since_s = now_s
            self._context.effects.append(Announce(Level.ERROR, f"the store fails: {reason}"))
            return self._documents
        if not self._is_suspended and now_s - self._failing_since_s >= SUSPEND_AFTER_S:
            self._is_suspended = True
            text = "the store goes on failing: documents are read-only"
            self._context.effects.append(Announce(Level.ERROR, text))
        return ()

    def retry(self, batch: int) -> None:
        """Offer a refused batch to the store again."""
        if self._batch is not None and self._batch.batch == batch and self.is_failing:
            names = {document.name for document in self._documents}
            rest = tuple(row for row in self._batch.appends if row.document in names)
            if rest == self._batch.appends:
                self._context.effects.append(self._batch)
            else:
                self._send(rest, self._batch.accepted_s)

    def drop(self, document: LiveDocument) -> None:
        """Give up what of a document is not stored.

        A batch that is at the store may still be stored, and with it what others wrote.
        """
        document.give_up()
        self._dirty.pop(document.name, None)
        self._documents = tuple(other for other in self._documents if other is not document)

    def offer_rest(self, batch: int, name: DocumentName) -> None:
        """Offer anew what else was in a batch that the store refused because of one document."""
        if self._batch is None or self._batch.batch != batch:
            return
        rest = tuple(row for row in self._batch.appends if row.document != name)
        self._send(rest, self._batch.accepted_s)

    def _send(self, appends: tuple[DocumentAppend, ...], accepted_s: float) -> None:
        self._count += 1
        self._batch = Persist(self._count, appends, accepted_s)
        if appends:
            self._context.effects.append(self._batch)
        else:
            self.stored(self._count)
