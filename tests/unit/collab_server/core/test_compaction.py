"""A merge of a stretch of the log holds exactly what went in, or there is none."""

import random

import pytest

from collab_server.core import compaction
from collab_server.core.compaction import Contents, merge_checked
from collab_server.core.views import DocumentView, ViewError
from collab_server.protocol.errors import MalformedUpdate
from collab_server.protocol.plain_edits import LONGEST_BYTES
from collab_server.protocol.updates import EMPTY_UPDATE, parse_update
from tests.support.writer import Writer
from tests.unit.collab_server.protocol.update_bytes import identity, one, ranges, text
from tests.unit.collab_server.protocol.update_bytes import update as hand_written


def log_of(seed: int, count: int) -> tuple[list[bytes], str]:
    """Return what two people write into one text, in the order of the log, and the text."""
    chance = random.Random(seed)
    ada, bob = Writer(), Writer()
    updates: list[bytes] = []
    for _ in range(count):
        writer, other = chance.sample([ada, bob], 2)
        length = len(writer.text)
        if length > 3 and chance.random() < 0.3:
            update = writer.delete(chance.randrange(length - 1), 1)
        else:
            update = writer.insert(chance.randint(0, length), chance.choice(["a", "bc", "def\n"]))
        other.apply(update)
        updates.append(update)
    return updates, ada.text


def text_in(update: bytes) -> str:
    reader = Writer()
    reader.apply(update)
    return reader.text


@pytest.mark.parametrize("seed", range(5))
def test_a_merge_is_the_same_text(seed: int) -> None:
    updates, text = log_of(seed, 250)

    assert text_in(merge_checked([], updates)) == text


@pytest.mark.parametrize("seed", range(5))
def test_pieces_of_pieces_are_the_same_text(seed: int) -> None:
    updates, text = log_of(seed, 300)
    pieces = [merge_checked([], updates[:150]), merge_checked([], updates[150:250])]

    assert text_in(merge_checked(pieces, updates[250:])) == text


def test_a_stretch_from_the_middle_of_a_log_can_be_merged_alone() -> None:
    updates, text = log_of(7, 120)

    middle = merge_checked([], updates[40:80])

    assert text_in(merge_checked([merge_checked([], updates[:40]), middle], updates[80:])) == text


def test_nothing_is_merged_into_nothing() -> None:
    assert merge_checked([], [EMPTY_UPDATE, EMPTY_UPDATE]) == EMPTY_UPDATE


@pytest.mark.parametrize("lost", ["structs", "deletes"])
def test_a_merge_that_lost_something_is_refused(lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer()
    updates = [writer.insert(0, "abc"), writer.delete(0)]
    without = {"structs": updates[1:], "deletes": updates[:1]}[lost]
    forged = DocumentView.from_updates(without).merged()
    monkeypatch.setattr(compaction.DocumentView, "merged", lambda _: forged)

    with pytest.raises(ViewError, match="differs"):
        merge_checked([], updates)


def test_what_the_parser_refuses_is_not_merged() -> None:
    with pytest.raises(MalformedUpdate):
        merge_checked([], [b"\x01\x01\x01"])


@pytest.mark.parametrize(
    "update",
    [
        one(b"\x84" + identity(9, 0) + text("x" * LONGEST_BYTES), clock=1),
        one(b"\x84" + identity(9, 0) + text("naïve 😀"), clock=1),
        one(b"\x84" + identity(9, 0) + text("ab"), clock=1),
        hand_written(deletes=(ranges(9, (3, 2)),)),
        hand_written(deletes=(ranges(9, (3, 2), (8, 1)),)),
    ],
)
def test_what_is_typed_counts_as_the_parser_says(update: bytes) -> None:
    contents, summary = Contents([update]), parse_update(update)

    assert contents.known.deletes == summary.deletes
    assert contents.first == {author: runs[0][0] for author, runs in summary.structs.items()}
    assert contents.known.state == {author: runs[-1][1] for author, runs in summary.structs.items()}


@pytest.mark.parametrize(
    "update",
    [
        one(b"\x84" + identity(9, 0) + text("ab"), clock=1).replace(b"\x02ab", b"\x03ab"),
        one(b"\x84" + identity(9, 0) + text("ab"), clock=1).replace(b"\x02ab", b"\x02\xc3b"),
        hand_written(deletes=(ranges(9, (3, 0)),)),
    ],
)
def test_what_only_looks_typed_is_the_parsers(update: bytes) -> None:
    with pytest.raises(MalformedUpdate):
        Contents([update])


def test_contents_are_no_other_thing() -> None:
    assert Contents([EMPTY_UPDATE]) != EMPTY_UPDATE
