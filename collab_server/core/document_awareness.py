"""Who says what of themselves in a document, and who hears it.

Knows no rights and no updates. Source: PROTOCOL.md §4 (awareness).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.answers import prefix_for
from collab_server.core.context import DeadlineKind
from collab_server.core.effects import Send
from collab_server.protocol import yjs_frames
from collab_server.protocol.awareness import encode_awareness, split_awareness

if TYPE_CHECKING:
    from collab_server.core.answers import Answers
    from collab_server.core.context import Context
    from collab_server.core.document import LiveDocument
    from collab_server.core.effects import ClientId
    from collab_server.core.states import Client, User
    from collab_server.protocol.awareness import AwarenessEntry

KEEPALIVE_S = 20.0
"""A stock client drops a socket that brings no application message for 30 s."""


class DocumentAwareness:
    """Everybody hears of everybody else who has the document open, once, and of nobody twice."""

    def __init__(self, context: Context, answers: Answers) -> None:
        self._context = context
        self._answers = answers

    def hear(self, client: Client, user: User, document: LiveDocument, payload: bytes) -> None:
        """Pass on what a client says of itself; what it says of others is dropped.

        Raises:
            RemoteProtocolError: It is not what a client says of itself, or too long.
        """
        limits = self._context.config.limits
        said = split_awareness(payload, limits)
        entry = document.awareness.announce(client.id, user, said, limits)
        if entry is not None:
            self._relay(document, entry, client.id)

    def forget(self, client: Client, document: LiveDocument) -> None:
        """Tell the others that a client is no longer there."""
        entry = document.awareness.remove(client.id)
        if entry is not None:
            self._relay(document, entry, client.id)

    def send(self, client: Client, document: LiveDocument) -> None:
        """Tell a client who else is there."""
        there = self.of_others(client, document)
        for frame in there:
            self._context.effects.append(Send(client.id, frame, ephemeral=True))
        if not there:
            self._answers.nobody(client, document.name)

    def of_others(self, client: Client, document: LiveDocument) -> list[bytes]:
        """Return everybody's awareness but one connection's, in frames that every reader takes."""
        most = self._context.config.limits.awareness_entries
        entries = document.awareness.snapshot(without=client.id)
        prefix = prefix_for(client, document.name)
        return [
            prefix + yjs_frames.awareness(encode_awareness(entries[at : at + most]))
            for at in range(0, len(entries), most)
        ]

    def begin_keeping_alive(self, client: Client, now_s: float) -> None:
        """Have a client that opens its first document get a sign of life now and then."""
        if not client.has_keepalive:
            client.has_keepalive = True
            self._context.deadlines.add(now_s + KEEPALIVE_S, DeadlineKind.KEEPALIVE, client.id)

    def keep_alive(self, client: Client, now_s: float) -> None:
        """Send an empty awareness message on a socket that has a document open."""
        client.has_keepalive = bool(client.documents)
        if not client.documents:
            return
        self._answers.nobody(client, min(client.documents))
        self._context.deadlines.add(now_s + KEEPALIVE_S, DeadlineKind.KEEPALIVE, client.id)

    def _relay(self, document: LiveDocument, entry: AwarenessEntry, sender: ClientId) -> None:
        message = yjs_frames.awareness(encode_awareness((entry,)))
        is_ephemeral = entry.state is not None
        document.audience.relay(((sender, message),), self._context.effects, ephemeral=is_ephemeral)
