import pytest

from app.model.shadow_text import Replaced, ShadowText
from app.model.text_edit import PositionError, TextEdit

MIXED = "aé漢😀e\u0301\n"
LONG = MIXED * 3000  # many chunks


def test_a_text_is_measured_in_both_units() -> None:
    shadow = ShadowText(MIXED)

    assert (shadow.length_utf16, shadow.length_utf8) == (8, 14)
    assert str(shadow) == MIXED


def test_an_empty_text_can_be_filled_and_emptied() -> None:
    shadow = ShadowText()

    assert shadow.replace(0, 0, "x") == Replaced(0, 0, "")
    assert shadow.replace(0, 1, "") == Replaced(0, 1, "x")
    assert str(shadow) == ""


def test_a_replacement_tells_what_it_was_in_bytes() -> None:
    shadow = ShadowText(MIXED)

    assert shadow.replace(2, 5, "!") == Replaced(3, 7, "漢😀")
    assert str(shadow) == "aé!e\u0301\n"


def test_a_replacement_in_bytes_tells_what_it_was_in_units() -> None:
    shadow = ShadowText(MIXED)

    assert shadow.replace_utf8(3, 7, "!") == TextEdit(2, 3, "!")
    assert str(shadow) == "aé!e\u0301\n"


def test_a_replacement_may_cover_many_chunks() -> None:
    shadow = ShadowText(LONG)

    replaced = shadow.replace(8, shadow.length_utf16 - 8, "middle")

    assert replaced.removed_text == LONG[7:-7]
    assert str(shadow) == f"{MIXED}middle{MIXED}"
    assert shadow.length_utf16 == 22


def test_a_chunk_that_is_all_but_emptied_joins_the_next() -> None:
    shadow = ShadowText("x" * 10_000)

    shadow.replace(0, 2000, "")
    shadow.replace(40, 40, "y")

    assert str(shadow) == "x" * 40 + "y" + "x" * 7960


def test_a_last_chunk_that_is_all_but_emptied_joins_the_one_before() -> None:
    shadow = ShadowText("x" * 10_000)

    shadow.replace(8200, 9990, "")

    assert str(shadow) == "x" * 8210
    assert shadow.slice(8190, 8210) == "x" * 20


def test_typing_in_one_place_for_long_cuts_its_chunk() -> None:
    shadow = ShadowText(LONG)

    for at in range(5000):
        shadow.replace(8 + at, 8 + at, "k")

    assert str(shadow) == MIXED + "k" * 5000 + LONG[7:]
    assert shadow.utf8_at(8 + 5000) == 14 + 5000


@pytest.mark.parametrize(
    ("at_utf16", "at_utf8"), [(0, 0), (1, 1), (2, 3), (3, 6), (5, 10), (6, 11), (7, 13), (8, 14)]
)
def test_every_boundary_is_known_in_both_units(at_utf16: int, at_utf8: int) -> None:
    shadow = ShadowText(MIXED)

    assert shadow.utf8_at(at_utf16) == at_utf8
    assert shadow.utf16_at(at_utf8) == at_utf16


@pytest.mark.parametrize("at_utf16", [-1, 4, 9])
def test_a_position_outside_or_inside_a_character_is_refused(at_utf16: int) -> None:
    shadow = ShadowText(MIXED)

    with pytest.raises(PositionError):
        shadow.utf8_at(at_utf16)
    with pytest.raises(PositionError):
        shadow.replace(at_utf16, at_utf16, "x")
    assert str(shadow) == MIXED


@pytest.mark.parametrize("at_utf8", [-1, 2, 4, 5, 7, 15])
def test_a_byte_position_outside_or_inside_a_character_is_refused(at_utf8: int) -> None:
    shadow = ShadowText(MIXED)

    with pytest.raises(PositionError):
        shadow.utf16_at(at_utf8)
    with pytest.raises(PositionError):
        shadow.replace_utf8(at_utf8, 0, "x")


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    shadow = ShadowText(MIXED)

    with pytest.raises(PositionError):
        shadow.slice(3, 2)
    with pytest.raises(PositionError):
        shadow.replace(3, 2, "")


def test_a_slice_is_a_part_of_the_text() -> None:
    shadow = ShadowText(LONG)

    assert shadow.slice(0, 0) == ""
    assert shadow.slice(3, 5) == "😀"
    assert shadow.slice(0, shadow.length_utf16) == LONG


@pytest.mark.parametrize(("asked", "given"), [(-5, 0), (3, 3), (4, 3), (5, 5), (99, 8)])
def test_a_loose_position_is_brought_to_a_whole_character(asked: int, given: int) -> None:
    assert ShadowText(MIXED).whole_character_at(asked) == given
