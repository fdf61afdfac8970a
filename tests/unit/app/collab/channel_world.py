"""A document’s channel, and a server that says what a test wants."""

import json

from app.collab.backoff import Backoff
from app.collab.document_channel import DocumentChannel
from app.collab.document_presence import DocumentPresence
from app.collab.session_effects import (
    RaiseNotice,
    SendFrame,
    SessionEffect,
)
from app.collab.text_replica import TextReplica
from app.model.notices import NoticeKind
from app.model.text_edit import TextEdit
from collab_server.protocol import documents
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document
from collab_server.protocol.updates import EMPTY_UPDATE

DOCUMENT = parse_document("room/f/1")


EMPTY_STATE = b"\x00"


USER: dict[str, object] = {"id": 1, "name": "Ada", "color": "#112233"}


class Channel:
    """A channel, what it asked for, and a server that says what a test tells it to."""

    def __init__(self, text: str = "") -> None:
        self.effects: list[SessionEffect] = []
        self.replica = TextReplica(text)
        self.channel = DocumentChannel(
            DOCUMENT,
            self.replica.ledger,
            DocumentPresence(lambda: self.replica.author_id, lambda: None),
            effects=self.effects,
            limits=Limits(),
            backoff=Backoff(lambda: 0.5, first_s=4.0),
        )
        self.now_s = 100.0
        self.replica.ledger.attach(self.channel.send_update)

    def take(self) -> list[SessionEffect]:
        effects = self.effects[:]
        self.effects.clear()
        return effects

    def sent(self) -> list[documents.ClientFrame]:
        return [
            documents.decode_client_frame(effect.frame, Limits())
            for effect in self.take()
            if isinstance(effect, SendFrame) and isinstance(effect.frame, bytes)
        ]

    def notices(self) -> list[NoticeKind]:
        return [effect.notice.kind for effect in self.take() if isinstance(effect, RaiseNotice)]

    def hear(self, frame: bytes) -> None:
        message = documents.decode_server_frame(frame, Limits())
        self.channel.receive(message, self.now_s)

    def hello(self, epoch: str = "e1", perm: str = "rw") -> None:
        text = json.dumps({"type": "document", "epoch": epoch, "perm": perm})
        self.hear(documents.stateless(DOCUMENT, text))

    def pong(self) -> None:
        """Let the answer come to what was sent before a document is opened again."""
        self.hear(documents.pong(DOCUMENT))

    def status(self, *, saved: bool = True) -> None:
        self.hear(documents.sync_status(DOCUMENT, saved=saved))

    def step1(self, state: bytes = EMPTY_STATE) -> None:
        self.hear(documents.sync_step1(DOCUMENT, state))

    def step2(self, update: bytes = EMPTY_UPDATE) -> None:
        self.hear(documents.sync_step2(DOCUMENT, update))

    def type(self, text: str) -> None:
        self.replica.edit([TextEdit(0, 0, text)], now_ms=0)

    def up(self) -> None:
        self.channel.link_up(USER)

    def live(self) -> None:
        self.up()
        self.hello()
        self.step2()
        self.step1()
        self.status()
        self.channel.tick(self.now_s)
        self.take()


def kinds(frames: list[documents.ClientFrame]) -> list[str]:
    return [
        type(frame.message if isinstance(frame, documents.Sync) else frame).__name__
        for frame in frames
    ]
