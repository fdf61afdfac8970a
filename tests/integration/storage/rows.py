"""Rows to append, and a store to append them to."""

import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

from collab_server.core.effects import DocumentAppend
from collab_server.protocol.names import DocumentName
from collab_server.storage.store import Store, open_store


def row(
    seq_from: int = 1,
    *updates: bytes,
    document: str = "notes",
    epoch: str = "e1",
    authors: tuple[str, ...] = ("7",),
    new_authors: tuple[tuple[int, str], ...] = (),
) -> DocumentAppend:
    """Return a row as the core makes them."""
    return DocumentAppend(
        DocumentName(document), epoch, seq_from, updates or (b"one",), authors, new_authors
    )


def url_of(path: Path) -> str:
    """Return the database URL of a file."""
    return f"sqlite:///{path}"


@contextlib.asynccontextmanager
async def store_at(path: Path) -> AsyncGenerator[Store]:
    """Open the store in the file, and close it."""
    store = await open_store(url_of(path))
    try:
        yield store
    finally:
        await store.close()


@contextlib.contextmanager
def plain(path: Path) -> Generator[sqlite3.Connection]:
    """Open the file as any other program would, and commit what was done."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            yield connection
    finally:
        connection.close()
