"""Logs that a disk has damaged, and documents in memory that were not what is stored.

What is taken out is kept aside, never thrown away. Does not know what an update says. Source:
DESIGN.md 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.protocol.updates import PARSER_MARK
from collab_server.storage.documents import (
    checksum_of,
    filled,
    verified_piece,
    verified_updates,
)
from collab_server.storage.errors import CorruptDocument, OutOfSequence
from collab_server.storage.parts import drop_of_document

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

_STANDS = "SELECT id, epoch, last_seq FROM documents WHERE name = ?"
_PIECES = """
    SELECT '[]', created_at_ms, seq_from, seq_to, checksum, parser_mark, payload, payload_id
    FROM document_pieces WHERE document_id = ? ORDER BY seq_from
"""
_ROWS = """
    SELECT authors, created_at_ms, seq_from, seq_to, checksum, parser_mark, payload, payload_id
    FROM document_updates WHERE document_id = ? ORDER BY seq_from
"""
_KEEP_ASIDE = """
    INSERT INTO document_quarantine (document_id, epoch, seq, reason, authors, received_at_ms,
        found_at_ms, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD = """
    INSERT INTO document_pieces (document_id, seq_from, seq_to, checksum, parser_mark, is_verified,
        is_collected, created_at_ms, payload) VALUES (?, 1, ?, ?, ?, 1, 0, ?, ?)
"""


def write_anew(
    connection: sqlite3.Connection,
    document: str,
    *,
    was: tuple[str, int],
    payload: bytes,
    reason: str,
    now_ms: int,
) -> int:
    """Let one piece take the place of a whole log, and keep aside which rows are damaged.

    Args:
        connection: Inside a transaction.
        document: Whose log it is.
        was: Its epoch and its last number.
        payload: All of it, as one update.
        reason: What was found.
        now_ms: When.

    Returns:
        How many rows are kept aside.

    Raises:
        OutOfSequence: Somebody has written to it meanwhile.
    """
    document_id = _standing(connection, document, was)
    damaged = [
        *_damaged(connection, document, document_id, _PIECES),
        *_damaged(connection, document, document_id, _ROWS),
    ]
    epoch, last_seq = was
    for seq, authors, received_at_ms, bad in damaged:
        facts = (document_id, epoch, seq, reason, authors, received_at_ms, now_ms, bad)
        connection.execute(_KEEP_ASIDE, facts)
    drop_of_document(connection, document_id)
    for table in ("document_updates", "document_pieces"):
        connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
    checksum = checksum_of(1, last_seq, payload)
    connection.execute(_ADD, (document_id, last_seq, checksum, PARSER_MARK, now_ms, payload))
    return len(damaged)


def keep_aside(
    connection: sqlite3.Connection,
    document: str,
    *,
    was: tuple[str, int],
    payload: bytes,
    reason: str,
    now_ms: int,
) -> None:
    """Keep what a document was in memory, which is not what is stored; nobody sent it.

    Raises:
        OutOfSequence: Its history has been begun anew meanwhile.
    """
    epoch, seq = was
    found = connection.execute(_STANDS, (document,)).fetchone()
    if found is None or found[1] != epoch:
        raise OutOfSequence(document, "its history was begun anew")
    facts = (found[0], epoch, seq, reason, "[]", now_ms, now_ms, payload)
    connection.execute(_KEEP_ASIDE, facts)


def _standing(connection: sqlite3.Connection, document: str, was: tuple[str, int]) -> int:
    found = connection.execute(_STANDS, (document,)).fetchone()
    if found is None or found[1:] != was:
        raise OutOfSequence(document, "it was written to")
    return found[0]


def _damaged(
    connection: sqlite3.Connection, document: str, document_id: int, rows: str
) -> Iterator[tuple[int, str, int, bytes]]:
    """Find the rows that do not hold what was written: number, who, when, and what is there."""
    verify = verified_piece if rows == _PIECES else verified_updates
    for authors, created_at_ms, *stored in connection.execute(rows, (document_id,)):
        row = filled(connection, stored)
        try:
            verify(document, row[0], row)
        except CorruptDocument:
            payload = row[4] if isinstance(row[4], bytes) else str(row[4]).encode()
            yield row[0], str(authors), int(created_at_ms), payload
