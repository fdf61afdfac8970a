"""Who reads more slowly than it is written to, and how it catches up.

A slow reader gets no updates of documents until everything is written that waits for it; then it
gets what it has missed of each in one piece, and the latest carets. What is stored in rooms is
never kept back. Does not know how much is too much. Source: PROTOCOL.md §10 (outbox policy).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.answers import prefix_for
from collab_server.core.effects import CatchUp

if TYPE_CHECKING:
    from collab_server.core.context import Context
    from collab_server.core.documents import Documents
    from collab_server.core.effects import ClientId


class SlowReaders:
    """Invariant: who is behind is kept back in every document that it has open."""

    def __init__(self, context: Context, documents: Documents) -> None:
        self._context = context
        self._documents = documents

    def fall_behind(self, client_id: ClientId) -> None:
        """Keep back from a connection what can be said more briefly later."""
        client = self._context.live(client_id)
        if client is None:
            return
        client.is_behind = True
        for name in client.documents:
            document = self._documents.live(name)
            assert document is not None
            document.audience.keep_back(client_id)

    def catch_up(self, client_id: ClientId) -> None:
        """Tell a connection what was kept back from it."""
        client = self._context.live(client_id)
        if client is None or not client.is_behind:
            return
        client.is_behind = False
        for name in sorted(client.documents):
            document = self._documents.live(name)
            assert document is not None
            state = document.audience.catch_up(client_id)
            if state is not None:
                prefix = prefix_for(client, name)
                self._context.effects.append(CatchUp(client_id, name, state, prefix))
            self._documents.send_awareness(client, name)
