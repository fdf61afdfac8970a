"""What a replica knows, and which of its own updates the server has not yet acknowledged.

The half of a replica that the session sees: it answers a step 1, and keeps what is not saved. It
knows neither text nor frames nor the CRDT library, whose merging comes in. Source: PROTOCOL.md §5.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from app.collab.raw_log import RawLog
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.updates import (
    EMPTY_UPDATE,
    parse_state_vector,
    parse_update,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.collab.journal import LedgerListener
    from collab_server.protocol.updates import UpdateSummary

_FAN = 100


class _Pending(NamedTuple):
    """One own update that the server may not have, or, without one, everything up to here."""

    number: int
    update: bytes | None
    summary: UpdateSummary | None


class SyncLedger:
    """The books of one replica.

    Invariant: `known` holds exactly what the log holds; while attached, every own update is in
    `_pending` from the moment it is made until it is acknowledged.
    """

    def __init__(
        self,
        *,
        merge: Callable[[Sequence[bytes]], bytes],
        diff: Callable[[bytes, bytes], bytes],
    ) -> None:
        self.known = KnownState()
        self.listener: LedgerListener | None = None
        self._merge = merge
        self._diff = diff  # (update, state vector) → what the state lacks of the update
        self._log = RawLog(merge)
        self._pending: deque[_Pending] = deque()
        self._last_number = 0
        self._on_update: Callable[[bytes], None] | None = None
        self.on_noted: Callable[[bytes], None] | None = None  # told of every update in the log
        self.on_replaced: Callable[[], None] | None = None  # told that it is another log now
        self._epoch: str | None = None
        self._is_restored = False  # until attached: pending is what an earlier process had not sent

    @property
    def epoch(self) -> str | None:
        """Which history of the server's document this is; None while no server has said."""
        return self._epoch

    @property
    def pending(self) -> list[bytes | None]:
        """The own updates that the server may not have; None stands for everything up to it."""
        return [entry.update for entry in self._pending]

    @property
    def last_number(self) -> int:
        """The number of the newest own update; they are counted from 1 while attached."""
        return self._last_number

    @property
    def pending_count(self) -> int:
        """How many own updates the server has not acknowledged; 0 while detached."""
        return len(self._pending)

    def attach(self, on_update: Callable[[bytes], None]) -> None:
        """Begin to keep own updates for a server's document, and to hand each to `on_update`.

        What is already here counts as one update that the server lacks, unless `restore` knows
        better.
        """
        self._on_update = on_update
        if self._is_restored:
            self._is_restored = False
            return
        self._pending.clear()
        self._epoch = None
        if self.known.state:
            self._keep(None, None)
        self._tell_pending()

    def detach(self) -> None:
        """Forget the server's document; own updates stay here."""
        self._on_update = None
        self._is_restored = False
        self._epoch = None
        self._pending.clear()
        self._tell_pending()

    def restore(self, pending: Sequence[bytes | None], *, epoch: str | None) -> None:
        """Take up what an earlier process had not sent, before `attach`; the log has it already.

        Raises:
            RemoteProtocolError: one is no update.
        """
        summaries = [None if update is None else parse_update(update) for update in pending]
        for update, summary in zip(pending, summaries, strict=True):
            self._keep(update, summary)
        self._epoch = epoch
        self._is_restored = True

    def note_epoch(self, epoch: str) -> None:
        """Write down which history the server's document is."""
        if epoch != self._epoch:
            self._epoch = epoch
            if self.listener is not None:
                self.listener.epoch_known()

    def note_foreign(self, update: bytes, summary: UpdateSummary) -> None:
        """Write down an update of somebody else that was applied."""
        self.known.advance(summary)
        self._note(update)
        if self.listener is not None:
            self.listener.logged(update, is_own=False, is_pending=False)

    def note_own(self, update: bytes, summary: UpdateSummary | None = None) -> UpdateSummary:
        """Write down an update that was made here; it is sent from here.

        Args:
            update: what the CRDT made.
            summary: what it brings, if that is known; what it stands on is not needed.
        """
        if summary is None:
            summary = parse_update(update)
        self.known.advance(summary)
        self._note(update)
        is_pending = self._on_update is not None or self._is_restored
        if is_pending:
            self._keep(update, summary)
        if self.listener is not None:
            self.listener.logged(update, is_own=True, is_pending=is_pending)
        if self._on_update is not None:
            self._on_update(update)
        return summary

    def state_vector(self) -> bytes:
        """Return what is known, for a step 1."""
        return self.known.state_vector()

    def answer_step1(self, state_vector: bytes) -> bytes:
        """Return what the server lacks, for a step 2.

        Usually these are the pending updates. A server that also lacks what was
        acknowledged or came from others gets everything it lacks.

        Raises:
            RemoteProtocolError: the server's state vector is none.
        """
        server = parse_state_vector(state_vector)
        pending = list(self._pending)
        if any(entry.update is None for entry in pending) or self._lacks_more(server, pending):
            everything = self._log.merged()
            return EMPTY_UPDATE if everything is None else self._diff(everything, state_vector)
        updates = [entry.update for entry in pending if entry.update and _is_missing(entry, server)]
        while len(updates) > 1:
            updates = [self._merge(updates[at : at + _FAN]) for at in range(0, len(updates), _FAN)]
        # Exactly what is missing: text that the server has in part would be cut there, and a
        # surrogate pair with it.
        return self._diff(updates[0], state_vector) if updates else EMPTY_UPDATE

    def acknowledge(self, number: int) -> None:
        """Forget the pending updates up to a number: they are in the server's store."""
        count = 0
        while self._pending and self._pending[0].number <= number:
            self._pending.popleft()
            count += 1
        if count and self.listener is not None:
            self.listener.acknowledged(count)

    def history(self) -> list[bytes]:
        """Return everything ever applied, as updates in an order that can be applied."""
        return self._log.pieces()

    def begin_anew(self, update: bytes, summary: UpdateSummary) -> None:
        """Go on with a server's history in place of this one; nothing is pending then."""
        self.known = KnownState()
        self.known.measure(update, summary)
        self.known.advance(summary)
        self._log = RawLog(self._merge)
        self._log.append(update)
        self._pending.clear()
        self._is_restored = False
        if self.on_replaced is not None:
            self.on_replaced()
        if self.listener is not None:
            self.listener.history_replaced()

    def _tell_pending(self) -> None:
        if self.listener is not None:
            self.listener.pending_replaced()

    def _note(self, update: bytes) -> None:
        self._log.append(update)
        if self.on_noted is not None:
            self.on_noted(update)

    def _keep(self, update: bytes | None, summary: UpdateSummary | None) -> None:
        self._last_number += 1
        self._pending.append(_Pending(self._last_number, update, summary))

    def _lacks_more(self, server: dict[int, int], pending: list[_Pending]) -> bool:
        """Tell whether the server lacks structs that are not among the pending ones."""
        expected = dict(self.known.state)
        for entry in pending:
            runs_by_author = entry.summary.structs if entry.summary else {}
            for author, runs in runs_by_author.items():
                expected[author] = min(expected.get(author, 0), runs[0][0])
        return any(server.get(author, 0) < clock for author, clock in expected.items())


def _is_missing(entry: _Pending, server: dict[int, int]) -> bool:
    """Tell whether a server may lack something of an update; deletes do not show in its state."""
    summary = entry.summary
    if summary is None or summary.deletes:
        return True
    return any(runs[-1][1] > server.get(author, 0) for author, runs in summary.structs.items())
