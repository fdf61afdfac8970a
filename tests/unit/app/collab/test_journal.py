import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.collab.journal import TextJournal
from app.collab.journal_records import (
    MAGIC,
    JournalContent,
    JournalUnreadable,
    RecordKind,
    read_journal,
    record,
)
from app.collab.text_replica import TextReplica
from app.model.kept_text import SessionFacts, TextFacts
from app.model.text_edit import TextEdit
from collab_server.protocol.updates import parse_update

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


def test_a_text_that_nobody_changed_leaves_nothing_on_the_disk() -> None:
    desk = Desk("a file's text")

    desk.journal.mark_saved(FACTS)
    desk.journal.describe(replace(FACTS, name="other.txt"))
    desk.share()
    desk.replica.ledger.note_epoch("e1")
    desk.replica.ledger.acknowledge(1)
    desk.replica.ledger.detach()

    assert desk.sink == MemorySink()
    assert not desk.journal.has_begun


def test_with_the_first_key_everything_is_there() -> None:
    desk = Desk("before 😀\n")

    desk.type("naïve e\u0301 ")

    assert desk.restored().text == "naïve e\u0301 before 😀\n"
    assert desk.content().facts == FACTS
    assert not desk.content().is_saved


def test_every_key_is_one_record_more() -> None:
    desk = Desk()
    desk.type("a")
    before = desk.sink.data

    update = desk.type("b", at=1)

    assert desk.sink.data == before + record(RecordKind.HISTORY, update)
    assert desk.sink.replaced == 1


def test_what_others_type_is_kept_too_once_it_has_begun() -> None:
    desk, other = Desk(), TextReplica("theirs")
    desk.replica.apply(other.ledger.history())
    assert desk.sink.data == b""

    desk.type("mine ")
    other.apply([desk.replica.ledger.history()[-1]])
    update = other.edit([TextEdit(0, 0, "more, ")], now_ms=0)
    assert update is not None
    desk.replica.apply([update])

    assert desk.restored().text == "more, mine theirs"
    assert desk.content().pending == []


def test_a_save_is_written_down_and_hurried_to_the_disk() -> None:
    desk = Desk()
    desk.type("a")
    saved = replace(FACTS, digest="cd" * 32)

    desk.journal.mark_saved(saved)

    assert desk.content().is_saved
    assert desk.content().facts == saved
    assert desk.sink.syncs == 2
    desk.type("b")
    assert not desk.content().is_saved


def test_what_the_server_has_not_acknowledged_comes_back_as_pending() -> None:
    desk = Desk("shared as it is")
    desk.journal.begin()
    sent = desk.share()
    desk.journal.describe(replace(FACTS, session=SESSION))
    desk.replica.ledger.note_epoch("e1")
    desk.replica.ledger.note_epoch("e1")
    first, second = desk.type("1"), desk.type("2")
    assert desk.content().pending == [None, first, second]

    desk.replica.ledger.acknowledge(2)

    assert sent == [first, second]
    assert desk.content().pending == [second]
    assert desk.content().epoch == "e1"
    assert desk.content().facts.session == SESSION
    restored = desk.restored()
    assert (restored.ledger.pending_count, restored.ledger.epoch) == (1, "e1")


def test_a_restored_text_has_another_author_and_sends_what_is_missing() -> None:
    desk = Desk()
    desk.share()
    desk.type("acknowledged ")
    desk.replica.ledger.acknowledge(1)
    server = TextReplica()
    server.apply(desk.replica.ledger.history())
    desk.type("waiting ")

    restored = desk.restored()
    typed_before = restored.edit([TextEdit(0, 0, "typed at once ")], now_ms=0)
    sent: list[bytes] = []
    restored.ledger.attach(sent.append)

    assert typed_before is not None
    assert restored.author_id != desk.replica.author_id
    assert restored.ledger.pending_count == 2
    server.apply([restored.ledger.answer_step1(server.ledger.state_vector())])
    assert server.text == restored.text == "typed at once waiting acknowledged "


def test_a_text_that_is_no_longer_shared_has_nothing_pending_and_no_epoch() -> None:
    desk = Desk()
    desk.share()
    desk.type("a")
    desk.replica.ledger.note_epoch("e1")

    desk.replica.ledger.detach()

    assert (desk.content().pending, desk.content().epoch) == ([], None)
    desk.type("b")
    assert desk.content().pending == []
    desk.share()
    assert desk.content().pending == [None]


def test_a_long_journal_is_written_anew_and_says_the_same() -> None:
    desk = Desk()
    desk.share()
    desk.type("x" * 200_000)
    desk.replica.ledger.note_epoch("e1")
    desk.replica.ledger.acknowledge(1)
    last: list[bytes] = [desk.type("y" * 30_000) for _ in range(20)]
    written = desk.sink.replaced

    assert 2 <= written <= 5
    assert desk.restored().text == desk.replica.text
    assert desk.content().pending == last
    assert desk.content().epoch == "e1"


def test_another_history_takes_the_place_of_the_one_before() -> None:
    desk, server = Desk("mine"), TextReplica("theirs")
    desk.share()
    desk.type("a")
    update = server.ledger.history()[0]

    desk.replica.ledger.begin_anew(update, parse_update(update))

    assert desk.content().history == [update]
    assert desk.content().pending == []


def test_another_history_of_a_text_without_a_journal_begins_none() -> None:
    desk, server = Desk("mine"), TextReplica("theirs")
    update = server.ledger.history()[0]

    desk.replica.ledger.begin_anew(update, parse_update(update))

    assert not desk.journal.has_begun


def test_what_a_full_disk_has_lost_is_written_when_there_is_room() -> None:
    desk = Desk()
    desk.type("a")
    desk.sink.is_whole = False
    desk.type("b", at=1)
    assert not desk.journal.is_whole

    desk.journal.mend()
    desk.journal.mend()

    assert desk.restored().text == "ab"
    assert desk.sink.replaced == 2


def test_a_forgotten_journal_begins_again_with_the_next_key() -> None:
    desk = Desk()
    desk.type("a")

    desk.journal.forget()

    assert desk.sink.data == b""
    desk.type("b")
    assert desk.restored().text == "ba"


def test_a_closed_journal_hears_nothing_more() -> None:
    desk = Desk()
    desk.type("a")
    before = desk.sink.data

    desk.journal.close()
    desk.type("b")

    assert desk.sink.data == before
    assert desk.sink.is_closed


def test_a_journal_is_begun_once() -> None:
    desk = Desk("text")

    desk.journal.begin()
    desk.journal.begin()

    assert desk.sink.replaced == 1
    assert desk.content().is_saved


def test_a_journal_goes_on_where_an_earlier_process_stopped() -> None:
    desk = Desk()
    desk.type("a")
    replica = desk.restored()
    replica.ledger.detach()
    sink = MemorySink(desk.sink.data)

    TextJournal(replica.ledger, sink, FACTS, written_bytes=len(sink.data), is_saved=False)
    replica.edit([TextEdit(1, 0, "b")], now_ms=0)

    assert sink.replaced == 0
    again = TextReplica()
    again.apply(read_journal(sink.data).history)
    assert again.text == "ab"


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_record_that_was_cut_off_is_left_out_and_no_damage(cut: int) -> None:
    desk = Desk()
    desk.type("a")
    whole = len(desk.sink.data)
    desk.type("b")
    written = len(desk.sink.data) - whole
    cut = min(cut, written)

    content = read_journal(desk.sink.data[: len(desk.sink.data) - cut])

    assert (len(content.history), content.is_damaged, content.size_bytes) == (1, False, whole)


@pytest.mark.parametrize("zeros", [1, 9, 4096])
def test_zeros_that_a_disk_gives_for_what_never_reached_it_are_no_damage(zeros: int) -> None:
    desk = Desk()
    desk.type("a")

    content = read_journal(desk.sink.data + bytes(zeros))

    assert (len(content.history), content.is_damaged) == (1, False)


def test_a_changed_byte_ends_what_can_be_read_and_is_told() -> None:
    desk = Desk()
    desk.type("a")
    whole = len(desk.sink.data)
    desk.type("b")
    desk.type("c")
    data = bytearray(desk.sink.data)
    data[whole + 12] ^= 1

    content = read_journal(bytes(data))

    assert (len(content.history), content.is_damaged, content.size_bytes) == (1, True, whole)


@pytest.mark.parametrize(
    "odd",
    [
        record(RecordKind.ACKNOWLEDGED, b"\1"),
        record(RecordKind.EPOCH, b"\xff"),
        record(RecordKind.FACTS, b"{}"),
        record(RecordKind.FACTS, b'{"name":1}'),
        record(RecordKind.FACTS, b'{"name":"n","digest":"no digest"}'),
        record(RecordKind.FACTS, b'{"name":"n","path":"/a\\u0000b"}'),
        record(RecordKind.FACTS, b"[" * 100_000),
        record(99, b""),  # type: ignore[arg-type]
    ],
)
def test_a_record_that_says_nothing_is_damage(odd: bytes) -> None:
    desk = Desk()
    desk.type("a")

    content = read_journal(desk.sink.data + odd + record(RecordKind.SAVED, b""))

    assert (content.is_damaged, content.is_saved) == (True, False)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 100,
        MAGIC,
        MAGIC + b"\1\2",
        MAGIC + record(RecordKind.HISTORY, b"\0\0"),
        MAGIC + record(RecordKind.FACTS, b"no JSON"),
    ],
)
def test_what_does_not_say_what_it_is_of_cannot_be_read(data: bytes) -> None:
    with pytest.raises(JournalUnreadable):
        read_journal(data)


def test_a_parked_journal_goes_when_the_server_has_everything() -> None:
    desk = Desk()
    desk.share()
    desk.type("a")
    desk.type("b")

    desk.journal.park()
    desk.replica.ledger.acknowledge(1)
    assert len(desk.content().pending) == 1
    desk.replica.ledger.acknowledge(2)

    assert desk.sink.data == b""
    assert desk.sink.is_closed


def test_a_parked_journal_stays_when_the_session_ends_before() -> None:
    desk = Desk()
    desk.share()
    update = desk.type("a")

    desk.journal.park()
    desk.replica.ledger.detach()

    assert desk.content().pending == [update]
    assert desk.sink.is_closed


def test_a_journal_without_anything_pending_is_not_parked_but_gone() -> None:
    desk = Desk()
    desk.journal.begin()

    desk.journal.park()

    assert desk.sink.data == b""


def test_a_file_whose_name_is_no_utf_8_has_a_journal_too() -> None:
    path = os.fsdecode(b"/home/ada/caf\xe9.txt")
    desk = Desk(facts=TextFacts(Path(path).name, path))

    desk.type("a")

    assert desk.content().facts.path == path
    assert desk.restored().text == "a"
