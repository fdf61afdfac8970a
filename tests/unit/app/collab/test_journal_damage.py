"""Journals that were cut off or changed."""

import pytest

from app.collab.journal_records import (
    MAGIC,
    JournalUnreadable,
    RecordKind,
    read_journal,
    record,
)
from tests.unit.app.collab.journal_world import Desk


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
