"""Documents in connections: opened, with rights that change, closed, forgotten when idle.

Knows no updates. Source: PROTOCOL.md §5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.answers import Shut, prefix_for
from collab_server.core.context import DeadlineKind
from collab_server.core.document import UNLOAD_AFTER_S
from collab_server.core.effects import Door, Send
from collab_server.core.permissions import WRITE
from collab_server.core.rooms import GRACE_S
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.names import room_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collab_server.core.answers import Answers
    from collab_server.core.batches import Batches
    from collab_server.core.context import Context
    from collab_server.core.document import LiveDocument
    from collab_server.core.document_awareness import DocumentAwareness
    from collab_server.core.rooms import Rooms
    from collab_server.core.states import Client


class Openings:
    """Invariant: a client's `documents` are those that have an opening of it."""

    def __init__(
        self,
        context: Context,
        *,
        rooms: Rooms,
        answers: Answers,
        batches: Batches,
        awareness: DocumentAwareness,
    ) -> None:
        self._context = context
        self._rooms = rooms
        self._answers = answers
        self._batches = batches
        self._awareness = awareness

    def open(self, client: Client, document: LiveDocument, perm: str, now_s: float) -> None:
        """Give a client a document, and tell it which history that is."""
        name = document.name
        self._awareness.begin_keeping_alive(client, now_s)
        document.open(
            client.id,
            writable=self.may_write(perm),
            prefix=prefix_for(client, name),
            hears_statuses=client.door is Door.MAIN,
        )
        if client.is_behind:
            document.audience.keep_back(client.id)
        client.documents.add(name)
        self._rooms.appear(client, room_of(name), now_s)
        self.greet(client, document, perm)

    def close(
        self, client: Client, document: LiveDocument, now_s: float, *, explicit: bool
    ) -> None:
        """Part a client and a document."""
        client.documents.discard(document.name)
        if not document.close(client.id, now_s):
            return
        self._awareness.forget(client, document)
        room = room_of(document.name)
        self._rooms.vanish(client, room, now_s, explicit=explicit)
        if not explicit:
            self._context.deadlines.add(now_s + GRACE_S, DeadlineKind.GRACE, room)
        if document.idle_since_s is not None:
            self.plan_unload(document, now_s + UNLOAD_AFTER_S)

    def shut(self, client: Client, document: LiveDocument, reason: Shut, now_s: float) -> None:
        """Close a document for one client, which goes on with everything else it has."""
        self.close(client, document, now_s, explicit=False)
        self._answers.shut(client, document.name, reason)

    def shut_all(self, document: LiveDocument, now_s: float) -> None:
        """Close a document for everybody: it is opened anew."""
        self.tell(document, "The document has changed on the server and is opened anew", now_s)
        for client in self.clients_of(document):
            self.shut(client, document, Shut.CHANGED, now_s)
        for client_id in document.members():  # who is being closed, and is in the room until then
            self.close(self._context.clients[client_id], document, now_s, explicit=False)

    def plan_unload(self, document: LiveDocument, due_s: float) -> None:
        """See to it that a document is looked at when it may be forgotten."""
        if not document.is_unload_planned:
            document.is_unload_planned = True
            self._context.deadlines.add(due_s, DeadlineKind.UNLOAD, document.name)

    def set_right(self, client: Client, document: LiveDocument, perm: str) -> None:
        """Tell a client which rights it has from now on in a document that it has open."""
        opening = document.openings[client.id]
        self._apply_right(client, document, perm)
        if opening.writable and not client.hears_events:
            # A stock client sends again what was refused only when it is asked.
            self._context.effects.append(Send(client.id, document.question(opening)))

    def greet(self, client: Client, document: LiveDocument, perm: str) -> None:
        """Say which history this is, and what the client may in it."""
        is_suspended = self._batches.is_suspended
        self._answers.greet(client, document.name, document.epoch, perm, is_suspended=is_suspended)

    def may_write(self, perm: str) -> bool:
        """Tell whether letters give the right to write now."""
        return WRITE in perm and not self._batches.is_suspended

    def clients_of(self, document: LiveDocument) -> list[Client]:
        """Return those who have a document open and are not being closed."""
        clients = map(self._context.live, document.members())
        return [client for client in clients if client is not None]

    def tell(self, document: LiveDocument, text: str, now_s: float) -> None:
        """Tell everybody who has a document open what is wrong for the moment."""
        for client in self.clients_of(document):
            self._answers.refuse(client, document.name, ErrorCode.UNAVAILABLE, text, now_s)

    def greet_all(self, documents: Iterable[LiveDocument]) -> None:
        """Tell everybody what may be written, now that the store fails for good or works again."""
        for document in documents:
            for client in self.clients_of(document):
                self._apply_right(client, document, client.perms[room_of(document.name)])

    def ask_all(self, documents: Iterable[LiveDocument]) -> None:
        """Ask for what was refused meanwhile: stock clients do not bring it by themselves."""
        for document in documents:
            for client in self.clients_of(document):
                question = document.question(document.openings[client.id])
                self._context.effects.append(Send(client.id, question))

    def _apply_right(self, client: Client, document: LiveDocument, perm: str) -> None:
        opening = document.openings[client.id]
        opening.writable, opening.told_read_only = self.may_write(perm), False
        self.greet(client, document, perm)
