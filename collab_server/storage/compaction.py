"""Pieces of a document's log: which rows to merge next, and how a merge takes their place.

```
log    │ 1 … 4000 │ 4001 … 4600 │ 4601 … 4800 │ 4801 │ 4802 │ … │ 5000 │
         piece      piece         piece         rows, one a commit
                                  └──────────── merged next ─────────────┘
```

Each piece is more than twice as large as the next, so that a byte is merged again only as often as
the log has doubled. A merge is written first and counts for nothing; once it has been read back, it
is made to count and what it holds is deleted, by exact ranges, in one transaction. So nothing is
ever held by one unread copy. Does not know how to merge. Source: PROTOCOL.md §5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collab_server.protocol.packed_updates import unpack
from collab_server.protocol.updates import PARSER_MARK
from collab_server.storage.documents import (
    checksum_of,
    filled,
    verified_piece,
    verified_updates,
)
from collab_server.storage.errors import CorruptDocument, OutOfSequence

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from collab_server.storage.parts import Staged

ROWS_A_PIECE = 200
"""So many rows are merged at once, and rows are never many more."""

BYTES_A_ROW = 1000
"""A row counts once more for so many bytes: flat out, a commit brings hundreds of updates."""

MOST_BYTES_A_MERGE = 512 * 1024
"""Of rows that are read for one merge, if it is not a merge of everything."""

_FIND = "SELECT id, epoch FROM documents WHERE name = ?"
_PIECE_SPANS = """
    SELECT seq_from, seq_to, length(payload) + coalesce((SELECT sum(length(parts.payload))
        FROM document_parts AS parts WHERE parts.payload_id = document_pieces.payload_id), 0)
    FROM document_pieces WHERE document_id = ? AND is_verified ORDER BY seq_from
"""
_ROW_SPANS = """
    SELECT seq_from, seq_to, length(payload) + coalesce((SELECT sum(length(parts.payload))
        FROM document_parts AS parts WHERE parts.payload_id = document_updates.payload_id), 0)
    FROM document_updates WHERE document_id = ? ORDER BY seq_from
"""
_PIECE = """
    SELECT seq_from, seq_to, checksum, parser_mark, payload, payload_id FROM document_pieces
    WHERE document_id = ? AND seq_from = ? AND seq_to = ? AND is_verified = ?
"""
_ROWS = """
    SELECT seq_from, seq_to, checksum, parser_mark, payload, payload_id FROM document_updates
    WHERE document_id = ? AND seq_from BETWEEN ? AND ? ORDER BY seq_from
"""
_FORGET_UNVERIFIED = "DELETE FROM document_pieces WHERE document_id = ? AND NOT is_verified"
_ADD = """
    INSERT INTO document_pieces (document_id, seq_from, seq_to, checksum, parser_mark, is_verified,
        is_collected, created_at_ms, payload, payload_id) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?)
"""
_DELETE_PIECE = """
    DELETE FROM document_pieces
    WHERE document_id = ? AND seq_from = ? AND seq_to = ? AND is_verified RETURNING payload_id
"""
_DELETE_ROW = """
    DELETE FROM document_updates
    WHERE document_id = ? AND seq_from = ? AND seq_to = ? RETURNING payload_id
"""
_VERIFY = """
    UPDATE document_pieces SET is_verified = 1
    WHERE document_id = ? AND seq_from = ? AND seq_to = ? AND NOT is_verified RETURNING payload_id
"""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a piece or a row stands in the log, and how large it is."""

    seq_from: int
    seq_to: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a log behind its larger pieces, to be merged into one piece."""

    document: str
    epoch: str
    pieces: tuple[Span, ...]
    rows: tuple[Span, ...]
    merged: tuple[bytes, ...]  # the pieces' updates, verified
    payloads: tuple[bytes, ...]  # the rows', verified: raw updates, each behind its length
    lone: frozenset[int]  # which of the payloads are one large update, and no length before it
    is_whole: bool  # it begins at the log's beginning

    @property
    def updates(self) -> tuple[bytes, ...]:
        """The rows' raw updates: of a long log a hundred thousand."""
        return tuple(
            update
            for at, payload in enumerate(self.payloads)
            for update in ((payload,) if at in self.lone else unpack(payload))
        )

    @property
    def update_count(self) -> int:
        """How many there are."""
        return sum(row.seq_to - row.seq_from + 1 for row in self.rows)

    @property
    def span(self) -> Span:
        """Where its piece stands."""
        parts = (*self.pieces, *self.rows)
        return Span(parts[0].seq_from, parts[-1].seq_to, sum(part.size_bytes for part in parts))


def first_to_merge(pieces: Sequence[Span], rows: Sequence[Span], *, whole: bool) -> int | None:
    """Return the first piece that the next merge takes in; None when there is nothing to do.

    Args:
        pieces: the verified ones, ascending; each more than twice as large as the next.
        rows: what stands behind them.
        whole: merge everything into one piece, however little it is.
    """
    if whole:
        return 0 if len(pieces) + len(rows) > 0 else None
    if sum(weight_of(row.size_bytes) for row in rows) < ROWS_A_PIECE:
        return None
    first = len(pieces)
    size_bytes = sum(row.size_bytes for row in rows)
    while first > 0 and pieces[first - 1].size_bytes <= 2 * size_bytes:
        first -= 1
        size_bytes += pieces[first].size_bytes
    return first


def weight_of(size_bytes: int, rows: int = 1) -> int:
    """Return for how many small rows these count."""
    return rows + size_bytes // BYTES_A_ROW


def read_stretch(connection: sqlite3.Connection, name: str, *, whole: bool) -> Stretch | None:
    """Read what is to be merged next, verified; None when there is nothing.

    Raises:
        CorruptDocument: It is not what was written.
    """
    found = connection.execute(_FIND, (name,)).fetchone()
    if found is None:
        return None
    document_id, epoch = found
    pieces = [Span(*row) for row in connection.execute(_PIECE_SPANS, (document_id,))]
    rows = [Span(*row) for row in connection.execute(_ROW_SPANS, (document_id,))]
    if not whole:
        rows = rows[: _count_within(rows, MOST_BYTES_A_MERGE)]
    first = first_to_merge(pieces, rows, whole=whole)
    if first is None:
        return None
    seq = pieces[first - 1].seq_to if first else 0
    merged: list[bytes] = []
    for span in pieces[first:]:
        row = _piece_row(connection, name, document_id, span, 1)
        merged.append(verified_piece(name, seq + 1, row))
        seq = span.seq_to
    payloads: list[bytes] = []
    lone: set[int] = set()
    if rows:
        bounds = (document_id, rows[0].seq_from, rows[-1].seq_from)
        for stored in connection.execute(_ROWS, bounds):
            row = filled(connection, stored)
            verified_updates(name, seq + 1, row)
            _, seq, _, _, payload, payload_id = row
            if payload_id is not None:
                lone.add(len(payloads))
            payloads.append(payload)
    return Stretch(
        name,
        epoch,
        tuple(pieces[first:]),
        tuple(rows),
        tuple(merged),
        tuple(payloads),
        frozenset(lone),
        is_whole=first == 0,
    )


def _count_within(rows: Sequence[Span], most_bytes: int) -> int:
    """Return how many rows, the oldest first, have so many bytes together; one has to do."""
    count = size_bytes = 0
    for row in rows:
        size_bytes += row.size_bytes
        if count and size_bytes > most_bytes:
            break
        count += 1
    return count


def add_piece(
    connection: sqlite3.Connection,
    stretch: Stretch,
    payload: bytes,
    *,
    is_collected: bool,
    now_ms: int,
    parts: Staged | None = None,
) -> None:
    """Write a merge, which counts for nothing yet.

    Args:
        connection: inside a transaction.
        stretch: what was merged.
        payload: what that gave.
        is_collected: whether what was deleted is no longer in it.
        now_ms: unix time.
        parts: where it is written already.

    Raises:
        OutOfSequence: The document's history has been begun anew meanwhile.
    """
    document_id = _same_history(connection, stretch)
    span = stretch.span
    connection.execute(_FORGET_UNVERIFIED, (document_id,))  # of a life that ended in between
    checksum = checksum_of(span.seq_from, span.seq_to, parts.digest if parts else payload)
    content = (b"", parts.payload_id) if parts else (payload, None)
    place = (document_id, span.seq_from, span.seq_to)
    connection.execute(_ADD, (*place, checksum, PARSER_MARK, is_collected, now_ms, *content))


def read_piece(connection: sqlite3.Connection, stretch: Stretch) -> bytes:
    """Read back a merge that was written.

    Raises:
        CorruptDocument: It is not what was written.
        OutOfSequence: The document's history has been begun anew meanwhile.
    """
    document_id = _same_history(connection, stretch)
    row = _piece_row(connection, stretch.document, document_id, stretch.span, 0)
    return verified_piece(stretch.document, stretch.span.seq_from, row)


def settle_piece(connection: sqlite3.Connection, stretch: Stretch) -> list[int]:
    """Let a merge that was read back take the place of what it holds.

    Returns:
        The payloads in parts that no row names any more.

    Raises:
        OutOfSequence: What it holds is no longer there as it was. Nothing is to be changed.
    """
    document_id = _same_history(connection, stretch)
    freed: list[int] = []
    for statement, spans in ((_DELETE_PIECE, stretch.pieces), (_DELETE_ROW, stretch.rows)):
        for span in spans:
            place = (document_id, span.seq_from, span.seq_to)
            payload_id = _exactly_one(connection, statement, stretch, place)
            freed += [] if payload_id is None else [payload_id]
    span = stretch.span
    _exactly_one(connection, _VERIFY, stretch, (document_id, span.seq_from, span.seq_to))
    return freed


def _piece_row(
    connection: sqlite3.Connection, name: str, document_id: int, span: Span, is_verified: int
) -> list[object]:
    place = (document_id, span.seq_from, span.seq_to, is_verified)
    row = connection.execute(_PIECE, place).fetchone()
    if row is None:
        raise CorruptDocument(name, f"the piece from update {span.seq_from} is missing")
    return filled(connection, row)


def _same_history(connection: sqlite3.Connection, stretch: Stretch) -> int:
    found = connection.execute(_FIND, (stretch.document,)).fetchone()
    if found is None or found[1] != stretch.epoch:
        raise OutOfSequence(stretch.document, "its history was begun anew")
    return found[0]


def _exactly_one(
    connection: sqlite3.Connection, statement: str, stretch: Stretch, place: tuple[int, int, int]
) -> int | None:
    """Change one row, and return which payload in parts it names."""
    changed = connection.execute(statement, place).fetchall()
    if len(changed) != 1:
        raise OutOfSequence(stretch.document, f"updates {place[1]} to {place[2]} were merged")
    return changed[0][0]
