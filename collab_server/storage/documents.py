"""The log of documents: raw updates, appended without a gap, read back whole or not at all.

A row holds the updates of one document in one commit: `seq_from … seq_to`, each update after its
length as a varuint. Plain statements on the driver's connection: this is the path of every
keystroke, and SQLAlchemy would cost six times as much (DESIGN.md 2). Does not know what an update
says.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from collab_server.protocol.packed_updates import pack, unpack
from collab_server.protocol.updates import PARSER_MARK
from collab_server.storage.errors import CorruptDocument, OutOfSequence
from collab_server.storage.parts import digest_of, read_parts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from collab_server.storage.parts import Staged

    FindParts = Callable[[sqlite3.Connection, bytes], Staged | None]

MOST_IDS = 10_000
"""Of so many documents the keys are kept at hand."""

_ADVANCE = """
    UPDATE documents SET last_seq = ? WHERE name = ? AND epoch = ? AND last_seq = ? RETURNING id
"""
_ADVANCE_BY_ID = """
    UPDATE documents SET last_seq = ? WHERE id = ? AND name = ? AND epoch = ? AND last_seq = ?
"""
_FIND = "SELECT id, epoch, last_seq FROM documents WHERE name = ?"
_LOAD = "SELECT id, epoch, last_seq, is_nested FROM documents WHERE name = ?"
_BEGIN = """
    INSERT INTO documents (name, epoch, last_seq, created_at_ms, is_nested)
    VALUES (?, ?, ?, ?, FALSE) RETURNING id
"""
_NEST = "UPDATE documents SET is_nested = TRUE WHERE id = ? AND NOT is_nested"
_APPEND = """
    INSERT INTO document_updates (document_id, seq_from, seq_to, checksum, parser_mark, authors,
        created_at_ms, payload, payload_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_CLAIM = """
    INSERT INTO document_authors (document_id, author_id, epoch, user_id, seq)
    VALUES (?, ?, ?, ?, ?)
"""
_AUTHORS = "SELECT author_id, epoch, user_id FROM document_authors WHERE document_id = ?"
_PIECES = """
    SELECT is_collected, seq_from, seq_to, checksum, parser_mark, payload, payload_id
    FROM document_pieces WHERE document_id = ? AND is_verified ORDER BY seq_from
"""
_ROWS = """
    SELECT seq_from, seq_to, checksum, parser_mark, payload, payload_id FROM document_updates
    WHERE document_id = ? ORDER BY seq_from
"""


class AppendRow(Protocol):
    """What goes into one row; the core's `DocumentAppend` is one."""

    @property
    def document(self) -> str: ...  # noqa: D102
    @property
    def epoch(self) -> str: ...  # noqa: D102
    @property
    def seq_from(self) -> int:
        """One more than the document's last sequence number; 1 for its first update."""
        ...

    @property
    def updates(self) -> tuple[bytes, ...]:
        """Raw, in order; none: the document begins empty."""
        ...

    @property
    def authors(self) -> tuple[str, ...]:
        """The user ids that sent them, sorted."""
        ...

    @property
    def new_authors(self) -> tuple[tuple[int, str], ...]:
        """Author ids whose first structs are among them, each with its user."""
        ...

    @property
    def is_nested(self) -> bool:
        """Whether there are nested types in the document."""
        ...


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document's whole log, verified: every checksum, and no number missing."""

    epoch: str
    last_seq: int
    updates: tuple[bytes, ...]  # raw, in order; what stands behind the pieces
    parser_mark: (
        int  # the lowest of all rows: below PARSER_MARK, the updates are to be parsed again
    )
    owners: dict[int, str] = field(default_factory=dict[int, str])  # author id → user
    former_authors: frozenset[int] = frozenset()  # author ids of former epochs
    pieces: tuple[bytes, ...] = ()  # merges of the log's beginning, the oldest first
    row_count: int = 0  # of the updates
    is_collected: bool = False  # whether the log is one piece without what was deleted
    is_nested: bool = False  # whether there are nested types in it; true as well when not known
    piece_seqs: tuple[int, ...] = ()  # the number of the first update in each piece

    @property
    def size_bytes(self) -> int:
        """How large all of it is."""
        return sum(map(len, self.pieces)) + sum(map(len, self.updates))

    def seq_at(self, index: int) -> int:
        """Return the number of the first update in a piece, or of an update behind all pieces."""
        if index < len(self.pieces):
            return self.piece_seqs[index]
        return self.last_seq - len(self.updates) + 1 + index - len(self.pieces)


def append_rows(
    connection: sqlite3.Connection,
    rows: Sequence[AppendRow],
    now_ms: int,
    in_parts: FindParts | None = None,
    ids: dict[str, int] | None = None,
) -> list[Staged]:
    """Append the rows inside the transaction; a document begins with its first.

    Args:
        connection: inside a transaction.
        rows: what is appended.
        now_ms: unix time.
        in_parts: tells of a large update whether it is written in parts already; None when none is.
        ids: of documents that were written to, as far as they are known. Grows, and may be wrong:
            a transaction may have been rolled back.

    Returns:
        What is named now of that.

    Raises:
        OutOfSequence: A row does not continue its document. The transaction is to be rolled back.
    """
    named: list[Staged] = []
    known = {} if ids is None else ids
    for row in rows:
        seq_to = row.seq_from + len(row.updates) - 1
        document_id = _advance(connection, row, seq_to, now_ms, known)
        if not row.updates:
            continue
        authors = msgspec.json.encode(row.authors).decode()
        seq = row.seq_from
        whole = ((row.updates, None),)
        for updates, parts in _runs(connection, row.updates, in_parts) if in_parts else whole:
            last = seq + len(updates) - 1
            payload, payload_id = (b"", parts.payload_id) if parts else (pack(updates), None)
            checksum = checksum_of(seq, last, parts.digest if parts else payload)
            place = (document_id, seq, last, checksum, PARSER_MARK)
            connection.execute(_APPEND, (*place, authors, now_ms, payload, payload_id))
            named += [parts] if parts else []
            seq = last + 1
        if row.is_nested:
            connection.execute(_NEST, (document_id,))
        for author_id, user_id in row.new_authors:
            claim = (document_id, author_id, row.epoch, user_id, row.seq_from)
            connection.execute(_CLAIM, claim)
    return named


def filled(connection: sqlite3.Connection, row: Sequence[Any]) -> list[Any]:
    """Return a row with what its parts make together in place of its payload, if it is in parts.

    Args:
        connection: that the row came from.
        row: seq_from, seq_to, checksum, parser_mark, payload, payload_id.
    """
    *facts, payload, payload_id = row
    in_parts = payload if payload_id is None else read_parts(connection, payload_id)
    return [*facts, in_parts, payload_id]


def _runs(
    connection: sqlite3.Connection, updates: Sequence[bytes], in_parts: FindParts
) -> Iterator[tuple[Sequence[bytes], Staged | None]]:
    """Part updates, in order, into those that stand in parts, one each, and runs of the others."""
    run: list[bytes] = []
    for update in updates:
        parts = in_parts(connection, update)
        if parts is None:
            run.append(update)
            continue
        if run:
            yield run, None
        yield [update], parts
        run = []
    if run:
        yield run, None


def load_document(connection: sqlite3.Connection, name: str) -> StoredDocument | None:
    """Read a document's log; None when there is no such document.

    Raises:
        CorruptDocument: The log is not what was written. There is no partial answer.
    """
    found = connection.execute(_LOAD, (name,)).fetchone()
    if found is None:
        return None
    document_id, epoch, last_seq, is_nested = found
    seq = row_count = 0
    parser_mark = PARSER_MARK
    pieces: list[bytes] = []
    piece_seqs: list[int] = []
    is_collected = False
    for form, *stored in connection.execute(_PIECES, (document_id,)):
        row = filled(connection, stored)
        pieces.append(verified_piece(name, seq + 1, row))
        piece_seqs.append(seq + 1)
        is_collected = bool(form)
        seq = row[1]
        parser_mark = min(parser_mark, row[3])
    updates: list[bytes] = []
    for stored in connection.execute(_ROWS, (document_id,)):
        row = filled(connection, stored)
        updates.extend(verified_updates(name, seq + 1, row))
        seq = row[1]
        row_count += 1
        parser_mark = min(parser_mark, row[3])
    if seq != last_seq:
        raise CorruptDocument(name, f"it ends at update {seq} instead of {last_seq}")
    owners, former_authors = _load_authors(connection, document_id, epoch)
    return StoredDocument(
        epoch,
        last_seq,
        tuple(updates),
        parser_mark,
        owners,
        former_authors,
        tuple(pieces),
        row_count,
        is_collected and len(pieces) == 1 and not updates,
        bool(is_nested),
        tuple(piece_seqs),
    )


def checksum_of(seq_from: int, seq_to: int, payload: bytes) -> bytes:
    """Return the 16 bytes that bind a payload to its place in the log."""
    digest = blake2b(b"%d-%d:" % (seq_from, seq_to), digest_size=16)
    digest.update(payload)
    return digest.digest()


def _advance(
    connection: sqlite3.Connection,
    row: AppendRow,
    seq_to: int,
    now_ms: int,
    ids: dict[str, int],
) -> int:
    """Move the document's last sequence number on, and return its key."""
    document_id = ids.get(row.document)
    if document_id is not None:  # a third less work than without
        place = (document_id, row.document, row.epoch, row.seq_from - 1)
        if connection.execute(_ADVANCE_BY_ID, (seq_to, *place)).rowcount == 1:
            return document_id
    if len(ids) >= MOST_IDS:
        ids.clear()
    ids[row.document] = document_id = _advance_by_name(connection, row, seq_to, now_ms)
    return document_id


def _advance_by_name(
    connection: sqlite3.Connection, row: AppendRow, seq_to: int, now_ms: int
) -> int:
    advanced = connection.execute(
        _ADVANCE, (seq_to, row.document, row.epoch, row.seq_from - 1)
    ).fetchall()
    if advanced:
        return advanced[0][0]
    found = connection.execute(_FIND, (row.document,)).fetchone()
    if found is None and row.seq_from == 1:
        begun = connection.execute(_BEGIN, (row.document, row.epoch, seq_to, now_ms)).fetchall()
        return begun[0][0]
    if found is None:
        raise OutOfSequence(row.document, f"update {row.seq_from} would be its first")
    _, epoch, last_seq = found
    if epoch != row.epoch:
        raise OutOfSequence(row.document, "its history was begun anew")
    raise OutOfSequence(row.document, f"it is at update {last_seq}, not {row.seq_from - 1}")


def _load_authors(
    connection: sqlite3.Connection, document_id: int, present: str
) -> tuple[dict[int, str], frozenset[int]]:
    """Return whose the author ids of the present epoch are, and those of former epochs."""
    owners: dict[int, str] = {}
    former: set[int] = set()
    for author_id, epoch, user_id in connection.execute(_AUTHORS, (document_id,)):
        if epoch == present:
            owners[author_id] = sys.intern(user_id)  # few users, many author ids
        else:
            former.add(author_id)
    return owners, frozenset(former)


def verified_updates(name: str, expected_seq: int, row: Sequence[Any]) -> list[bytes]:
    """Return a row's updates.

    Raises:
        CorruptDocument: It does not hold what was written.
    """
    seq_from, seq_to = row[:2]
    payload = verified_piece(name, expected_seq, row)
    updates = unpack(payload) if row[5] is None else [payload]
    if len(updates) != seq_to - seq_from + 1:
        raise CorruptDocument(name, f"updates {seq_from} to {seq_to} are not all there")
    return updates


def verified_piece(name: str, expected_seq: int, row: Sequence[Any]) -> bytes:
    """Return a row's payload; SQLite's types bind nobody, so the row is believed in nothing.

    Args:
        name: whose row it is.
        expected_seq: with which number it should begin.
        row: `filled`.

    Raises:
        CorruptDocument: It does not hold what was written, or not at this place.
    """
    match row:
        case [int(seq_from), int(seq_to), bytes(checksum), int(), bytes(payload), None]:
            sealed = payload
        case [int(seq_from), int(seq_to), bytes(checksum), int(), bytes(payload), int()]:
            sealed = digest_of(payload)
        case _:
            raise CorruptDocument(name, f"the row of update {expected_seq} is of no known form")
    if seq_from != expected_seq:
        raise CorruptDocument(name, f"update {expected_seq} is missing")
    if checksum != checksum_of(seq_from, seq_to, sealed):
        raise CorruptDocument(name, f"updates {seq_from} to {seq_to} differ from their checksum")
    return payload
