"""What a key's update brings is known without reading it, and is what reading it would tell."""

import random

import pytest

from app.collab.crdt import CrdtText
from app.collab.own_updates import OwnUpdates
from app.collab.replica_delta import Change
from app.model.text_edit import TextEdit
from collab_server.protocol.updates import parse_update
from tests.seeds import seeds

LONG = "x" * 128


@pytest.fixture
def text():
    crdt = CrdtText("content")
    yield crdt
    crdt.close()


def made(crdt: CrdtText, *changes: Change) -> bytes:
    crdt.replace(changes, None)
    update = crdt.take_update()
    assert update is not None
    return update


@pytest.mark.parametrize("seed", seeds(20))
def test_what_keys_bring_is_what_reading_their_updates_tells(text, seed: int) -> None:
    plan = random.Random(seed)
    own = OwnUpdates(text.author_id)
    clock = 0

    for _ in range(50):
        typed = plan.choice(["a", "\n", "\n    ", "()", "f" * plan.randint(1, 127)])
        at = plan.randint(0, text.length_utf8)
        update = made(text, Change(at, 0, typed))
        summary = own.summary(update, clock, [TextEdit(at, 0, typed)])
        read = parse_update(update)
        assert summary is not None
        assert (summary.structs, summary.deletes) == (read.structs, read.deletes)
        assert (summary.paired, summary.struct_count) == (read.paired, read.struct_count)
        clock += len(typed)


@pytest.mark.parametrize("typed", ["é", "😀", LONG])
def test_what_is_no_short_ascii_must_be_read(text, typed: str) -> None:
    update = made(text, Change(0, 0, typed))

    assert OwnUpdates(text.author_id).summary(update, 0, [TextEdit(0, 0, typed)]) is None


def test_what_deletes_must_be_read(text) -> None:
    made(text, Change(0, 0, "abc"))
    update = made(text, Change(0, 1, "x"))

    assert OwnUpdates(text.author_id).summary(update, 3, [TextEdit(0, 1, "x")]) is None


def test_several_edits_must_be_read(text) -> None:
    made(text, Change(0, 0, "abc"))
    update = made(text, Change(0, 0, "x"), Change(2, 0, "y"))

    edits = [TextEdit(0, 0, "x"), TextEdit(2, 0, "y")]
    assert OwnUpdates(text.author_id).summary(update, 3, edits) is None


@pytest.mark.parametrize(
    ("clock", "typed", "author_shift"), [(1, "a", 0), (0, "b", 0), (0, "a", 1)]
)
def test_an_update_of_something_else_must_be_read(text, clock, typed, author_shift) -> None:
    update = made(text, Change(0, 0, "a"))
    own = OwnUpdates(text.author_id + author_shift)

    assert own.summary(update, clock, [TextEdit(0, 0, typed)]) is None
