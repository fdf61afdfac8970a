"""Updates that would stop the event loop: read by a worker, judged and taken in piece by piece.

```
frame → READING (worker) → JUDGING …pieces… → JUDGED → the gate → TAKING_IN …pieces… → free
        the client waits   the document is busy: whoever else wants it waits
```

A document does not change while an update is judged, and is not asked anything while one is taken
in; between two pieces the loop goes round, so other rooms notice nothing. Once the gate has let an
update in, it is taken in to the end, whatever becomes of its client. Knows no bytes of updates.
Source: PROTOCOL.md §10.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from collab_server.core.effects import ContinueLarge, ReadUpdate
from collab_server.core.states import LargeUpdate
from collab_server.protocol.errors import RemoteProtocolError, TooLarge
from collab_server.protocol.known_state import Judgement
from collab_server.protocol.update_pieces import decode_piece
from collab_server.protocol.updates import UpdateSummary, parse_update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collab_server.core.context import Context
    from collab_server.core.document import LiveDocument
    from collab_server.core.effects import ClientId
    from collab_server.core.states import Client
    from collab_server.protocol.names import DocumentName


class _Phase(Enum):
    JUDGING = "judging"
    JUDGED = "judged"
    TAKING_IN = "taking in"
    FREE = "free"  # those who wait are to be heard


@dataclass(slots=True)
class _Busy:
    """What keeps a document busy."""

    document: LiveDocument
    client: Client
    large: LargeUpdate
    judgement: Judgement
    pieces: deque[bytes]
    phase: _Phase = _Phase.JUDGING
    waiting: list[ClientId] = field(default_factory=list["ClientId"])


class LargeUpdates:
    """Invariant: a busy document has exactly one `ContinueLarge` on its way, or is JUDGED."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._busy: dict[DocumentName, _Busy] = {}

    def is_busy(self, name: DocumentName) -> bool:
        """Tell whether a document is judging or taking in."""
        return name in self._busy

    def must_wait(self, name: DocumentName, client: Client) -> bool:
        """Hold a client until a document is free; false when it is, or busy with this client."""
        busy = self._busy.get(name)
        if busy is None or (busy.client is client and busy.phase is _Phase.JUDGED):
            return False
        client.waits_for = name
        busy.waiting.append(client.id)
        return True

    def summary_of(
        self, client: Client, document: LiveDocument, update: bytes
    ) -> UpdateSummary | LargeUpdate | None:
        """Read an update, in a worker if it is large, and judge it if it is.

        Returns:
            The summary of a small one; a large one that has been judged; None when the client has
            to wait for that, and is to be heard with the same update then.

        Raises:
            RemoteProtocolError: It is none, or one that is too large.
        """
        large = client.large
        if large is None or large.update is not update:
            limits = self._context.config.limits
            if len(update) <= limits.inline_update_bytes:
                most = min(limits.inline_update_items, limits.update_items)
                try:
                    summary = parse_update(update, max_items=most)
                except TooLarge:
                    if most == limits.update_items:
                        raise
                else:
                    document.known.measure(update, summary)
                    return summary
            self._have_read(client, document, update)
            return None
        if large.error is not None:
            client.large = None
            raise large.error
        assert large.outline is not None
        if large.standing is None and not _is_measured(large, large.outline, document):
            self._have_read(client, document, update)
            return None
        if large.standing is None:
            client.waits_for = document.name
            self._busy[document.name] = _Busy(
                document, client, large, Judgement(document.known), deque(large.pieces)
            )
            self._context.effects.append(ContinueLarge(document.name))
            return None
        client.large = None
        return large

    def _have_read(self, client: Client, document: LiveDocument, update: bytes) -> None:
        """Let a worker read an update, as far as it depends on the document as that is now."""
        known = document.known
        measured = (known.types, known.types.version, dict(known.state))
        client.large = LargeUpdate(update, measured=measured)
        client.waits_for = document.name
        most = self._context.config.limits.update_items
        opening = document.openings.get(client.id)
        may_be_stored = opening is not None and opening.writable
        self._context.effects.append(
            ReadUpdate(client.id, update, most, known.measures(), may_be_stored)
        )

    def read(
        self, client: Client, pieces: Sequence[bytes], error: RemoteProtocolError | None
    ) -> bool:
        """Take what a worker has found; tell whether the client still waits for it."""
        large = client.large
        if large is None or large.outline is not None:
            return False
        if error is None:
            large.outline, large.pieces = decode_piece(pieces[0]), tuple(pieces[1:])
        large.error = error
        return True

    def end(self, name: DocumentName, *, is_accepted: bool) -> None:
        """Go on behind the gate: take in what was let in."""
        busy = self._busy[name]
        busy.phase = _Phase.TAKING_IN if is_accepted else _Phase.FREE
        busy.pieces = deque(busy.large.pieces)
        self._context.effects.append(ContinueLarge(name))

    def go_on(self, name: DocumentName) -> list[ClientId]:
        """Look at the next piece; return who is to be heard now."""
        busy = self._busy.get(name)
        if busy is None:
            return []
        if busy.phase is _Phase.JUDGING:
            if self._context.live(busy.client.id) is not busy.client:
                busy.phase = _Phase.FREE
            elif busy.pieces:
                busy.judgement.hear(decode_piece(busy.pieces.popleft()))
            else:
                busy.phase = _Phase.JUDGED
                busy.large.standing = busy.judgement.standing
                return [busy.client.id]
        elif busy.phase is _Phase.TAKING_IN:
            if busy.pieces:
                busy.document.known.advance(decode_piece(busy.pieces.popleft()))
            else:
                busy.phase = _Phase.FREE
        if busy.phase is _Phase.FREE:
            del self._busy[name]
            return busy.waiting
        self._context.effects.append(ContinueLarge(name))
        return []

    def has_been_heard(self, name: DocumentName) -> None:
        """Judge an update again that did not come to the gate at once: its rights were unknown."""
        busy = self._busy.get(name)
        if busy is not None and busy.phase is _Phase.JUDGED:
            busy.large.standing = None
            self.end(name, is_accepted=False)


def _is_measured(large: LargeUpdate, outline: UpdateSummary, document: LiveDocument) -> bool:
    """Tell whether nothing has come since by which an update could stand deeper than was found."""
    assert large.measured is not None
    types, version, state = large.measured
    now = document.known
    if types is not now.types or version != now.types.version:
        return False
    if not (outline.is_nested or now.types):
        return True
    return all(state.get(author) == now.state.get(author) for author in outline.structs)
