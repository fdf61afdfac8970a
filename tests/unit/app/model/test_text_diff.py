import pytest

from app.model.text_diff import minimal_edits
from app.model.text_edit import TextEdit, apply_edits


@pytest.mark.parametrize(
    ("old", "new", "edits"),
    [
        ("same", "same", []),
        ("", "new", [TextEdit(0, 0, "new")]),
        ("old", "", [TextEdit(0, 3, "")]),
        ("abc", "abXc", [TextEdit(2, 0, "X")]),
        ("abXc", "abc", [TextEdit(2, 1, "")]),
        ("a😀b", "a😀Xb", [TextEdit(3, 0, "X")]),
        ("漢字", "漢文字", [TextEdit(1, 0, "文")]),
    ],
)
def test_only_what_differs_is_edited(old: str, new: str, edits: list[TextEdit]) -> None:
    assert minimal_edits(old, new) == edits


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_repeated_letter_is_inserted_where_the_key_was_typed(at: int) -> None:
    assert minimal_edits("aaa", "aaaa", at_utf16=at) == [TextEdit(at, 0, "a")]
    assert minimal_edits("aaaa", "aaa", at_utf16=at) == [TextEdit(at, 1, "")]


def test_a_hint_that_names_the_whole_block_does_not_widen_the_edit() -> None:
    assert minimal_edits("abcdef", "abcXdef", at_utf16=0) == [TextEdit(3, 0, "X")]


def test_a_hint_inside_a_surrogate_pair_counts_as_before_it() -> None:
    assert minimal_edits("😀😀", "😀😀😀", at_utf16=3) == [TextEdit(2, 0, "😀")]


def test_positions_count_from_where_the_old_text_stands() -> None:
    assert minimal_edits("ab", "aXb", offset_utf16=100) == [TextEdit(101, 0, "X")]


@pytest.mark.parametrize(
    ("old", "new", "edits"),
    [
        ("e", "e\u0301", [TextEdit(0, 1, "e\u0301")]),
        ("e\u0301", "e", [TextEdit(0, 2, "e")]),
        ("👨‍👩", "👨‍👩‍👧", [TextEdit(0, 5, "👨‍👩‍👧")]),
        ("👍", "👍🏽", [TextEdit(0, 2, "👍🏽")]),
        ("🇩🇪", "🇩🇰", [TextEdit(0, 4, "🇩🇰")]),
        ("❤", "❤\ufe0f", [TextEdit(0, 1, "❤\ufe0f")]),
        ("\n", "\n\u0301", [TextEdit(1, 0, "\u0301")]),
        ("a\u0301b", "c\u0301b", [TextEdit(0, 2, "c\u0301")]),
    ],
)
def test_a_cut_never_parts_what_is_seen_as_one(old: str, new: str, edits: list[TextEdit]) -> None:
    assert minimal_edits(old, new) == edits


def test_a_covering_range_is_refined_to_the_lines_that_changed() -> None:
    lines = [f"line number {number}\n" for number in range(100)]
    changed = list(lines)
    changed[10] = "another line\n"
    changed[60] = "line number 60 😀\n"
    del changed[90]

    edits = minimal_edits("".join(lines), "".join(changed))

    assert apply_edits("".join(lines), edits) == "".join(changed)
    assert [len(edit.text) for edit in edits] == [12, 2, 0]
    assert [edit.removed_utf16 for edit in edits] == [14, 0, 15]


def test_lines_without_a_unique_one_between_them_are_compared_with_each_other() -> None:
    old = "head\n" + "same\nother\n" * 60 + "tail\n"
    new = "HEAD\n" + "same\nother\n" * 30 + "same\nOTHER\n" + "same\nother\n" * 29 + "TAIL\n"

    edits = minimal_edits(old, new)

    assert apply_edits(old, edits) == new
    assert sum(edit.removed_utf16 for edit in edits) < 20


def test_very_many_alike_lines_that_stayed_are_left_alone() -> None:
    middle = "anchor\n" + "x\n" * 500 + "another anchor\n"

    edits = minimal_edits("begin\n" + middle + "end\n", "BEGIN\n" + middle + "END\n")

    assert [edit.removed_utf16 for edit in edits] == [5, 3]


def test_large_texts_that_share_no_line_are_one_edit() -> None:
    old = "".join(f"old {number}\n" for number in range(50))
    new = "".join(f"new {number}!\n" for number in range(50))

    [edit] = minimal_edits(old, new)

    assert edit == TextEdit(0, len(old) - 1, new[:-1])


def test_very_many_alike_lines_are_replaced_as_one() -> None:
    old = "begin\n" + "x\n" * 500 + "end\n"
    new = "BEGIN\n" + "y\n" * 500 + "END\n"

    assert minimal_edits(old, new) == [TextEdit(0, len(old) - 1, new[:-1])]


def test_swapped_blocks_keep_the_longer_one() -> None:
    head = "".join(f"head {number}\n" for number in range(40))
    tail = "".join(f"tail {number}\n" for number in range(30))

    edits = minimal_edits(head + tail, tail + head)

    assert apply_edits(head + tail, edits) == tail + head
    assert sum(edit.removed_utf16 for edit in edits) == len(tail)


def test_lines_that_stayed_part_a_small_difference_that_was_not_typed() -> None:
    old, new = "one\ntwo\nthree\n", "zero\none\ntwo\nthree!\n"

    edits = minimal_edits(old, new, is_by_lines=True)

    assert edits == [TextEdit(0, 0, "zero\n"), TextEdit(13, 0, "!")]
