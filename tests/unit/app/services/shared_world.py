"""A shared document and a peer, for the tests of it."""

from typing import TYPE_CHECKING

from app.collab.backoff import Backoff
from app.collab.caret_log import caret_from_wire
from app.collab.document_channel import DocumentChannel
from app.collab.document_presence import DocumentPresence
from app.collab.session_effects import RemotePresence, SendFrame, SessionEffect
from app.collab.text_replica import TextReplica
from app.model.project import FileEntry
from app.model.text_edit import TextEdit
from app.services.shared_document import SharedDocument
from collab_server.protocol import documents
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document
from tests.support.sessions import FACTS

if TYPE_CHECKING:
    from app.model.notices import Notice
    from app.model.participants import RemoteCaret
    from collab_server.protocol.errors import RemoteProtocolError

NAME = parse_document("room/f/1")


class Desk:
    """A shared document, a peer's replica, and what happened."""

    def __init__(self, text: str = "some text\n") -> None:
        self.peer = TextReplica(text)
        self.replica = TextReplica()
        self.replica.apply(self.peer.ledger.history())
        self.now_s = 100.0
        self.document = SharedDocument(
            name=NAME,
            facts=FACTS,
            is_own=False,
            entry=FileEntry("main.py"),
            replica=self.replica,
            clock=lambda: self.now_s,
        )
        self.edits: list[list[TextEdit]] = []
        self.carets: list[tuple[RemoteCaret, ...]] = []
        self.notices: list[Notice] = []
        self.faults: list[RemoteProtocolError] = []
        self.access: list[bool] = []
        self.document.remote_edited.connect(self.edits.append)
        self.document.carets_changed.connect(self.carets.append)
        self.document.notice_raised.connect(self.notices.append)
        self.document.misbehaved.connect(self.faults.append)
        self.document.access_changed.connect(self.access.append)
        self.effects: list[SessionEffect] = []
        self.flushes = 0
        self.channel = DocumentChannel(
            NAME,
            self.replica.ledger,
            DocumentPresence(lambda: self.replica.author_id, self.document.cursor),
            effects=self.effects,
            limits=Limits(),
            backoff=Backoff(lambda: 0.5),
        )
        self.document.connect_channel(self.channel, self._flush)
        self.channel.link_up({})
        hello = '{"type":"document","epoch":"e","perm":"rw"}'
        for frame in (
            documents.stateless(NAME, hello),
            documents.sync_step2(NAME, b"\x00\x00"),
            documents.sync_step1(NAME, self.replica.ledger.state_vector()),
        ):
            self.channel.receive(documents.decode_server_frame(frame, Limits()), self.now_s)
        self.effects.clear()

    def typed(self, at: int, text: str, removed: int = 0) -> bytes:
        update = self.peer.edit([TextEdit(at, removed, text)], now_ms=0)
        assert update is not None
        return update

    def presence(self, caret: dict[str, object] | None) -> RemotePresence:
        wire = caret_from_wire(caret)
        return RemotePresence(self.peer.author_id, "7", "Grace", "#123456", wire)

    def frames(self) -> list[str]:
        sent = [
            documents.decode_client_frame(effect.frame, Limits())
            for effect in self.effects
            if isinstance(effect, SendFrame) and isinstance(effect.frame, bytes)
        ]
        self.effects.clear()
        return [
            type(frame.message if isinstance(frame, documents.Sync) else frame).__name__
            for frame in sent
        ]

    def _flush(self) -> None:
        self.flushes += 1
