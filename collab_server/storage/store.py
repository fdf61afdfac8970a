"""The store: every verb that the server may ask of its database, and nothing else of it.

Does not know the hub's effects, only what is to be stored. Times that decide something are
arguments; the clock here dates rows, and tells when to forget what has long been over.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from collab_server.protocol.names import DocumentName
from collab_server.storage import compaction, damage, documents, epochs
from collab_server.storage.database_url import parse_database_url
from collab_server.storage.entry_store import EntryStore
from collab_server.storage.migrating import bring_up_to_date
from collab_server.storage.parts import PART_BYTES, Parts
from collab_server.storage.reader import Reader
from collab_server.storage.room_store import RoomStore
from collab_server.storage.version_store import VersionStore
from collab_server.storage.writer import Writer

if TYPE_CHECKING:
    import sqlite3

    from collab_server.storage.compaction import Stretch
    from collab_server.storage.documents import AppendRow, StoredDocument
    from collab_server.storage.epochs import Anew
    from collab_server.storage.parts import Staged
    from collab_server.storage.writer import Work

Clock = Callable[[], float]


class Store:
    """One open database; use `open_store`.

    When a verb that writes has returned, what it wrote is on the disk; when it raised a StoreError,
    nothing of it is, and the store may be used again. A cancelled verb may still be carried out.
    """

    def __init__(
        self,
        writer: Writer,
        *,
        loads: Reader,
        lookups: Reader,
        passwords: Reader,
        clock: Clock,
    ) -> None:
        self._writer = writer
        self._loads = loads
        self._lookups = lookups  # not behind a long load
        self._passwords = passwords
        self._clock = clock
        self._parts = Parts(writer)
        self.entry = EntryStore(writer, lookups, clock)
        self._document_ids: dict[str, int] = {}  # the writer's thread alone looks into it
        self.rooms = RoomStore(writer, lookups, passwords, clock)
        self.versions = VersionStore(writer, lookups, clock)

    async def append(self, rows: Sequence[AppendRow]) -> None:
        """Append rows of updates to their documents' logs, all or none, in the order of the calls.

        Raises:
            OutOfSequence: A row does not continue its document's stored log.
            StoreError: The database could not be written.
        """
        named = await self._writer.run(self._appending(rows))
        self._parts.used(named)

    def begin_append(
        self, rows: Sequence[AppendRow], told: Callable[[Exception | None], None]
    ) -> None:
        """Do as `append`, without a task: `told` hears in a later turn what became of it.

        Raises:
            StoreError: It was not begun, and `told` will not be called.
        """

        def written(named: list[Staged], error: Exception | None) -> None:
            if named:
                self._parts.used(named)
            told(error)

        self._writer.submit(self._appending(rows), written)

    async def stage(self, update: bytes) -> None:
        """Write a large update that is about to be appended, in parts between which others write.

        Raises:
            StoreError: The database could not be written; the update may be appended all the same.
        """
        await self._parts.stage(update)

    async def load_document(self, name: str) -> StoredDocument | None:
        """Return a document's whole log, or None when there is no such document.

        Raises:
            CorruptDocument: The log is not what was written.
            StoreError: The database could not be read.
        """
        return await self._loads.run(functools.partial(documents.load_document, name=name))

    async def document_names(self, prefix: str) -> list[DocumentName]:
        """Return the documents whose names begin so, in order.

        Raises:
            StoreError: The database could not be read.
        """
        names = await self._lookups.run(
            lambda connection: epochs.document_names(connection, prefix)
        )
        return [DocumentName(name) for name in names]

    async def begin_anew(
        self,
        anew: Anew,
        *,
        was: tuple[str, int],
        aside: Sequence[tuple[int, bytes]],
        reason: str,
    ) -> None:
        """Begin a document anew without some of its updates, which are kept aside.

        Args:
            anew: What it is from now on.
            was: Its epoch and its last number.
            aside: The updates that are left out, each with its number.
            reason: What was found.

        Raises:
            OutOfSequence: It is not what it was.
            StoreError: The database could not be written.
        """
        now_ms = self._now_ms()

        def work(connection: sqlite3.Connection) -> None:
            epochs.set_aside(
                connection, anew.document, was=was, updates=aside, reason=reason, now_ms=now_ms
            )
            epochs.begin(connection, anew, now_ms)

        await self._writer.run(work)

    async def write_anew(
        self, document: str, was: tuple[str, int], payload: bytes, reason: str
    ) -> int:
        """Write a damaged log anew as one piece; return how many damaged rows are kept aside.

        Args:
            document: Whose log it is.
            was: Its epoch and its last number.
            payload: All of it, as one update.
            reason: What was found.

        Raises:
            OutOfSequence: It is not what it was.
            StoreError: The database could not be written.
        """
        now_ms = self._now_ms()
        return await self._writer.run(
            lambda connection: damage.write_anew(
                connection, document, was=was, payload=payload, reason=reason, now_ms=now_ms
            )
        )

    async def keep_aside(
        self, document: str, was: tuple[str, int], payload: bytes, reason: str
    ) -> None:
        """Keep what a document was in memory, which is not what is stored.

        Raises:
            OutOfSequence: Its history has been begun anew.
            StoreError: The database could not be written.
        """
        now_ms = self._now_ms()
        await self._writer.run(
            lambda connection: damage.keep_aside(
                connection, document, was=was, payload=payload, reason=reason, now_ms=now_ms
            )
        )

    async def read_stretch(self, name: str, *, whole: bool = False) -> Stretch | None:
        """Return the end of a log that is to be merged into one piece; None when there is nothing.

        Raises:
            CorruptDocument: It is not what was written.
            StoreError: The database could not be read.
        """
        read = functools.partial(compaction.read_stretch, name=name, whole=whole)
        return await self._loads.run(read)

    async def replace(self, stretch: Stretch, payload: bytes, *, is_collected: bool) -> None:
        """Let a merge take the place of a stretch: written, read back, and then made to count.

        Raises:
            OutOfSequence: The stretch is no longer what it was; the log is as it was.
            StoreError: The database could not be written, or gives back something else.
        """
        now_ms = self._now_ms()
        parts = await self._parts.write(payload) if len(payload) > PART_BYTES else None
        add = functools.partial(compaction.add_piece, parts=parts, now_ms=now_ms)
        await self._writer.run(
            lambda connection: add(connection, stretch, payload, is_collected=is_collected)
        )
        await self._loads.run(lambda connection: compaction.read_piece(connection, stretch))
        freed = await self._writer.run(
            lambda connection: compaction.settle_piece(connection, stretch)
        )
        await self._parts.drop(freed)

    async def close(self) -> None:
        """Wait for what was asked, and close the database. Harmless when closed."""
        await self._loads.close()
        await self._lookups.close()
        await self._passwords.close()
        await self._writer.close()  # last, so that SQLite folds its log into the file

    def _appending(self, rows: Sequence[AppendRow]) -> Work[list[Staged]]:
        return functools.partial(
            documents.append_rows,
            rows=rows,
            now_ms=self._now_ms(),
            in_parts=self._parts.finding,
            ids=self._document_ids,
        )

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)


async def open_store(url: str, *, clock: Clock = time.time) -> Store:
    """Open the database at the URL, made or brought up to date when needed.

    Raises:
        UnusableDatabase: It cannot be opened or written, is not ours, or is of a newer version.
    """
    path = parse_database_url(url).absolute()
    writer = Writer(path, functools.partial(bring_up_to_date, path=path))
    await writer.open()
    loads = Reader(path, name="store loads")
    lookups = Reader(path, name="store lookups")
    passwords = Reader(path, name="store passwords")
    return Store(writer, loads=loads, lookups=lookups, passwords=passwords, clock=clock)
