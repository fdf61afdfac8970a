"""Versions of documents: texts as they were, compressed, with a name or thinned out by and by.

Does not know how a text is found in a document. Source: PROTOCOL.md §3 (versions).
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from collab_server.storage.errors import CorruptDocument, UnknownVersion

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

MOST_UNNAMED = 60
NEWEST_KEPT = 10
MOST_LISTED = 500

_FIND = "SELECT id, epoch, last_seq FROM documents WHERE name = ?"
_NEWEST = """
    SELECT id, checksum, name FROM document_versions WHERE document_id = ? ORDER BY id DESC LIMIT 1
"""
_ADD = """
    INSERT INTO document_versions (document_id, epoch, seq, name, made_by, users, created_at_ms,
        checksum, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
"""
_LIST = """
    SELECT v.id, v.created_at_ms, v.seq, v.name, v.made_by, v.users FROM document_versions v
    JOIN documents d ON d.id = v.document_id WHERE d.name = ? ORDER BY v.id DESC LIMIT ?
"""
_TEXT = """
    SELECT v.checksum, v.payload FROM document_versions v
    JOIN documents d ON d.id = v.document_id WHERE d.name = ? AND v.id = ?
"""
_NAME = """
    UPDATE document_versions SET name = ? WHERE id = ?
    AND document_id = (SELECT id FROM documents WHERE name = ?)
"""
_UNNAMED = """
    SELECT id, created_at_ms FROM document_versions WHERE document_id = ? AND name IS NULL
    ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One version, without its text."""

    version: int
    created_at_ms: int
    seq: int
    name: str | None
    made_by: str | None
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A text to be kept."""

    document: str
    text: str
    name: str | None = None
    made_by: str | None = None  # user id
    users: tuple[str, ...] = ()  # who changed it since the one before


def add_version(connection: sqlite3.Connection, new: NewVersion, now_ms: int) -> int:
    """Keep a text, and return its version; the newest one when that is the same text.

    Raises:
        UnknownVersion: There is no such document.
    """
    found = connection.execute(_FIND, (new.document,)).fetchone()
    if found is None:
        raise UnknownVersion(new.document)
    document_id, epoch, seq = found
    text = new.text.encode()
    checksum = _checksum(text)
    newest = connection.execute(_NEWEST, (document_id,)).fetchone()
    if newest is not None and newest[1] == checksum and (new.name is None or newest[2] is None):
        if new.name is not None:
            connection.execute(_NAME, (new.name, newest[0], new.document))
        return newest[0]
    row = (document_id, epoch, seq, new.name, new.made_by, json.dumps(sorted(new.users)))
    (version,) = connection.execute(_ADD, (*row, now_ms, checksum, zlib.compress(text))).fetchall()[
        0
    ]
    _thin_out(connection, document_id)
    return version


def list_versions(connection: sqlite3.Connection, document: str) -> list[StoredVersion]:
    """Return a document's versions, newest first."""
    return [
        StoredVersion(version, created_at_ms, seq, name, made_by, tuple(json.loads(users)))
        for version, created_at_ms, seq, name, made_by, users in connection.execute(
            _LIST, (document, MOST_LISTED)
        )
    ]


def version_text(connection: sqlite3.Connection, document: str, version: int) -> str:
    """Return the text of a version.

    Raises:
        UnknownVersion: The document has no such version.
        CorruptDocument: It is not what was kept.
    """
    found = connection.execute(_TEXT, (document, version)).fetchone()
    if found is None:
        raise UnknownVersion(document)
    checksum, payload = found
    try:
        text = zlib.decompress(payload)
    except (zlib.error, TypeError) as error:
        raise CorruptDocument(document, f"version {version} cannot be read") from error
    if _checksum(text) != checksum:
        raise CorruptDocument(document, f"version {version} differs from its checksum")
    return text.decode()


def name_version(connection: sqlite3.Connection, document: str, version: int, name: str) -> None:
    """Give a version a name: it is kept from now on.

    Raises:
        UnknownVersion: The document has no such version.
    """
    if connection.execute(_NAME, (name, version, document)).rowcount != 1:
        raise UnknownVersion(document)


def closest(times: Sequence[int]) -> int:
    """Return which of these moments is missed least: those beside it are soonest before and after.

    Moments follow each other; where a clock was set back, the step counts as so much time, or all
    that was before it would come to be the closest, one by one.
    """
    return min(
        range(1, len(times) - 1),
        key=lambda at: abs(times[at + 1] - times[at]) + abs(times[at] - times[at - 1]),
    )


def _thin_out(connection: sqlite3.Connection, document_id: int) -> None:
    """Forget unnamed versions where they are closest, never the newest or the oldest."""
    rows = connection.execute(_UNNAMED, (document_id,)).fetchall()
    while len(rows) > MOST_UNNAMED:
        at = closest([created_at_ms for _, created_at_ms in rows[: 1 - NEWEST_KEPT]])
        connection.execute("DELETE FROM document_versions WHERE id = ?", (rows[at][0],))
        del rows[at]


def _checksum(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()
