"""Where a document's history ends and another begins.

Does not know how the new history is made. Source: PROTOCOL.md §6.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collab_server.protocol.updates import PARSER_MARK
from collab_server.protocol.wire import write_var_bytes
from collab_server.storage.documents import checksum_of
from collab_server.storage.errors import OutOfSequence
from collab_server.storage.parts import drop_of_document

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

_NAMES = "SELECT name FROM documents WHERE substr(name, 1, ?) = ? ORDER BY name"
_FIND = "SELECT id FROM documents WHERE name = ?"
_AUTHORS = """
    SELECT d.name, a.author_id, a.epoch, a.user_id FROM document_authors a
    JOIN documents d ON d.id = a.document_id
"""
_BEGIN = "UPDATE documents SET epoch = ?, last_seq = 1 WHERE id = ?"
_CLAIM = """
    INSERT OR IGNORE INTO document_authors (document_id, author_id, epoch, user_id, seq)
    VALUES (?, ?, ?, ?, 1)
"""
_STANDS = "SELECT id, epoch, last_seq FROM documents WHERE name = ?"
_ROW_OF = """
    SELECT authors, created_at_ms FROM document_updates
    WHERE document_id = ? AND seq_from <= ? AND seq_to >= ?
"""
_PIECE_AT = """
    SELECT seq_to, created_at_ms FROM document_pieces
    WHERE document_id = ? AND seq_from = ? AND is_verified
"""
_WRITERS_UP_TO = """
    SELECT DISTINCT user_id FROM document_authors
    WHERE document_id = ? AND epoch = ? AND seq <= ? ORDER BY user_id
"""
_SET_ASIDE = """
    INSERT INTO document_quarantine (document_id, epoch, seq, reason, authors, received_at_ms,
        found_at_ms, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_APPEND = """
    INSERT INTO document_updates (document_id, seq_from, seq_to, checksum, parser_mark, authors,
        created_at_ms, payload) VALUES (?, 1, 1, ?, ?, ?, ?, ?)
"""


def document_names(connection: sqlite3.Connection, prefix: str = "") -> list[str]:
    """Return the documents whose names begin so, in order."""
    return [name for (name,) in connection.execute(_NAMES, (len(prefix), prefix))]


def all_authors(connection: sqlite3.Connection) -> dict[str, dict[int, tuple[str, str]]]:
    """Return, by document and author id, in which epoch it was used and by whom."""
    found: dict[str, dict[int, tuple[str, str]]] = {}
    for name, author_id, epoch, user_id in connection.execute(_AUTHORS):
        found.setdefault(name, {})[author_id] = (epoch, user_id)
    return found


@dataclass(frozen=True, slots=True)
class Anew:
    """A history that begins with one update."""

    document: str  # exists
    epoch: str
    update: bytes  # all of it
    owners: Mapping[int, str]  # whose its author ids are; none was used before
    former: Mapping[int, tuple[str, str]] = field(default_factory=dict[int, tuple[str, str]])
    """Author ids that are not to come back though this database never knew them: epoch, user."""


def begin(connection: sqlite3.Connection, anew: Anew, now_ms: int) -> None:
    """End a document's history inside a transaction, and begin another."""
    payload = bytearray()
    write_var_bytes(payload, anew.update)
    (document_id,) = connection.execute(_FIND, (anew.document,)).fetchone()
    drop_of_document(connection, document_id)
    for table in ("document_updates", "document_pieces"):
        connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
    connection.execute(_BEGIN, (anew.epoch, document_id))
    users = json.dumps(sorted(set(anew.owners.values())), ensure_ascii=False)
    checksum = checksum_of(1, 1, bytes(payload))
    row = (document_id, checksum, PARSER_MARK, users, now_ms, bytes(payload))
    connection.execute(_APPEND, row)
    claims = [(document_id, author, anew.epoch, user) for author, user in anew.owners.items()]
    claims += [(document_id, author, *then) for author, then in anew.former.items()]
    connection.executemany(_CLAIM, claims)


def set_aside(
    connection: sqlite3.Connection,
    document: str,
    *,
    was: tuple[str, int],
    updates: Sequence[tuple[int, bytes]],
    reason: str,
    now_ms: int,
) -> None:
    """Keep updates that are taken out of a log, with who sent them and when.

    Args:
        connection: Inside the transaction that begins the document anew, before it does.
        document: Whose log it is.
        was: Its epoch and its last number; if it is another now, nothing is to be done.
        updates: Each with its number.
        reason: What was found.
        now_ms: When.

    Raises:
        OutOfSequence: Somebody has written to it meanwhile.
    """
    document_id, *now = connection.execute(_STANDS, (document,)).fetchone()
    if tuple(now) != was:
        raise OutOfSequence(document, "it was written to")
    for seq, update in updates:
        found = connection.execute(_ROW_OF, (document_id, seq, seq)).fetchone()
        authors, received_at_ms = found or _of_piece(connection, document_id, was[0], seq)
        facts = (document_id, was[0], seq, reason, authors, received_at_ms, now_ms, update)
        connection.execute(_SET_ASIDE, facts)


def _of_piece(
    connection: sqlite3.Connection, document_id: int, epoch: str, seq: int
) -> tuple[str, int]:
    """Return who may have written what is in the piece from a number on, as JSON, and when."""
    found = connection.execute(_PIECE_AT, (document_id, seq)).fetchone()
    if found is None:
        return "[]", 0
    seq_to, merged_at_ms = found
    users = [user for (user,) in connection.execute(_WRITERS_UP_TO, (document_id, epoch, seq_to))]
    return json.dumps(users), merged_at_ms
