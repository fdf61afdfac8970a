"""A text's journal: every update of it, in order, so that a killed app has lost nothing.

What is written are the raw updates of the replica, never text: the history that comes back is the
one that was shared. Knows no disk: bytes go to a sink. How a record is written is
`journal_records`. Source: issue "it keeps what you type"; EDITOR.md (safety).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.collab.journal_records import (
    MAGIC,
    RecordKind,
    acknowledged_record,
    facts_record,
    record,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.model.kept_text import TextFacts

_SMALLEST_GROWTH_BYTES = 256 * 1024
"""So much is appended before a journal is written anew, and at least what it was written anew with:
some thousands of keys, which are read again in a moment."""


class JournalSink(Protocol):
    """Where a journal's bytes go; `app.storage.journal_files` has the real one. It never raises."""

    @property
    def is_whole(self) -> bool:
        """Whether everything that was given is there; if not, only `replace` mends it."""
        ...

    def append(self, record: bytes) -> None:
        """Write a record so that it outlives this process, and soon the machine."""
        ...

    def replace(self, pieces: Sequence[bytes]) -> None:
        """Put other content in place of what was written, in one step."""
        ...

    def sync(self) -> None:
        """See to it at once that what was written outlives the machine."""
        ...

    def discard(self) -> None:
        """Remove everything; an `append` or `replace` begins anew."""
        ...

    def close(self) -> None:
        """Let go, and leave what was written."""
        ...


class Journalled(Protocol):
    """What a journal needs of the replica whose it is; `SyncLedger` is one."""

    listener: LedgerListener | None

    @property
    def epoch(self) -> str | None:
        """Which history of the document this is; None while no server has said."""
        ...

    @property
    def pending(self) -> list[bytes | None]:
        """The own updates that the server may not have; None stands for everything up to here."""
        ...

    def history(self) -> list[bytes]:
        """Return everything ever applied, as updates in an order that can be applied."""
        ...


class LedgerListener(Protocol):
    """Who is told of everything that a replica's ledger takes in, before anybody else."""

    def logged(self, update: bytes, *, is_own: bool, is_pending: bool) -> None:
        """Take in an update that is in the history, and perhaps among the pending, since now."""
        ...

    def acknowledged(self, count: int) -> None:
        """Take in that so many of the oldest pending updates are in the server's store."""
        ...

    def pending_replaced(self) -> None:
        """Take in that other updates are pending now: the text was shared, or is no longer."""
        ...

    def epoch_known(self) -> None:
        """Take in that the server has said which history this is."""
        ...

    def history_replaced(self) -> None:
        """Take in that the text goes on with another history."""
        ...


class TextJournal:
    """The journal of one replica, while that is open.

    Invariant: once begun, and while the sink is whole, the sink's records make the replica again
    with everything in it, before anybody else hears of a change. It begins with the first own
    change, or by `begin`; until then nothing could be lost, and nothing is written.
    """

    def __init__(
        self,
        ledger: Journalled,
        sink: JournalSink,
        facts: TextFacts,
        *,
        written_bytes: int = 0,
        is_saved: bool = True,
    ) -> None:
        """Listen to a ledger.

        Args:
            ledger: the replica's.
            sink: where the records go.
            facts: as they are now.
            written_bytes: how much of this replica the sink has already; 0: nothing.
            is_saved: whether the text's file, if it has one, has exactly this text.
        """
        self.facts = facts
        self._ledger = ledger
        self._sink = sink
        self._has_begun = written_bytes > 0
        self._snapshot_bytes = written_bytes
        self._grown_bytes = 0
        self._is_saved = is_saved
        self._is_parked = False
        ledger.listener = self

    @property
    def has_begun(self) -> bool:
        """Whether the text would come back now."""
        return self._has_begun

    @property
    def is_whole(self) -> bool:
        """Whether everything that was to be written is."""
        return self._sink.is_whole

    def begin(self) -> None:
        """Write down what there is, unless that was done."""
        if not self._has_begun:
            self._write_anew()

    def describe(self, facts: TextFacts) -> None:
        """Take in that the text has another name, file or session."""
        if facts != self.facts:
            self.facts = facts
            if self._has_begun:
                self._append(facts_record(facts))
                self._sink.sync()

    def mark_saved(self, facts: TextFacts) -> None:
        """Take in that the text's file has exactly this text."""
        self.describe(facts)
        self._is_saved = True
        if self._has_begun:
            self._append(record(RecordKind.SAVED, b""))
            self._sink.sync()

    def mend(self) -> None:
        """Write everything again if the sink has lost something: the disk was full."""
        if self._has_begun and not self._sink.is_whole:
            self._write_anew()

    def forget(self) -> None:
        """Remove the journal: the text is kept elsewhere, or is given up. It may begin again."""
        self._sink.discard()
        self._has_begun = False
        self._is_saved = True

    def park(self) -> None:
        """Keep what the server has not acknowledged, of a text that is closed.

        The journal goes when all of it is, and stays when the session ends before.
        """
        self._is_parked = True
        self._look_at_pending()

    def close(self) -> None:
        """Stop listening; what was written stays."""
        self._ledger.listener = None
        self._sink.close()

    def logged(self, update: bytes, *, is_own: bool, is_pending: bool) -> None:
        """See `LedgerListener`."""
        self._is_saved = False
        if self._has_begun:
            kind = RecordKind.OWN if is_pending else RecordKind.HISTORY
            self._append(record(kind, update))
        elif is_own:
            self._write_anew()

    def acknowledged(self, count: int) -> None:
        """See `LedgerListener`."""
        if self._has_begun:
            self._append(acknowledged_record(count))
        if self._is_parked:
            self._look_at_pending()

    def pending_replaced(self) -> None:
        """See `LedgerListener`."""
        if self._is_parked:
            self.close()  # the session is over; what it had not sent is for the next one
        elif self._has_begun:
            records = [record(RecordKind.RESTARTED, b""), *self._pending_records()]
            self._append(b"".join(records))

    def epoch_known(self) -> None:
        """See `LedgerListener`."""
        if self._has_begun:
            self._append(record(RecordKind.EPOCH, (self._ledger.epoch or "").encode()))

    def history_replaced(self) -> None:
        """See `LedgerListener`."""
        self._is_saved = False
        if self._has_begun:
            self._write_anew()

    def _look_at_pending(self) -> None:
        if not self._ledger.pending:
            self.forget()
            self.close()

    def _append(self, data: bytes) -> None:
        self._sink.append(data)
        self._grown_bytes += len(data)
        if self._grown_bytes > max(_SMALLEST_GROWTH_BYTES, self._snapshot_bytes):
            self._write_anew()

    def _write_anew(self) -> None:
        """Write down everything that there is, in place of what was written before."""
        pieces = [
            MAGIC,
            facts_record(self.facts),
            *[record(RecordKind.HISTORY, update) for update in self._ledger.history()],
            *self._pending_records(),
        ]
        if self._ledger.epoch is not None:
            pieces.append(record(RecordKind.EPOCH, self._ledger.epoch.encode()))
        if self._is_saved:
            pieces.append(record(RecordKind.SAVED, b""))
        self._has_begun = True
        self._snapshot_bytes = sum(map(len, pieces))
        self._grown_bytes = 0
        self._sink.replace(pieces)

    def _pending_records(self) -> list[bytes]:
        return [
            record(RecordKind.EVERYTHING, b"")
            if update is None
            else record(RecordKind.PENDING, update)
            for update in self._ledger.pending
        ]
