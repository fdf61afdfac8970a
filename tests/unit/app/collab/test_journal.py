import os
from dataclasses import replace
from pathlib import Path

from app.collab.journal import TextJournal
from app.collab.journal_records import (
    RecordKind,
    read_journal,
    record,
)
from app.collab.text_replica import TextReplica
from app.model.kept_text import TextFacts
from app.model.text_edit import TextEdit
from collab_server.protocol.updates import parse_update
from tests.unit.app.collab.journal_world import FACTS, SESSION, Desk, MemorySink


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
