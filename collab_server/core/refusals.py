"""What follows when something about a document is refused: an answer, and sometimes its closing.

Decides nothing about what is refused. Source: PROTOCOL.md §5 and §9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from collab_server.core.answers import Shut
from collab_server.core.document import Verdict
from collab_server.core.effects import Announce, Door, Level, Send
from collab_server.protocol import documents as frames
from collab_server.protocol.errors import ErrorCode, TooLarge
from collab_server.protocol.names import room_of

if TYPE_CHECKING:
    from collab_server.core.answers import Answers
    from collab_server.core.batches import Batches
    from collab_server.core.context import Context
    from collab_server.core.document import LiveDocument
    from collab_server.core.openings import Openings
    from collab_server.core.states import Client
    from collab_server.protocol.errors import RemoteProtocolError
    from collab_server.protocol.event_base import RequestId
    from collab_server.protocol.names import DocumentName


class Refusals:
    """Every refusal is told to its client, in the words of its door."""

    def __init__(
        self, context: Context, answers: Answers, openings: Openings, batches: Batches
    ) -> None:
        self._context = context
        self._answers = answers
        self._openings = openings
        self._batches = batches

    def tell(self, client: Client, document: LiveDocument, verdict: Verdict, now_s: float) -> None:
        """Say what a verdict of the gate means that its statuses do not say."""
        match verdict:
            case Verdict.ACCEPTED | Verdict.ACKNOWLEDGED | Verdict.ASKED_AGAIN:
                return
            case Verdict.FOREIGN:
                return  # the document has said why
            case Verdict.GIVEN_UP:
                self._give_up(client, document, now_s)
            case Verdict.OTHER_EPOCH:
                self.epoch(client, document, None, now_s)
            case Verdict.READ_ONLY:
                self._read_only(client, document, now_s)
            case Verdict.TOO_LARGE:
                self.larger(client, document, None, now_s)
            case Verdict.OVERLOADED:
                self._for_now(client, document, now_s)
            case _:
                assert_never(verdict)

    def larger(
        self, client: Client, document: LiveDocument, re: RequestId | None, now_s: float
    ) -> None:
        """Refuse what would make a document too large."""
        text = "The document would become too large"
        if client.door is Door.YJS:
            self._openings.shut(client, document, Shut.TOO_LARGE, now_s)
        elif re is None:
            self._answers.refuse(client, document.name, ErrorCode.LIMIT_EXCEEDED, text, now_s)
        else:
            code, room = ErrorCode.LIMIT_EXCEEDED, room_of(document.name)
            self._context.refuse(client, code, text, room=room, re=re, now_s=now_s)

    def epoch(self, client: Client, document: LiveDocument, perm: str | None, now_s: float) -> None:
        """Keep out a replica of a history that was ended; it learns which one is meant now."""
        if perm is not None:
            self._openings.greet(client, document, perm)
        self._answers.deny(client, document.name, now_s, Shut.EPOCH)
        self._openings.shut(client, document, Shut.EPOCH, now_s)

    def malformed(
        self, client: Client, document: LiveDocument, error: RemoteProtocolError, now_s: float
    ) -> None:
        """Close a document for a client that sent what no Yjs client sends."""
        text = f"refused a frame of {document.name}: {error.reason}"
        self._context.effects.append(Announce(Level.WARNING, text, client=client.id))
        said = f"Not what a Yjs client sends: {error.reason}"
        is_large = isinstance(error, TooLarge)
        code = ErrorCode.TOO_LARGE if is_large else ErrorCode.BAD_REQUEST
        self._answers.refuse(client, document.name, code, said, now_s)
        reason = Shut.TOO_LARGE if is_large else Shut.MALFORMED
        self._openings.shut(client, document, reason, now_s)

    def unopened(self, client: Client, name: DocumentName, now_s: float) -> None:
        """Refuse an update of a document that its client has not opened."""
        if client.door is Door.YJS:  # a stock client begins with a step 1
            self._answers.shut(client, name, Shut.MALFORMED)
            return
        self._context.effects.append(Send(client.id, frames.sync_status(name, saved=False)))
        text = "Open the document by a sync step 1 first"
        self._answers.refuse(client, name, ErrorCode.NOT_IN_ROOM, text, now_s)

    def _give_up(self, client: Client, document: LiveDocument, now_s: float) -> None:
        is_foreign = document.openings[client.id].foreign_in_a_row > 0
        what = "under another user's author id" if is_foreign else "too early"
        text = f"updates of {document.name} came {what}"
        self._context.effects.append(Announce(Level.WARNING, text, client=client.id))
        reason = Shut.FOREIGN if is_foreign else Shut.EARLY
        self._openings.shut(client, document, reason, now_s)

    def _read_only(self, client: Client, document: LiveDocument, now_s: float) -> None:
        opening = document.openings[client.id]
        if opening.told_read_only:
            return
        opening.told_read_only = True
        if self._batches.is_suspended:
            self._for_now(client, document, now_s)
            return
        text = "You may read this document, not change it"
        self._answers.refuse(client, document.name, ErrorCode.READ_ONLY, text, now_s)

    def _for_now(self, client: Client, document: LiveDocument, now_s: float) -> None:
        """Refuse what may be stored later; a stock client is asked for it then."""
        if client.door is Door.YJS:
            if not self._batches.is_suspended:
                self._openings.shut(client, document, Shut.UNAVAILABLE, now_s)
            return
        text = "The server cannot save right now; keep your changes and try again"
        self._answers.refuse(client, document.name, ErrorCode.UNAVAILABLE, text, now_s)
