"""A project's table of files, shared: the room's own document, as PROTOCOL.md §6 lays it out.

Knows neither pycrdt nor frames nor disks. The root map `files` holds a JSON object for each file
id, and under `default` the id of the file that opens first. What others wrote is foreign: an entry
that does not fit is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.collab.crdt import CrdtMap, diff, merge
from app.collab.errors import EarlyUpdate, ReplicaBroken
from app.collab.sync_ledger import SyncLedger
from app.model.project import DEFAULT_KEY, FileEntry, default_of, files_of
from collab_server.protocol.errors import MalformedUpdate
from collab_server.protocol.known_state import Standing
from collab_server.protocol.updates import parse_update

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROOT = "files"


class ManifestReplica:
    """A project's manifest with its history, in this process.

    Invariant: between calls the ledger's log is what the CRDT was made of.
    """

    def __init__(self) -> None:
        self.ledger = SyncLedger(merge=merge, diff=diff)
        self._crdt = CrdtMap(_ROOT)

    @property
    def files(self) -> dict[str, FileEntry]:
        """The files by their ids, only those with a lawful entry."""
        return files_of(self._crdt.read())

    @property
    def default_file(self) -> str | None:
        """The id of the file that opens first; None when there is none to open."""
        return default_of(self._crdt.read())

    def add_file(self, file_id: str, entry: FileEntry) -> None:
        """Add a file, or say something new of one; the first one becomes the default.

        Raises:
            ReplicaBroken: the library failed. Nothing has changed.
        """
        values: dict[str, object] = {file_id: entry.to_wire()}
        if self.default_file is None:
            values[DEFAULT_KEY] = file_id
        try:
            self._crdt.write(values)
        except ReplicaBroken:
            self._rebuild()
            raise
        update = self._crdt.take_update()
        assert update is not None, "setting a key makes an update, also with the same value"
        self.ledger.note_own(update)

    def apply(self, updates: Sequence[bytes]) -> None:
        """Take in updates of others, in order.

        Raises:
            RemoteProtocolError: no Yjs client makes these bytes. Nothing has changed.
            EarlyUpdate: one stands on something that has not arrived; those before it are in.
            ReplicaBroken: the library failed on one, or would on its nested types; those
                before it are in.
        """
        summaries = [parse_update(update) for update in updates]
        for update, summary in zip(updates, summaries, strict=True):
            standing = self.ledger.known.classify(summary)
            if standing is Standing.EARLY:
                raise EarlyUpdate("an update came before what it stands on")
            if standing is Standing.NEW:
                try:
                    self.ledger.known.measure(update, summary)
                    self._crdt.apply(update)
                except MalformedUpdate as error:
                    raise ReplicaBroken(error.reason) from error
                except ReplicaBroken:
                    self._rebuild()
                    raise
                self.ledger.note_foreign(update, summary)

    def rebase(self, state: bytes, *, is_same_history: bool) -> None:
        """Go on with a server's history in place of this one.

        Args:
            state: everything that the server has, as one update.
            is_same_history: whether what was entered here, and is not there, is entered again.

        Raises:
            RemoteProtocolError: no Yjs client makes these bytes. Nothing has changed.
            ReplicaBroken: the library failed. Nothing has changed.
        """
        summary = parse_update(state)
        theirs = CrdtMap(_ROOT)
        theirs.apply(state)
        mine = self.files if is_same_history else {}
        self._crdt.close()
        self._crdt = theirs
        self.ledger.begin_anew(state, summary)
        for file_id, entry in mine.items():
            if file_id not in self.files:
                self.add_file(file_id, entry)

    def close(self) -> None:
        """Let go of the CRDT."""
        self._crdt.close()
        self.ledger.detach()

    def _rebuild(self) -> None:
        self._crdt.close()
        self._crdt = CrdtMap(_ROOT)
        for update in self.ledger.history():
            self._crdt.apply(update)
