"""Carets of browsers: relative positions in and out, and what a hostile peer says instead."""

import pytest

from app.collab.browser_carets import BrowserCaret, RelativePlace, browser_caret_from_wire
from app.collab.text_order import TextOrder
from app.collab.text_replica import TextReplica
from app.model.text_edit import Selection, TextEdit
from collab_server.protocol.updates import encode_text, parse_update

END = {"type": None, "tname": "content", "item": None, "assoc": 0}


def at(author: int, clock: int, **more: object) -> dict[str, object]:
    return {"type": None, "tname": None, "item": {"client": author, "clock": clock}} | more


def replica(*texts: tuple[int, str]) -> TextReplica:
    made = TextReplica()
    made.apply([encode_text(author, "content", text) for author, text in texts])
    return made


def place(made: TextReplica, anchor: object, head: object) -> Selection | None:
    caret = browser_caret_from_wire({"cursor": {"anchor": anchor, "head": head}})
    assert caret is not None
    return made.caret_from_wire(caret)


def test_a_browsers_caret_stands_where_its_units_stand() -> None:
    made = replica((7, "a😀bc"))

    assert place(made, at(7, 0), at(7, 3)) == Selection(0, 3)
    assert place(made, at(7, 3, assoc=-1), END) == Selection(4, 5)
    assert place(made, END | {"assoc": -1}, END) == Selection(0, 5)


def test_it_moves_with_what_is_typed_and_deleted_before_it() -> None:
    made = replica((7, "abcd"))
    assert place(made, at(7, 2), at(7, 3)) == Selection(2, 3)

    made.edit([TextEdit(0, 0, "中文 ")], now_ms=0)
    made.edit([TextEdit(5, 1, "")], now_ms=0)

    assert place(made, at(7, 2), at(7, 3)) == Selection(5, 5)


def test_a_place_in_half_a_character_becomes_a_whole_one() -> None:
    made = replica((7, "a😀b"))

    found = place(made, at(7, 2), at(7, 2))

    assert found in (Selection(1, 1), Selection(3, 3))


def test_text_that_has_not_arrived_has_no_place_yet() -> None:
    made = replica((7, "ab"))

    assert place(made, at(7, 0), at(7, 5)) is None
    assert place(made, at(9, 0), at(7, 0)) is None


def test_the_own_caret_is_told_to_browsers_only_when_one_is_there() -> None:
    made = replica((7, "a😀b"))
    assert "anchor" not in made.caret_for_wire(1, 4)

    made.browser_carets.is_wanted = True
    wire = made.caret_for_wire(1, 4)

    assert wire["anchor"] == at(7, 1) | {"assoc": 0}
    assert wire["head"] == END
    assert browser_caret_from_wire({"cursor": wire}) == BrowserCaret(
        RelativePlace((7, 1)), RelativePlace(None)
    )


def test_the_selection_of_monaco_is_read_as_well() -> None:
    said = {"cursor": None, "selection": {"anchor": at(7, 1), "head": END}}

    assert browser_caret_from_wire(said) == BrowserCaret(RelativePlace((7, 1)), RelativePlace(None))


@pytest.mark.parametrize(
    "end",
    [
        None,
        7,
        [],
        {},
        {"item": None},
        {"item": 7},
        {"item": []},
        {"item": {"client": "7", "clock": 0}},
        {"item": {"client": 7}},
        {"item": {"client": True, "clock": 0}},
        {"item": {"client": -1, "clock": 0}},
        {"item": {"client": 7, "clock": 2**60}},
        {"tname": 3},
    ],
)
def test_what_is_no_relative_position_is_no_caret(end: object) -> None:
    assert browser_caret_from_wire({"cursor": {"anchor": END, "head": end}}) is None
    assert browser_caret_from_wire({"cursor": 5, "selection": "x"}) is None


def test_units_of_other_types_have_no_place() -> None:
    order = TextOrder("content")
    order.take(encode_text(7, "elsewhere", "ab"))
    order.take(encode_text(8, "content", "cd"))

    assert order.offset_of((7, 1)) is None
    assert order.offset_of((8, 1)) == 1
    assert order.length_utf16 == 2


def test_what_was_collected_or_nested_is_not_in_the_text() -> None:
    order = TextOrder("content")
    order.take(encode_text(7, "content", "ab"))
    # collected, on what was collected, an embed, a format, a type in a map, a text in that type
    order.take(b"\x01\x01\x09\x00\x00\x02\x00")
    order.take(b"\x01\x01\x09\x02\x84\x09\x01\x01x\x00")
    order.take(b"\x01\x01\x09\x03\x85\x07\x01\x02{}\x00")
    order.take(b"\x01\x01\x09\x04\x86\x07\x01\x01b\x04true\x00")
    order.take(b"\x01\x01\x09\x05\x27\x01\x01m\x01k\x02\x00")
    order.take(b"\x01\x01\x09\x06\x04\x00\x09\x05\x01x\x00")

    assert order.length_utf16 == 3
    assert [order.offset_of((9, clock)) for clock in (0, 2, 5, 6)] == [None] * 4
    assert order.unit_at(2) == (9, 3)


def test_text_that_is_known_in_part_comes_once() -> None:
    order = TextOrder("content")
    order.take(encode_text(7, "content", "ab"))
    order.take(encode_text(7, "content", "abc"))

    assert order.length_utf16 == 3
    assert order.unit_at(2) == (7, 2)


def test_what_is_typed_before_or_into_a_run_parts_it() -> None:
    order = TextOrder("content")
    order.take(encode_text(7, "content", "ab"))
    order.take(encode_text(8, "elsewhere", "cd"))
    order.take(b"\x01\x01\x09\x00\x44\x07\x01\x01x\x00")  # only before 7's second unit
    order.take(b"\x01\x01\x09\x01\x84\x08\x00\x01x\x00")  # behind 8's first

    assert [order.unit_at(offset) for offset in range(4)] == [(7, 0), (9, 0), (7, 1), None]
    assert order.offset_of((9, 1)) is None


def test_another_history_has_an_order_of_its_own() -> None:
    made = replica((7, "abcd"))
    assert place(made, at(7, 2), at(7, 2)) == Selection(2, 2)

    update = encode_text(8, "content", "xyz!")
    made.ledger.begin_anew(update, parse_update(update))

    assert place(made, at(7, 2), at(7, 2)) is None
    assert place(made, at(8, 3), at(8, 3)) == Selection(3, 3)
