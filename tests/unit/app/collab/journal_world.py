"""A text with a journal in memory, for the tests of journals."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.collab.journal import TextJournal
from app.collab.journal_records import (
    JournalContent,
    read_journal,
)
from app.collab.text_replica import TextReplica
from app.model.kept_text import SessionFacts, TextFacts
from app.model.text_edit import TextEdit

FACTS = TextFacts("notes.txt", "/home/ada/notes.txt", eol="crlf", digest="ab" * 32)
SESSION = SessionFacts("ws://127.0.0.1:1/ws", "room", "room/f/1", "guest:1", "Ada", "secret-id")


@dataclass
class MemorySink:
    data: bytes = b""
    is_whole: bool = True
    syncs: int = 0
    replaced: int = 0
    is_closed: bool = False

    def append(self, record: bytes) -> None:
        if self.is_whole:
            self.data += record

    def replace(self, pieces: Sequence[bytes]) -> None:
        self.data, self.is_whole = b"".join(pieces), True
        self.replaced += 1

    def sync(self) -> None:
        self.syncs += 1

    def discard(self) -> None:
        self.data = b""

    def close(self) -> None:
        self.is_closed = True


class Desk:
    """A replica with a journal, and what comes back from it."""

    def __init__(self, text: str = "", facts: TextFacts = FACTS) -> None:
        self.replica = TextReplica(text)
        self.sink = MemorySink()
        self.journal = TextJournal(self.replica.ledger, self.sink, facts)

    def type(self, text: str, at: int = 0) -> bytes:
        update = self.replica.edit([TextEdit(at, 0, text)], now_ms=0)
        assert update is not None
        return update

    def share(self) -> list[bytes]:
        sent: list[bytes] = []
        self.replica.ledger.attach(sent.append)
        return sent

    def content(self) -> JournalContent:
        return read_journal(self.sink.data)

    def restored(self) -> TextReplica:
        content, replica = self.content(), TextReplica()
        replica.apply(content.history)
        replica.ledger.restore(content.pending, epoch=content.epoch)
        return replica
