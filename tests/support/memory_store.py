"""A store in memory, for a hub without a disk: `hub_world` does what it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collab_server.core.views import DocumentView
from collab_server.storage.errors import OutOfSequence
from tests.support.memory_rooms import MemoryRooms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collab_server.core import effects as asked
    from collab_server.protocol.names import DocumentName


@dataclass(slots=True)
class StoredLog:
    """The rows of one document; the update with number n stands at n - 1."""

    epoch: str
    updates: list[bytes] = field(default_factory=list)
    owners: dict[int, str] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)  # merges of its beginning
    merged_count: int = 0  # how many updates are in the pieces
    former_authors: frozenset[int] = frozenset()
    is_written_elsewhere: bool = False  # so a hub's numbers may be wrong

    @property
    def whole(self) -> list[bytes]:
        """The log as it is read: pieces, and the updates behind them."""
        return [*self.pieces, *self.updates[self.merged_count :]]


@dataclass(slots=True)
class MemoryStore:
    """What survives a restart of the hub."""

    logs: dict[DocumentName, StoredLog] = field(default_factory=dict)
    nonces: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    invitations: dict[str, tuple[str, str]] = field(default_factory=dict)  # code → room, letters
    grants: dict[tuple[str, str], str] = field(default_factory=dict)  # user, room → letters
    rooms: MemoryRooms = field(default_factory=MemoryRooms)  # what is said in rooms

    def append(self, rows: Sequence[asked.DocumentAppend]) -> None:
        """Commit rows, all or none; a gap in the numbers is a bug of the hub.

        Raises:
            OutOfSequence: The history was begun anew, or somebody else has written to it.
        """
        for row in rows:
            log = self.logs.get(row.document)
            last = 0 if log is None else len(log.updates)
            if log is not None and log.epoch != row.epoch:
                raise OutOfSequence(row.document, "its history was begun anew")
            if log is not None and log.is_written_elsewhere and row.seq_from != last + 1:
                raise OutOfSequence(row.document, "it was written to")
            assert row.seq_from == last + 1, (row.document, row.seq_from, last)
            assert row.updates or log is None
        for row in rows:
            log = self.logs.setdefault(row.document, StoredLog(row.epoch))
            log.updates.extend(row.updates)
            for author_id, user in row.new_authors:
                assert author_id not in log.owners, "claimed twice"
                log.owners[author_id] = user

    def view(self, document: DocumentName) -> DocumentView:
        """Build a view of a document."""
        log = self.logs.get(document)
        if log is None:
            return DocumentView()
        return DocumentView.from_pieces(log.pieces, log.updates[log.merged_count :])
