"""What was taken back before its time; the names themselves are not stored, only their digests.

Does not know what a revocation refuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_ADD = """
    INSERT INTO token_revocations (digest, kind, at_s, until_s) VALUES (?, ?, ?, ?)
    ON CONFLICT (digest) DO UPDATE SET
        at_s = max(at_s, excluded.at_s), until_s = max(until_s, excluded.until_s)
"""
_ALL = """
    SELECT digest, kind, at_s, until_s FROM token_revocations
    WHERE until_s >= ? AND kind IN ('user', 'session', 'nonce') AND typeof(digest) = 'blob'
        AND typeof(at_s) = 'integer' AND typeof(until_s) = 'integer'
"""  # other programs write rows too
_FORGET = "DELETE FROM token_revocations WHERE until_s < ?"


@dataclass(frozen=True, slots=True)
class StoredRevocation:
    """One row."""

    digest: bytes
    kind: str
    at_s: int  # unix time
    until_s: int  # unix time; after it the row may be forgotten


def add_revocation(connection: sqlite3.Connection, row: StoredRevocation) -> None:
    """Store one, and forget those that are over."""
    connection.execute(_FORGET, (row.at_s,))
    connection.execute(_ADD, (row.digest, row.kind, row.at_s, row.until_s))


def all_revocations(connection: sqlite3.Connection, now_s: int) -> list[StoredRevocation]:
    """Return those that hold."""
    return [StoredRevocation(*row) for row in connection.execute(_ALL, (now_s,))]
