"""How well a few letters fit a name."""

import pytest

from app.model.fuzzy import MOST_RESULTS, fuzzy_ranked, fuzzy_score


@pytest.mark.parametrize("query", ["", " ", "edw", "EDITOR window", "app/", "ewpy"])
def test_letters_in_order_fit(query: str) -> None:
    assert fuzzy_score(query, "app/ui/editor_window.py") is not None


@pytest.mark.parametrize("query", ["z", "wed", "editorwindowwindow"])
def test_letters_out_of_order_or_missing_do_not(query: str) -> None:
    assert fuzzy_score(query, "editor_window.py") is None


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("main", "app/main.py", "app/domain/index.py"),
        ("ew", "editor_window.py", "sewer.py"),
        ("fb", "FindBar", "offbeat"),
        ("test", "app/test.py", "test/app.py"),
        ("open", "open_text.py", "o_p_e_n.py"),
        ("aab", "xaab", "axaxb"),
    ],
)
def test_beginnings_neighbours_and_the_last_part_count_more(
    query: str, better: str, worse: str
) -> None:
    assert fuzzy_ranked(query, [worse, better], str)[0] == better


def test_without_a_query_the_order_stays() -> None:
    assert fuzzy_ranked("", ["bb", "a"], str) == ["bb", "a"]


def test_of_equals_the_shorter_comes_first() -> None:
    assert fuzzy_ranked("a", ["a.python", "a.py"], str) == ["a.py", "a.python"]


def test_no_more_than_a_list_can_show_is_returned() -> None:
    assert len(fuzzy_ranked("a", ["a"] * (MOST_RESULTS + 9), str)) == MOST_RESULTS
