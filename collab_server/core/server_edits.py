"""What the server itself writes into documents for clients: first texts, and versions restored.

Does not know who may do that, and no versions. Source: PROTOCOL.md §5 and §6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import DocumentCreate, DocumentCreated, encode_event
from collab_server.protocol.known_state import Standing
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.names import room_of
from collab_server.protocol.updates import encode_text, parse_update

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collab_server.core.batches import Batches
    from collab_server.core.context import Context
    from collab_server.core.document import LiveDocument
    from collab_server.core.refusals import Refusals
    from collab_server.core.states import Client
    from collab_server.protocol.names import DocumentName


class ServerEdits:
    """Invariant: what is written here is new to its document, and by an author that it has not."""

    def __init__(
        self,
        context: Context,
        live: Mapping[DocumentName, LiveDocument],
        batches: Batches,
        refusals: Refusals,
    ) -> None:
        """Write into the documents that are in memory, as they come and go."""
        self._context = context
        self._live = live
        self._batches = batches
        self._refusals = refusals

    def create(self, client: Client, event: DocumentCreate, now_s: float) -> None:
        """Let a document exist, with a text or without; one that exists stays what it is."""
        document = self._live[event.document]
        created = not document.exists
        reply = DocumentCreated(
            document=event.document, epoch=document.epoch, created=created, re=event.id
        )
        if not created:
            self._context.tell(client, reply)
            return
        limits = self._context.config.limits
        if len(event.text.encode()) > limits.document_text_bytes:
            self._refusals.larger(client, document, event.id, now_s)
            return
        if not event.text and not self._batches.is_suspended:
            assert client.user is not None
            document.begin(client.id, client.user.id, encode_event(reply))
            self._batches.mark(document, now_s)
            return
        author_id = self.new_author_id(document)
        update = encode_text(author_id, "content", event.text)  # strict JSON: no half pairs
        if not self.write(client, event.document, update, encode_event(reply), now_s):
            text = "The server cannot save right now"
            room = room_of(document.name)
            self._context.refuse(
                client, ErrorCode.UNAVAILABLE, text, room=room, re=event.id, now_s=now_s
            )

    def write(
        self, client: Client, name: DocumentName, update: bytes, reply: str, now_s: float
    ) -> bool:
        """Write an update that was made here for a client, and reply once it is stored.

        Returns:
            Whether it was accepted: not while the store fails, or when the document has gone.
        """
        document = self._live.get(name)
        assert client.user is not None
        if document is None or self._batches.is_suspended:
            return False
        summary = parse_update(update, max_items=UNLIMITED)
        if document.known.classify(summary) is not Standing.NEW:
            return False
        document.write(client.id, client.user.id, update, summary, reply)
        self._batches.mark(document, now_s)
        return True

    def new_author_id(self, document: LiveDocument) -> int:
        """Return an author id that no history of the document knows, as Yjs makes them."""
        while True:
            author_id = int(self._context.new_id()[:8], 16)
            if (
                author_id
                and author_id not in document.owners
                and author_id not in document.former_authors
                and author_id not in document.known.state
            ):
                return author_id
