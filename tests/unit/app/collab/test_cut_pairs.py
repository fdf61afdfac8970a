"""Emoji that a browser wrote into, or deleted half of: as Yjs shows them, in any order."""

import pytest

from app.collab.cut_pairs import CutPairs
from app.collab.text_replica import TextReplica
from app.model.text_edit import TextEdit
from collab_server.protocol.updates import encode_text

EMOJI = encode_text(7, "content", "A😀B😀C")
# As Yjs writes them: "x" between the first two halves; the second half of the other, deleted.
INSIDE = b"\x01\x01\x09\x00\xc4\x07\x01\x07\x02\x01x\x00"
HALF = b"\x00\x01\x07\x01\x05\x01"
AFTER_CUT = "A\ufffdx\ufffdB\ufffdC"


def test_an_emoji_that_is_cut_becomes_two_marks_and_the_rest_stays() -> None:
    replica = TextReplica()
    replica.apply([EMOJI])
    told: list[object] = []
    replica.on_changed = lambda edits, _: told.append(list(edits))

    edits = replica.apply([INSIDE])
    replica.apply([HALF])

    assert edits == [TextEdit(1, 2, "\ufffdx\ufffd")]
    assert replica.text == AFTER_CUT
    assert told[0] == [TextEdit(1, 2, "\ufffd\ufffd")]
    assert replica.verify()


def test_it_is_the_same_when_everything_comes_at_once_or_doubled() -> None:
    replica, merged = TextReplica(), TextReplica()
    replica.apply([EMOJI, INSIDE, HALF, INSIDE, HALF, EMOJI])

    merged.apply([replica.ledger.answer_step1(b"\x00")])

    assert replica.text == merged.text == AFTER_CUT


def test_who_types_on_after_a_cut_does_so_in_the_same_history() -> None:
    one, other = TextReplica(), TextReplica()
    for replica in (one, other):
        replica.apply([EMOJI, INSIDE])

    update = one.edit([TextEdit(2, 0, "ü😀")], now_ms=0)
    assert update is not None
    other.apply([update])

    assert one.text == other.text == "A\ufffdü😀x\ufffdB😀C"


def test_an_own_emoji_can_be_cut_too() -> None:
    ours = TextReplica("😀")
    author = ours.author_id
    cut = b"\x01\x01\x09\x00\x84" + _var_uint(author) + b"\x00\x01x\x00"

    ours.apply([cut])

    assert ours.text == "\ufffdx\ufffd"


def test_another_history_begins_with_its_own_halves() -> None:
    source = TextReplica()
    source.apply([EMOJI, INSIDE, HALF])
    ours = TextReplica("mine")

    ours.rebase(source.ledger.answer_step1(b"\x00"), is_same_history=False)

    assert ours.text == AFTER_CUT


def test_what_is_not_cut_is_not_touched() -> None:
    pairs = CutPairs()

    assert not pairs.take(b"\x00\x00", {})
    assert not pairs.take(EMOJI, {})
    assert not pairs.take(INSIDE[:-1] + b"\x00", {})
    assert not pairs.take(INSIDE, {7: 7, 9: 1})
    assert pairs.replaced(b"\x00\x00") == b"\x00\x00"
    assert pairs.replaced(EMOJI) == encode_text(7, "content", "A\ufffd\ufffdB😀C")


@pytest.mark.parametrize(
    "other",
    [
        b"\x01\x01\x08\x00\x00\x02\x00",  # collected
        b"\x01\x01\x08\x00\x01\x01\x07content\x02\x00",  # deleted
        b"\x01\x01\x08\x00\x85\x07\x00\x02{}\x00",  # an embed
        b"\x01\x02\x08\x00\x07\x01\x01t\x02\x04\x00\x08\x00\x02hi\x00",  # a text in a type
        b"\x01\x01\x08\x00\x28\x01\x01m\x01k\x01\x77\x01v\x00",  # a value of a map
    ],
)
def test_what_is_no_string_is_passed_over(other: bytes) -> None:
    pairs = CutPairs()
    pairs.take(EMOJI, {})

    assert not pairs.take(other, {7: 7})
    assert pairs.replaced(other) == other


def _var_uint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
