"""What store and workers answer about documents, brought to who waits for it.

The transport calls it. Decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.answers import Shut
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.errors import ErrorCode, RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collab_server.core.answers import Answers
    from collab_server.core.context import Context
    from collab_server.core.document import LoadedDocument
    from collab_server.core.documents import Documents
    from collab_server.core.effects import ClientId
    from collab_server.core.requests import Requests
    from collab_server.protocol.names import DocumentName


class DocumentAnswers:
    """Answers of store and workers. Invariant: each comes once for an effect."""

    def __init__(
        self, context: Context, *, documents: Documents, answers: Answers, requests: Requests
    ) -> None:
        self._context = context
        self._documents = documents
        self._answers = answers
        self._requests = requests

    def document_loaded(
        self, name: DocumentName, loaded: LoadedDocument, now_s: float, now_unix_s: float
    ) -> None:
        """Go on with everybody who waited for a document."""
        try:
            waiting = self._documents.loaded(name, loaded, now_s)
        except RemoteProtocolError as error:
            self.document_load_failed(name, error.reason, now_s)
            return
        for client_id in waiting:
            client = self._context.live(client_id)
            if client is not None and client.waits_for == name:
                self._requests.hear_again(client, now_s, now_unix_s)

    def document_load_failed(self, name: DocumentName, reason: str, now_s: float) -> None:
        """Tell everybody who waited that it cannot be opened; it is never an empty one."""
        for client_id in self._documents.load_failed(name):
            client = self._context.live(client_id)
            if client is not None and client.waits_for == name:
                self._requests.give_up(client, f"The document cannot be opened: {reason}", now_s)

    def update_read(
        self,
        client_id: ClientId,
        pieces: Sequence[bytes],
        error: RemoteProtocolError | None,
        now_s: float,
        now_unix_s: float,
    ) -> None:
        """Go on with a large update that a worker has read, or refused."""
        client = self._context.live(client_id)
        if client is not None and self._documents.large.read(client, pieces, error):
            self._requests.hear_again(client, now_s, now_unix_s)

    def update_unread(self, client_id: ClientId, now_s: float) -> None:
        """Close a connection whose update no worker could read."""
        client = self._context.live(client_id)
        if client is not None:
            text = "The update could not be read"
            self._context.refuse(client, ErrorCode.INTERNAL, text, now_s=now_s)
            self._context.close(client, CloseCode.INTERNAL, text)

    def go_on(self, name: DocumentName, now_s: float, now_unix_s: float) -> None:
        """Look at the next piece of a large update."""
        for client_id in self._documents.large.go_on(name):
            client = self._context.live(client_id)
            if client is not None and client.waits_for == name:
                self._requests.hear_again(client, now_s, now_unix_s)
        self._documents.large.has_been_heard(name)

    def has_open(self, client_id: ClientId, name: DocumentName) -> bool:
        """Tell whether a connection has a document open, and so may hear what is in it."""
        client = self._context.live(client_id)
        return client is not None and name in client.documents

    def stored(self, batch: int, now_s: float) -> None:
        """Relay and acknowledge a batch, and send the next when it is due."""
        self._documents.stored(batch)
        self._documents.commit(now_s)

    def store_failed(self, batch: int, reason: str, now_s: float) -> None:
        """Keep a batch that the store refused."""
        self._documents.store_failed(batch, reason, now_s)

    def beacon(self, name: DocumentName, state_vector: bytes, text_sha256: str) -> None:
        """Let everybody who has a document compare it with what the server has."""
        self._documents.beacon(name, state_vector, text_sha256)

    def changed_elsewhere(
        self, name: DocumentName, reason: str, now_s: float, *, refused: int | None = None
    ) -> None:
        """Close a document to which another server has written; the rest of its batch goes on.

        Args:
            name: the document.
            reason: for the log.
            now_s: the hub's clock.
            refused: the batch that the store refused because of it, if that is how it came out.
        """
        self._documents.changed_elsewhere(name, reason, now_s, refused=refused)
        self._documents.commit(now_s)

    def standing_of(self, name: DocumentName) -> tuple[str, int, bytes] | None:
        """Return a document's epoch, last number and digest, if all of it is stored."""
        document = self._documents.settled(name)
        if document is None:
            return None
        return document.epoch, document.seq, document.known.digest()

    def sync_failed(
        self, client_id: ClientId, name: DocumentName, reason: str, now_s: float
    ) -> None:
        """Close a document whose view cannot be made for a client."""
        client = self._context.live(client_id)
        if client is not None:
            text = f"The document cannot be read: {reason}"
            self._answers.refuse(client, name, ErrorCode.INTERNAL, text, now_s)
            self._documents.shut(client, name, Shut.INTERNAL, now_s)
