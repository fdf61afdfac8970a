import pytest

from app.model.line_matches import LONGEST_SHOWN, LineMatch, line_matches
from app.model.search import PatternInvalid, SearchQuery

MANY = 1000


def test_a_match_is_told_with_its_line_and_what_stands_around_it() -> None:
    text = "one\n    two = one  \nthree"

    assert line_matches(SearchQuery("one"), text, most=MANY) == [
        LineMatch(1, 0, 3, "one", 0, 3),
        LineMatch(2, 10, 3, "two = one", 6, 9),
    ]


def test_places_count_utf16_units_and_what_is_shown_counts_characters() -> None:
    text = "😀\n😀 one 😀 one\n漢 one"

    assert line_matches(SearchQuery("one"), text, most=MANY) == [
        LineMatch(2, 3, 3, "😀 one 😀 one", 2, 5),
        LineMatch(2, 10, 3, "😀 one 😀 one", 8, 11),
        LineMatch(3, 2, 3, "漢 one", 2, 5),
    ]


def test_a_match_over_several_lines_is_told_in_its_first() -> None:
    found = line_matches(SearchQuery("o\nt", is_regex=True), "zero\ntwo\nnone\ntwo\nt", most=MANY)

    assert found == [LineMatch(1, 3, 3, "zero", 3, 4), LineMatch(4, 2, 3, "two", 2, 3)]


def test_of_a_long_line_the_part_around_the_place_is_shown() -> None:
    text = "a" * 500 + "needle" + "b" * 500

    (found,) = line_matches(SearchQuery("needle"), text, most=MANY)

    assert found.column == 500
    assert len(found.shown) == LONGEST_SHOWN
    assert found.shown[found.shown_start : found.shown_stop] == "needle"


def test_what_was_looked_for_may_begin_with_the_margin() -> None:
    (found,) = line_matches(SearchQuery("  x"), "    x", most=MANY)

    assert (found.shown, found.shown_start, found.shown_stop) == ("  x", 0, 3)


def test_no_more_than_were_asked_for_are_told() -> None:
    assert len(line_matches(SearchQuery("a"), "a" * 50, most=7)) == 7


def test_nothing_is_found_nowhere_and_no_pattern_is_an_error() -> None:
    assert line_matches(SearchQuery(""), "text", most=MANY) == []
    assert line_matches(SearchQuery("x"), "text", most=MANY) == [LineMatch(1, 2, 1, "text", 2, 3)]
    with pytest.raises(PatternInvalid):
        line_matches(SearchQuery("(", is_regex=True), "text", most=MANY)
