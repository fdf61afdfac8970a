"""Where a document's history ends and another begins; for commands, never while a server runs.

Does not know how the new history is made. Source: PROTOCOL.md §6.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from collab_server.protocol.updates import PARSER_MARK
from collab_server.protocol.wire import write_var_bytes
from collab_server.storage.connection import roll_back
from collab_server.storage.documents import checksum_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

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


def begin(
    connection: sqlite3.Connection,
    name: str,
    *,
    epoch: str,
    update: bytes,
    owners: Mapping[int, str],
    former: Mapping[int, tuple[str, str]],
) -> None:
    """End a document's history, and begin another with one update.

    Args:
        connection: Outside a transaction.
        name: An existing document.
        epoch: What the new history is called.
        update: All of it.
        owners: Whose its author ids are; none was used before.
        former: Author ids that are not to come back, with their epoch and user.
    """
    now_ms = int(time.time() * 1000)
    payload = bytearray()
    write_var_bytes(payload, update)
    connection.execute("BEGIN IMMEDIATE")
    try:
        (document_id,) = connection.execute(_FIND, (name,)).fetchone()
        for table in ("document_updates", "document_pieces"):
            connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
        connection.execute(_BEGIN, (epoch, document_id))
        users = json.dumps(sorted(set(owners.values())), ensure_ascii=False)
        checksum = checksum_of(1, 1, bytes(payload))
        row = (document_id, checksum, PARSER_MARK, users, now_ms, bytes(payload))
        connection.execute(_APPEND, row)
        claims = [(document_id, author, epoch, user) for author, user in owners.items()]
        claims += [(document_id, author, *then) for author, then in former.items()]
        connection.executemany(_CLAIM, claims)
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
