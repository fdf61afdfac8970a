"""What differs, line by line."""

from app.model import line_difference as module
from app.model.line_difference import LONGEST_TEXT_LINES, MOST_LINES, line_difference


def test_equal_texts_differ_in_no_line() -> None:
    assert line_difference("a\nb", "a\nb").lines == ()


def test_lines_are_shown_with_their_signs() -> None:
    assert line_difference("a\nb\nc", "a\nB\nc").lines == (
        "@@ -1,3 +1,3 @@",
        " a",
        "-b",
        "+B",
        " c",
    )


def test_a_long_difference_is_cut_and_counted() -> None:
    found = line_difference("\n".join("x" * MOST_LINES), "")

    assert len(found.lines) == MOST_LINES
    assert found.left_out == 2


def test_texts_that_would_take_minutes_are_not_compared() -> None:
    found = line_difference("\n" * (LONGEST_TEXT_LINES + 1), "")

    assert found == module.LineDifference((), is_too_long=True)
