"""The short way of nearly every update: the next text of who types on, or one range deleted.

What holds for a connection and its document is looked up once for all that stand at the front of
what it sent; each is then accepted as `Documents` would accept it. Whatever might end in anything
but that is left where it is, for the general way. Knows no doors and no store. Source: PROTOCOL.md
§5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.permissions import READ, WRITE
from collab_server.core.rate_limits import Kind
from collab_server.core.waiting_line import Waiting
from collab_server.protocol.names import room_of
from collab_server.protocol.plain_edits import LONGEST_BYTES, next_text_in, range_in

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Mapping

    from collab_server.core.batches import Batches
    from collab_server.core.context import Context
    from collab_server.core.document import LiveDocument
    from collab_server.core.effects import ClientId
    from collab_server.core.large_updates import LargeUpdates
    from collab_server.core.states import Client
    from collab_server.core.waiting_line import Opening
    from collab_server.protocol.names import DocumentName


class PlainEdits:
    """Invariant: what it takes would have had the same effects on the general way."""

    def __init__(
        self,
        context: Context,
        live: Mapping[DocumentName, LiveDocument],
        batches: Batches,
        large: LargeUpdates,
    ) -> None:
        self._context = context
        self._live = live
        self._batches = batches
        self._large = large
        limits = context.config.limits
        self._longest_bytes = min(
            LONGEST_BYTES, limits.document_frame_bytes, limits.inline_update_bytes
        )

    def hear(
        self, client_id: ClientId, messages: deque[str | bytes], most: int, now_s: float
    ) -> int:
        """Accept the plain edits that come first, at most so many; take them out, tell how many."""
        client = self._context.live(client_id)
        document = None if client is None else self._document_of(client)
        if client is None or document is None:
            return 0
        opening = document.openings[client_id]
        prefix = opening.prefix
        heard = 0
        while messages and heard < most and not client.is_slowed:
            message = messages[0]
            if (
                not isinstance(message, bytes)
                or len(message) > self._longest_bytes
                or not message.startswith(prefix)
                or not self._accept(client, document, opening, message)
            ):
                break
            messages.popleft()
            heard += 1
            self._context.slow(client, Kind.UPDATE, 1.0, now_s)
        if heard:
            opening.writable = True
            opening.foreign_in_a_row = 0
            self._batches.mark(document, now_s)
        return heard

    def _accept(
        self, client: Client, document: LiveDocument, opening: Opening, message: bytes
    ) -> bool:
        assert client.user is not None
        user_id, known, pos = client.user.id, document.known, len(opening.prefix)
        edit = next_text_in(message, pos, known.state)
        if edit is None:
            edit = range_in(message, pos, known.state)
            if edit is None or known.has_deleted(*edit[1:4]):
                return False
        elif document.owners.get(edit[1]) != user_id:
            return False
        at, author_id, from_clock, to_clock, is_text = edit
        item = Waiting(
            client.id,
            opening,
            user_id,
            message[at:],
            statuses=1,
            news={author_id: to_clock - from_clock} if is_text else {},
            message=message[pos:],
        )
        return document.accept_plain(item, len(message) - at, edit, self._context.config.limits)

    def _document_of(self, client: Client) -> LiveDocument | None:
        """Return what a client wrote to last, if it has it, may write to it, and need not wait."""
        name = client.writes_in
        document = None if name is None else self._live.get(name)
        if document is None or self._batches.is_suspended or self._large.is_busy(document.name):
            return None
        opening = document.openings.get(client.id)
        if opening is None or not document.takes_plain_edits(opening):
            return None
        perm = client.perms.get(room_of(document.name), "")
        return document if READ in perm and WRITE in perm else None
