"""The project of a session: its manifest and the documents that are open.

Knows which document an effect is for, and neither socket nor widget. Source: PROTOCOL.md §6.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.collab import session_effects as effects
from app.collab.errors import EarlyUpdate, ReplicaError
from app.collab.manifest_replica import ManifestReplica
from app.collab.text_replica import TextReplica
from app.model.project import ProjectFile, new_file_id
from app.services.shared_document import SharedDocument
from collab_server.protocol.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.collab.session_effects import SessionEffect
    from app.model.kept_text import SessionFacts
    from app.model.project import FileEntry
    from app.services.live_session import LiveSession

logger = logging.getLogger(__name__)

OPEN_S = 30.0
"""How long a project or a document may take to open, a lost connection in between included."""


class NothingToOpen(Exception):
    """The project names no file, or does not open in time."""


class SharedProject(QObject):
    """A room's manifest and documents.

    Invariant: each open document has one channel in the session and one replica here.
    """

    notice_raised = Signal(object)  # Notice
    files_changed = Signal()

    def __init__(
        self,
        live: LiveSession,
        *,
        facts: SessionFacts,
        clock: Callable[[], float],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.room = facts.room
        self._facts = facts  # without a document
        self._live = live
        self._clock = clock
        self._synced: set[str] = set()  # what has been told whole at least once
        self._documents: dict[str, SharedDocument] = {}
        self._manifest = ManifestReplica()
        self._manifest_channel = live.session.open_document(self.room, self._manifest.ledger)
        self._manifest.ledger.attach(self._send_manifest)

    @property
    def documents(self) -> tuple[SharedDocument, ...]:
        """What is open here."""
        return tuple(self._documents.values())

    @property
    def files(self) -> tuple[ProjectFile, ...]:
        """What the project shares, by path."""
        found = [
            ProjectFile(self._name_of(file_id), entry)
            for file_id, entry in self._manifest.files.items()
        ]
        return tuple(sorted(found, key=lambda file: file.entry.path))

    def add(self, replica: TextReplica, entry: FileEntry) -> SharedDocument:
        """Share a text as a new file of the project."""
        file_id = new_file_id()
        document = self._open(self._name_of(file_id), entry, replica, is_own=True)
        self._manifest.add_file(file_id, entry)
        self._live.flush()
        self.files_changed.emit()
        return document

    def reopen(
        self, name: str, entry: FileEntry, replica: TextReplica, *, is_own: bool
    ) -> SharedDocument:
        """Go on with a document that an earlier process had open.

        Raises:
            InvalidName, LocalProtocolError: no document can have that name, or it is open already.
        """
        document = self._open(name, entry, replica, is_own=is_own)
        self._live.flush()
        return document

    async def enter_again(self) -> None:
        """Enter own documents into the manifest if an earlier process did not come to that.

        Raises:
            SessionEnded: the session is over.
        """
        await self.synced()
        self._enter_own()
        self._live.flush()

    async def open_default(self) -> SharedDocument:
        """Open the file that the project names first, as the server has it.

        Raises:
            NothingToOpen: there is none, or it does not open in time.
            SessionEnded: the session is over.
        """
        try:
            async with asyncio.timeout(OPEN_S):
                await self._told(self.room, lambda: self._manifest.default_file is not None)
                file_id = self._manifest.default_file
                assert file_id is not None
                return await self.open_file(self._name_of(file_id))
        except TimeoutError as error:
            raise NothingToOpen from error

    async def open_file(self, name: str) -> SharedDocument:
        """Open a file of the project, or return it if it is open.

        Args:
            name: the document's, as `files` has it.

        Raises:
            NothingToOpen: there is no such file, or it does not open in time.
            SessionEnded: the session is over.
        """
        if name in self._documents:
            return self._documents[name]
        entries = {file.document: file.entry for file in self.files}
        if name not in entries:
            raise NothingToOpen
        document = self._open(name, entries[name], TextReplica(), is_own=False)
        self._live.flush()
        try:
            async with asyncio.timeout(OPEN_S):
                await self._told(document.name, lambda: True)
        except TimeoutError as error:
            self.remove(document)
            raise NothingToOpen from error
        return document

    async def synced(self) -> None:
        """Wait until the manifest is here as the server has it.

        Raises:
            SessionEnded: the session is over.
        """
        await self._told(self.room, lambda: True)

    def remove(self, document: SharedDocument) -> None:
        """Close a document here; its replica goes on as a local text."""
        if self._documents.pop(document.name, None) is not None:
            self._live.session.close_document(document.name)
            document.disconnect_channel()
            self._live.flush()

    def close(self) -> None:
        """Let go of everything, when the session has ended; the replicas go on as local texts."""
        for document in self._documents.values():
            document.disconnect_channel()
        self._documents.clear()
        self._manifest.close()

    def perform(self, effect: SessionEffect) -> None:
        """Do what the session asks for a document; other effects change nothing."""
        match effect:
            case effects.RemoteUpdates(document=name, updates=updates) if name == self.room:
                self._apply_to_manifest(updates)
            case effects.RemoteUpdates(document=name, updates=updates):
                if name in self._documents:
                    self._documents[name].take_updates(updates)
            case effects.DocumentSynced(document=name):
                self._synced.add(name)
                if name in self._documents:
                    self._documents[name].caught_up()
            case effects.ServerState(document=name) if name == self.room:
                self._begin_manifest_anew(effect)
            case effects.ServerState(document=name):
                if name in self._documents:
                    self._documents[name].take_state(effect)
            case effects.PresenceChanged(document=name, people=people):
                if name in self._documents:
                    self._documents[name].take_presence(people)
            case effects.AccessChanged(document=name, is_writable=is_writable):
                if name in self._documents:
                    self._documents[name].take_access(is_writable=is_writable)
            case _:
                pass

    def _open(
        self, name: str, entry: FileEntry, replica: TextReplica, *, is_own: bool
    ) -> SharedDocument:
        document = SharedDocument(
            name=name,
            entry=entry,
            replica=replica,
            facts=replace(self._facts, document=name, shared_as=entry.path),
            is_own=is_own,
            clock=self._clock,
            parent=self,
        )
        document.notice_raised.connect(self.notice_raised)
        document.misbehaved.connect(self._on_misbehaved)
        channel = self._live.session.open_document(
            name,
            replica.ledger,
            author_id=lambda: replica.author_id,
            cursor=document.cursor,
        )
        self._documents[name] = document
        document.connect_channel(channel, self._live.flush)
        return document

    def _name_of(self, file_id: str) -> str:
        return f"{self.room}/f/{file_id}"

    def _send_manifest(self, update: bytes) -> None:
        self._manifest_channel.send_update(update)
        self._live.flush()

    def _apply_to_manifest(self, updates: Sequence[bytes]) -> None:
        try:
            self._manifest.apply(updates)
            self.files_changed.emit()
        except EarlyUpdate:
            self._manifest_channel.ask_again(self._clock())
        except ReplicaError as error:
            logger.error("the project's manifest cannot be read: %s", error.reason)
            self._manifest_channel.give_up()
        except RemoteProtocolError as error:
            self._on_misbehaved(error)

    def _begin_manifest_anew(self, state: effects.ServerState) -> None:
        try:
            self._manifest.rebase(state.state, is_same_history=state.is_same_history)
        except ReplicaError as error:
            logger.error("the project's manifest cannot be read: %s", error.reason)
            self._manifest_channel.give_up()
            return
        except RemoteProtocolError as error:
            self._on_misbehaved(error)
            return
        self._manifest_channel.rebased()
        self._enter_own()
        self.files_changed.emit()

    def _enter_own(self) -> None:
        for document in self._documents.values():
            file_id = document.name.removeprefix(self._name_of(""))
            if document.is_own and file_id not in self._manifest.files:
                self._manifest.add_file(file_id, document.entry)

    async def _told(self, document: str, is_enough: Callable[[], bool]) -> None:
        """Wait until a document has been told whole, and what came is enough."""

        def look(_: SessionEffect) -> bool | None:
            return True if document in self._synced and is_enough() else None

        if not (document in self._synced and is_enough()):
            await self._live.expect(look)

    def _on_misbehaved(self, error: RemoteProtocolError) -> None:
        self._live.session.break_off(error, self._clock())
        self._live.flush()
