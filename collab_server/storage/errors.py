"""What can go wrong with the store, as one tree.

Knows no library's errors; `connection` translates those of SQLite::

    StorageError
    ├── StoreError              the store could not do it: nothing of it was stored
    │   ├── UnusableDatabase    it cannot be opened, or is not ours
    │   ├── CorruptDocument     a document's log does not hold what was written
    │   ├── OutOfSequence       somebody else has written to this document
    │   └── StoreClosed
    ├── InvitationRefused       nothing is wrong with the store: the code is
    ├── RoomTaken               nor here: the room belongs to somebody else
    └── UnknownVersion          nor here: a document has no such version
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path


class StorageError(Exception):
    """Anything that a verb of the store may raise."""


class StoreError(StorageError):
    """The store could not do what was asked, and has done nothing of it.

    `reason` is short and names no path: for logs and for clients; `advice` says what to do, too.
    `str(error)` is the whole sentence, with the file: for the operator's terminal.
    """

    def __init__(self, reason: str, *, path: Path | None = None, remedy: str = "") -> None:
        self.reason = reason
        self.advice = f"{reason} ({remedy})" if remedy else reason  # names no path either
        sentence = f"{path}: {reason}" if path else reason
        super().__init__(f"{sentence} ({remedy})." if remedy else f"{sentence}.")


class UnusableDatabase(StoreError):
    """The database cannot be opened, or what is in it is not ours."""


class CorruptDocument(StoreError):
    """A document's log does not hold what was once written; its other documents may be well."""

    def __init__(self, document: str, what: str) -> None:
        self.document = document
        super().__init__(
            f"the stored document {document} is damaged: {what}",
            remedy="restore the database from a backup",
        )


class OutOfSequence(StoreError):
    """The rows do not continue the document's stored log: load it again before writing."""

    def __init__(self, document: str, what: str) -> None:
        self.document = document
        super().__init__(
            f"the document {document} was changed by another server: {what}",
            remedy="let only one server use this database",
        )


class StoreClosed(StoreError):
    """The store was closed before this was asked of it."""

    def __init__(self) -> None:
        super().__init__("the store is closed")


class InvitationRefused(StorageError):
    """An invitation code opens nothing; the reason is one a client may be told."""

    def __init__(self, reason: Literal["unknown", "spent", "expired"]) -> None:
        self.reason: Literal["unknown", "spent", "expired"] = reason
        super().__init__(f"the invitation is {reason}")


class RoomTaken(StorageError):
    """A room of this name belongs to another user."""

    def __init__(self, room: str) -> None:
        self.room = room
        super().__init__(f"the room {room} belongs to somebody else")


class UnknownVersion(StorageError):
    """A document has no such version, or there is no such document."""

    def __init__(self, document: str) -> None:
        self.document = document
        super().__init__(f"the document {document} has no such version")
