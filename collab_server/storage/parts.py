"""Payloads too large for one transaction: in parts, one each, so that others come between.

```
parts of payload 7 │ 0 │ 1 │ 2 │ … ── each committed ──▶ a row that names payload 7 ── committed ──▶
                     count for nothing                    all of them count
```

Nothing is acknowledged before that row is committed. Parts that no row names, after a crash or
because an update was refused, are swept when the database is opened. Does not know what a payload
says. Source: PROTOCOL.md §5.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from collab_server.storage.writer import Writer

PART_BYTES = 1024 * 1024
"""What is larger is written in parts of this size."""

MOST_STAGED = 4
"""So many updates may be written and in no row yet; the oldest is given up, and written anew."""

_ADD = "INSERT INTO document_parts (payload_id, part, payload) VALUES (?, ?, ?)"
_READ = "SELECT payload FROM document_parts WHERE payload_id = ? ORDER BY part"
_SIZE = "SELECT count(*), sum(length(payload)) FROM document_parts WHERE payload_id = ?"
_DROP_LAST = """
    DELETE FROM document_parts WHERE payload_id = ?1
    AND part = (SELECT max(part) FROM document_parts WHERE payload_id = ?1)
    AND NOT EXISTS (SELECT 1 FROM document_updates WHERE payload_id = ?1)
    AND NOT EXISTS (SELECT 1 FROM document_pieces WHERE payload_id = ?1)
"""
_DROP_OF_DOCUMENT = """
    DELETE FROM document_parts WHERE payload_id IN (
        SELECT payload_id FROM document_updates WHERE document_id = ?1 AND payload_id IS NOT NULL
        UNION ALL
        SELECT payload_id FROM document_pieces WHERE document_id = ?1 AND payload_id IS NOT NULL)
"""
_ANY = "SELECT 1 FROM document_parts LIMIT 1"
_SWEEP = """
    DELETE FROM document_parts WHERE payload_id NOT IN (
        SELECT payload_id FROM document_updates WHERE payload_id IS NOT NULL
        UNION ALL
        SELECT payload_id FROM document_pieces WHERE payload_id IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Staged:
    """An update whose parts are all committed."""

    payload_id: int
    digest: bytes  # `digest_of` it
    count: int  # of the parts
    size_bytes: int


def digest_of(payload: bytes) -> bytes:
    """Return the 16 bytes that a row's checksum has in place of a payload in parts."""
    return blake2b(payload, digest_size=16).digest()


def add_part(connection: sqlite3.Connection, payload_id: int, part: int, payload: bytes) -> None:
    """Write one part."""
    connection.execute(_ADD, (payload_id, part, payload))


def read_parts(connection: sqlite3.Connection, payload_id: int) -> bytes:
    """Return what the parts make together: whatever is there, for a checksum to judge."""
    parts = [part for (part,) in connection.execute(_READ, (payload_id,))]
    return b"".join(part for part in parts if isinstance(part, bytes))


def is_whole(connection: sqlite3.Connection, staged: Staged) -> bool:
    """Tell whether all parts are there: another server that starts may have swept them."""
    found = connection.execute(_SIZE, (staged.payload_id,)).fetchone()
    return found == (staged.count, staged.size_bytes)


def drop_of_document(connection: sqlite3.Connection, document_id: int) -> None:
    """Delete the parts of a whole log, before its rows are deleted."""
    connection.execute(_DROP_OF_DOCUMENT, (document_id,))


def sweep(connection: sqlite3.Connection) -> None:
    """Delete the parts that no row names; most databases have none."""
    if connection.execute(_ANY).fetchone() is not None:
        connection.execute(_SWEEP)


class Parts:
    """Writes and deletes parts, one after another, beside whatever else is written."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._staged: dict[bytes, Staged] = {}  # by digest; read by the writer's thread too

    async def write(self, payload: bytes) -> Staged:
        """Write a payload, which counts for nothing until a row names it.

        Raises:
            StoreError: The database could not be written.
        """
        payload_id = secrets.randbits(62)
        digest = blake2b(digest_size=16)
        starts = range(0, len(payload), PART_BYTES)
        for part, at in enumerate(starts):
            piece = payload[at : at + PART_BYTES]
            digest.update(piece)  # a millisecond each; all of it at once would stop the loop
            await self._writer.run(
                partial(add_part, payload_id=payload_id, part=part, payload=piece),
                size_bytes=2 * len(piece),  # and once more when it is deleted
            )
        return Staged(payload_id, digest.digest(), len(starts), len(payload))

    async def stage(self, update: bytes) -> None:
        """Write an update before it is appended, so that the row that brings it only names it.

        Raises:
            StoreError: The database could not be written; it is appended all the same.
        """
        if len(update) <= PART_BYTES:
            return
        staged = await self.write(update)
        twin = self._staged.pop(staged.digest, None)
        self._staged[staged.digest] = staged
        if twin is not None:
            await self.drop([twin.payload_id])
        while len(self._staged) > MOST_STAGED:
            oldest = self._staged.pop(next(iter(self._staged)))
            await self.drop([oldest.payload_id])

    @property
    def finding(self) -> Callable[[sqlite3.Connection, bytes], Staged | None] | None:
        """How a row is told where an update stands in parts; None when none does."""
        return self._take if self._staged else None

    def used(self, staged: Iterable[Staged]) -> None:
        """Hear that rows which name these are committed."""
        for each in staged:
            self._staged.pop(each.digest, None)

    async def drop(self, payload_ids: Iterable[int]) -> None:
        """Delete parts, the last first, a transaction each; those that a row names stay.

        A row may have come to name them while it was decided that none will.

        Raises:
            StoreError: The database could not be written; what is left is swept at the next start.
        """
        for payload_id in payload_ids:
            while await self._writer.run(partial(_drop_last, payload_id=payload_id)):
                pass

    def _take(self, connection: sqlite3.Connection, update: bytes) -> Staged | None:
        """Return where an update stands in parts, for a row to name; None: it is in none.

        Called inside the transaction that writes the row, in the writer's thread. What is found is
        to be told to `used` when that is committed.
        """
        if len(update) <= PART_BYTES:
            return None
        staged = self._staged.get(digest_of(update))
        return staged if staged is not None and is_whole(connection, staged) else None


def _drop_last(connection: sqlite3.Connection, payload_id: int) -> bool:
    return connection.execute(_DROP_LAST, (payload_id,)).rowcount > 0
