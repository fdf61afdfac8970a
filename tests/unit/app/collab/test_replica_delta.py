import pytest

from app.collab.replica_delta import (
    EMBED,
    Change,
    changes_of,
    growth_utf8,
    line_feeds_only,
    shown,
)
from app.model.text_edit import TextEdit, length_utf16


def test_a_delta_becomes_changes_in_the_text_before() -> None:
    delta = [
        {"retain": 3},
        {"insert": "ab"},
        {"delete": 2},
        {"retain": 4, "attributes": {"bold": True}},
        {"delete": 1},
    ]

    assert changes_of(delta) == [Change(3, 2, "ab"), Change(9, 1, "")]


def test_inserts_and_deletes_in_one_place_are_one_change() -> None:
    delta = [{"delete": 1}, {"insert": "a"}, {"delete": 2}, {"insert": "b"}]

    assert changes_of(delta) == [Change(0, 3, "ab")]


def test_a_delta_of_formatting_alone_changes_nothing() -> None:
    assert changes_of([{"retain": 3, "attributes": {"bold": True}}]) == []


def test_an_object_in_the_text_counts_one() -> None:
    assert changes_of([{"retain": 1}, {"insert": {"image": "x"}}]) == [Change(1, 0, EMBED)]
    assert (len(EMBED), len(EMBED.encode()), length_utf16(EMBED)) == (1, 1, 1)


def test_a_text_grows_by_bytes() -> None:
    assert growth_utf8([Change(0, 2, "é😀"), Change(9, 5, "")]) == -1


@pytest.mark.parametrize("text", ["plain", "é漢😀", "dos\r\nmac\r", "\u2029", "\ufdd0\ufdd1\ufffc"])
def test_what_is_shown_has_the_same_length_in_every_unit(text: str) -> None:
    lengths = len(text), len(text.encode()), length_utf16(text)

    assert (len(shown(text)), len(shown(text).encode()), length_utf16(shown(text))) == lengths


def test_what_a_widget_cannot_hold_is_shown_as_something_else() -> None:
    assert shown("a\rb\u2029\ufdd0\ufdd1\ufffc") == "a\nb\u2424\ufffd\ufffd\ufffd"


def test_carriage_returns_before_line_feeds_are_taken_out_again() -> None:
    changes = [Change(0, 0, "a\r\n"), Change(9, 4, "😀\r\n\rx\r\n")]
    edits = [TextEdit(0, 0, "a\n\n"), TextEdit(5, 2, "😀\n\n\nx\n\n")]

    corrections = line_feeds_only(changes, edits)

    assert corrections == [TextEdit(1, 1, ""), TextEdit(10, 1, ""), TextEdit(14, 1, "")]
