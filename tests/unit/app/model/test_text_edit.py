import pytest

from app.model.text_edit import (
    PositionError,
    Selection,
    TextEdit,
    apply_edits,
    is_normal,
    length_utf16,
    normalise,
    transform_position,
    transform_selection,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\n", "plain\n"),
        ("dos\r\nmac\rend", "dos\nmac\nend"),
        ("paragraph\u2029end", "paragraph\nend"),
        ("line\u2028and nbsp\u00a0 stay", "line\u2028and nbsp\u00a0 stay"),
        ("frame\ufdd0\ufdd1 object\ufffc", "frame\ufffd\ufffd object\ufffd"),
        ("half \ud83d pair \ude00", "half \ufffd pair \ufffd"),
        ("whole 😀 e\u0301 \x00", "whole 😀 e\u0301 \x00"),
    ],
)
def test_normalising_keeps_what_every_editor_can_hold(text: str, expected: str) -> None:
    assert normalise(text) == expected
    assert is_normal(expected)
    assert is_normal(text) is (text == expected)


@pytest.mark.parametrize(
    ("text", "units"), [("", 0), ("abc", 3), ("é漢", 2), ("😀", 2), ("a👨‍👩‍👧", 9), ("\ud83d", 1)]
)
def test_a_length_counts_utf16_units(text: str, units: int) -> None:
    assert length_utf16(text) == units


def test_edits_are_told_in_positions_of_the_text_before_all_of_them() -> None:
    edits = [TextEdit(0, 1, "é"), TextEdit(2, 0, "!"), TextEdit(3, 2, "")]

    assert apply_edits("abc😀d", edits) == "éb!cd"


@pytest.mark.parametrize(
    "edits",
    [
        [TextEdit(5, 0, "x")],
        [TextEdit(2, 3, "")],
        [TextEdit(-1, 0, "x")],
        [TextEdit(1, 1, ""), TextEdit(1, 0, "x")],
        [TextEdit(3, 0, "x")],
        [TextEdit(2, 1, "")],
    ],
    ids=[
        "behind the end",
        "beyond the end",
        "before the start",
        "overlapping",
        "in a pair",
        "half",
    ],
)
def test_an_edit_that_does_not_fit_is_refused(edits: list[TextEdit]) -> None:
    with pytest.raises(PositionError):
        apply_edits("ab😀", edits)


def test_half_pairs_on_both_sides_of_a_cut_do_not_make_a_character() -> None:
    with pytest.raises(PositionError):
        apply_edits("😀x😀", [TextEdit(1, 3, "")])


@pytest.mark.parametrize(
    ("position", "edit", "stays_left", "expected"),
    [
        (5, TextEdit(2, 0, "abc"), True, 8),
        (5, TextEdit(7, 0, "abc"), True, 5),
        (5, TextEdit(5, 0, "abc"), True, 5),
        (5, TextEdit(5, 0, "abc"), False, 8),
        (5, TextEdit(2, 2, ""), True, 3),
        (5, TextEdit(4, 3, ""), True, 4),
        (5, TextEdit(4, 3, "xyz"), True, 4),
        (5, TextEdit(4, 3, "xyz"), False, 7),
        (5, TextEdit(5, 3, ""), True, 5),
        (5, TextEdit(5, 3, ""), False, 5),
        (5, TextEdit(5, 3, "xy"), False, 7),
        (5, TextEdit(3, 2, "xyz"), True, 6),
        (5, TextEdit(3, 2, "xyz"), False, 6),
        (5, TextEdit(0, 0, "😀"), True, 7),
    ],
)
def test_a_position_moves_with_the_text_around_it(
    position: int, edit: TextEdit, stays_left: bool, expected: int
) -> None:
    assert transform_position(position, [edit], stays_left=stays_left) == expected


def test_a_position_moves_over_several_edits() -> None:
    edits = [TextEdit(0, 1, ""), TextEdit(2, 0, "xx"), TextEdit(9, 1, "")]

    assert transform_position(5, edits) == 6


def test_a_bare_caret_stays_bare_and_left_of_what_a_peer_inserts() -> None:
    caret = Selection(3, 3)

    assert transform_selection(caret, [TextEdit(3, 0, "peer")]) == Selection(3, 3)


def test_what_a_peer_inserts_at_the_edges_of_a_selection_stays_outside_it() -> None:
    edits = [TextEdit(2, 0, "in front"), TextEdit(5, 0, "behind")]

    assert transform_selection(Selection(2, 5), edits) == Selection(10, 13)
    assert transform_selection(Selection(5, 2), edits) == Selection(13, 10)


def test_a_selection_whose_text_is_replaced_collapses() -> None:
    assert transform_selection(Selection(2, 5), [TextEdit(1, 6, "new")]) == Selection(4, 4)
