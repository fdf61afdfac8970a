"""The open documents of a session: which channel gets which frame, and where the own changes are.

What was closed on this connection has a fence: frames that were under way to it are nobody's, also
when it is opened again. Pure, as the session. Source: PROTOCOL.md §5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.collab.backoff import Backoff
from app.collab.document_channel import DocumentChannel
from app.collab.document_presence import DocumentPresence
from app.model.connection import SavePhase, SaveState
from collab_server.protocol.documents import Pong, decode_server_frame
from collab_server.protocol.errors import LocalProtocolError
from collab_server.protocol.names import parse_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.collab.document_port import DocumentPort
    from app.collab.session_effects import SessionEffect
    from collab_server.protocol.limits import Limits
    from collab_server.protocol.names import DocumentName


class DocumentDesk:
    """Invariant: a document is open once; fences are of this connection."""

    def __init__(
        self, effects: list[SessionEffect], *, limits: Limits, random: Callable[[], float]
    ) -> None:
        self._effects = effects
        self._limits = limits
        self._random = random  # 0 <= random() < 1
        self._channels: dict[DocumentName, DocumentChannel] = {}
        self._fences: dict[DocumentName, int] = {}  # of what was closed on this connection
        self._user: dict[str, object] = {}  # what awareness says of us

    def open(
        self,
        document: str,
        port: DocumentPort,
        author_id: Callable[[], int],
        cursor: Callable[[], dict[str, object] | None] | None,
        *,
        is_live: bool,
    ) -> DocumentChannel:
        """Open a document, at once while the session is live, and on every later connection.

        Raises:
            InvalidName: it is no document's name.
            LocalProtocolError: it is open already.
        """
        name = parse_document(document)
        if name in self._channels:
            raise LocalProtocolError("the document is open already")
        channel = DocumentChannel(
            name,
            port,
            DocumentPresence(author_id, cursor),
            effects=self._effects,
            limits=self._limits,
            backoff=Backoff(self._random, first_s=4.0),
        )
        self._channels[name] = channel
        if is_live:
            channel.link_up(self._user, self._fences.pop(name, None))
        return channel

    def close(self, document: str, *, is_live: bool) -> None:
        """Close a document; it is not opened again."""
        name = parse_document(document)
        channel = self._channels.pop(name, None)
        if channel is not None:
            channel.part()
            if is_live:
                self._fences[name] = channel.fence

    def part(self) -> None:
        """Tell the server that all are closed here."""
        for channel in self._channels.values():
            channel.part()

    def link_up(self, user: dict[str, object]) -> None:
        """Open all on a new connection, as this user."""
        self._user = user
        for channel in self._channels.values():
            channel.link_up(user)

    def link_down(self) -> None:
        """Forget the connection."""
        self._fences.clear()
        for channel in self._channels.values():
            channel.link_down()

    def due_s(self) -> float | None:
        """Return when `tick` should be called next; None for never."""
        dues = [channel.due_s() for channel in self._channels.values()]
        return min([due for due in dues if due is not None], default=None)

    def tick(self, now_s: float) -> None:
        """Do what is due."""
        for channel in self._channels.values():
            channel.tick(now_s)

    def receive(self, frame: bytes, now_s: float) -> None:
        """Take in a binary frame of the server.

        Raises:
            RemoteProtocolError: it breaks the protocol.
        """
        message = decode_server_frame(frame, self._limits)
        channel = self._channels.get(message.document)
        if channel is not None:
            channel.receive(message, now_s)
        elif isinstance(message, Pong) and self._fences.get(message.document):
            self._fences[message.document] -= 1

    def save_state(self, *, is_live: bool) -> SaveState:
        """Return where the own changes are, while the session is live or is not."""
        unsaved = sum([channel.unsaved_count for channel in self._channels.values()])
        phase = SavePhase.SAVED
        if unsaved:
            refused = any(
                channel.is_refused and channel.unsaved_count for channel in self._channels.values()
            )
            phase = SavePhase.SAVING if is_live else SavePhase.WAITING
            phase = SavePhase.REFUSED if refused else phase
        return SaveState(phase, unsaved)
