import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.collab.journal import TextJournal
from app.collab.journal_records import RecordKind, record
from app.collab.text_replica import TextReplica
from app.model.kept_text import TextFacts
from app.model.notices import Notice, NoticeKind
from app.model.text_edit import TextEdit
from app.services.journals import Journals, RecoveredText
from tests.eventually import eventually
from tests.support.full_disk import no_file_larger_than
from tests.support.sessions import FACTS as SESSION

FACTS = TextFacts("notes.txt", "/home/ada/notes.txt")


class Process:
    """What one process does with its journals; `end` ends it without a word, as kill -9 does."""

    def __init__(self, root: Path) -> None:
        self.journals = Journals(root)
        self.notices: list[Notice] = []
        self.journals.notice_raised.connect(self.notices.append)

    def open(self, text: str = "", facts: TextFacts = FACTS) -> tuple[TextReplica, TextJournal]:
        replica = TextReplica(text)
        journal = self.journals.keep(replica, facts)
        assert journal is not None
        return replica, journal

    def recover(self) -> list[RecoveredText]:
        return self.journals.recover()


@pytest.fixture
def root(qapp: QApplication, tmp_path: Path) -> Path:
    return tmp_path / "journals"


def type_text(replica: TextReplica, text: str) -> None:
    replica.edit([TextEdit(0, 0, text)], now_ms=0)


def left_by(root: Path, text: str = "typed", facts: TextFacts = FACTS) -> Path:
    """Let a process type something and end; return the journal's file."""
    process = Process(root)
    replica, _ = process.open(facts=facts)
    type_text(replica, text)
    process.journals.close()
    (path,) = root.glob("*/*.journal")
    return path


def test_what_a_process_left_comes_back_and_goes_on(root: Path) -> None:
    left_by(root, "one")

    second = Process(root)
    (found,) = second.recover()
    assert (found.replica.text, found.facts) == ("one", FACTS)
    type_text(found.replica, "two ")
    second.journals.close()

    third = Process(root)
    (again,) = third.recover()
    assert again.replica.text == "two one"
    assert third.journals.take_notices() == []
    third.journals.close()


def test_a_saved_text_needs_no_recovery(root: Path) -> None:
    process = Process(root)
    replica, journal = process.open()
    type_text(replica, "saved")
    journal.mark_saved(FACTS)
    process.journals.close()

    later = Process(root)

    assert later.recover() == []
    assert list(root.glob("*/*.journal")) == []
    later.journals.close()


def test_a_shared_text_comes_back_with_what_is_pending(root: Path) -> None:
    process = Process(root)
    replica, journal = process.open("theirs")
    journal.describe(TextFacts("main.py", is_guest=True, session=SESSION))
    journal.begin()
    replica.ledger.attach(lambda _update: None)
    replica.ledger.acknowledge(1)
    type_text(replica, "mine ")
    process.journals.close()

    later = Process(root)
    (found,) = later.recover()

    assert found.facts.session == SESSION
    assert found.replica.text == "mine theirs"
    assert found.replica.ledger.pending_count == 1
    later.journals.close()


def test_what_is_forgotten_put_by_or_parked(root: Path) -> None:
    process = Process(root)
    texts = [process.open() for _ in range(3)]
    for number, (replica, _) in enumerate(texts):
        type_text(replica, str(number))
    shared = texts[2][0]
    shared.ledger.attach(lambda _update: None)
    type_text(shared, "pending ")

    process.journals.forget(texts[0][1])
    process.journals.put_by(texts[1][1])
    process.journals.park(texts[2][1])
    type_text(texts[1][0], "not kept ")
    shared.ledger.detach()
    process.journals.close()

    later = Process(root)
    assert sorted(found.replica.text for found in later.recover()) == ["1", "pending 2"]
    later.journals.close()


@pytest.mark.allow_warnings
def test_a_broken_journal_gives_what_can_be_read_and_is_kept_aside(root: Path) -> None:
    path = left_by(root, "readable")
    broken = path.read_bytes() + record(RecordKind.HISTORY, b"\x05") + record(RecordKind.SAVED, b"")
    path.write_bytes(broken)

    later = Process(root)
    (found,) = later.recover()

    assert found.replica.text == "readable"
    (notice,) = later.journals.take_notices()
    assert notice.kind is NoticeKind.JOURNAL_BROKEN
    assert Path(notice.detail).read_bytes() == broken
    later.journals.close()
    last = Process(root)
    assert [text.replica.text for text in last.recover()] == ["readable"]
    assert last.journals.take_notices() == []
    last.journals.close()


def test_junk_is_kept_aside_and_said_once(root: Path) -> None:
    left_by(root).write_bytes(b"junk")

    later = Process(root)

    assert later.recover() == []
    (notice,) = later.journals.take_notices()
    assert Path(notice.detail).read_bytes() == b"junk"
    assert later.recover() == []
    later.journals.close()


def test_a_torn_record_is_cut_off_without_a_word(root: Path) -> None:
    path = left_by(root, "whole")
    path.write_bytes(path.read_bytes() + b"\x20\0\0\0half")

    later = Process(root)
    (found,) = later.recover()
    type_text(found.replica, "and ")
    later.journals.close()

    last = Process(root)
    assert [text.replica.text for text in last.recover()] == ["and whole"]
    assert last.journals.take_notices() == []
    last.journals.close()


def test_where_nothing_can_be_written_the_editor_works_and_says_so(
    qapp: QApplication, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    journals = Journals(tmp_path / "file" / "journals")

    assert journals.keep(TextReplica(), FACTS) is None
    assert journals.recover() == []
    assert [notice.kind for notice in journals.take_notices()] == [NoticeKind.JOURNAL_FAILED]
    journals.close()


async def test_a_full_disk_is_told_and_mended_when_there_is_room(root: Path) -> None:
    process = Process(root)
    replica, journal = process.open()
    with no_file_larger_than(10_000):
        type_text(replica, "a" * 8_000)
        type_text(replica, "b" * 8_000)
    assert process.notices == [Notice(NoticeKind.JOURNAL_FAILED, os.strerror(27))]
    assert not journal.is_whole

    await eventually(lambda: journal.is_whole, what="a whole journal")

    assert process.notices[-1] == Notice(NoticeKind.JOURNAL_MENDED)
    process.journals.close()
    later = Process(root)
    assert [found.replica.text for found in later.recover()] == ["b" * 8_000 + "a" * 8_000]
    later.journals.close()
