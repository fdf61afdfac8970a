"""Finding and replacing, with hostile patterns too."""

import pytest

from app.model import search
from app.model.search import (
    Match,
    Matches,
    PatternInvalid,
    ReplacementInvalid,
    SearchQuery,
    SearchTooSlow,
    TooManyMatches,
    find_matches,
    replacements,
)
from app.model.text_edit import TextEdit, apply_edits


def found(query: SearchQuery, text: str, within: Match | None = None) -> list[tuple[int, int]]:
    places = find_matches(query, text, within=within).places
    return [(place.start_utf16, place.stop_utf16) for place in places]


@pytest.mark.parametrize(
    ("query", "text", "places"),
    [
        (SearchQuery(""), "abc", []),
        (SearchQuery("b"), "abcB", [(1, 2), (3, 4)]),
        (SearchQuery("b", has_case=True), "abcB", [(1, 2)]),
        (SearchQuery("aa"), "aaaa", [(0, 2), (2, 4)]),
        (SearchQuery("a.c"), "abc a.c", [(4, 7)]),
        (SearchQuery("a.c", is_regex=True), "abc a.c", [(0, 3), (4, 7)]),
        (SearchQuery("cat", is_word=True), "cat concat cat_ cat.", [(0, 3), (16, 19)]),
        (SearchQuery("$x", is_word=True), "$x a$x", [(0, 2)]),
        (SearchQuery("é"), "😀é e\u0301 É", [(2, 3), (7, 8)]),
        (SearchQuery("^b", is_regex=True), "a\nb", [(2, 3)]),
        (SearchQuery("a\nb"), "xa\nb", [(1, 4)]),
        (SearchQuery("x*", is_regex=True), "ax", [(0, 0), (1, 2), (2, 2)]),
    ],
)
def test_matches_are_told_in_utf16_units(
    query: SearchQuery, text: str, places: list[tuple[int, int]]
) -> None:
    assert found(query, text) == places


def test_only_what_lies_wholly_within_is_found_but_what_is_around_is_seen() -> None:
    within = Match(4, 9)

    assert found(SearchQuery("ab"), "😀abababab", within) == [(4, 6), (6, 8)]
    assert found(SearchQuery(r"(?<=b)ab", is_regex=True), "ab abab ab", Match(5, 7)) == [(5, 7)]
    assert found(SearchQuery("b"), "ab b", Match(0, 1)) == []


def test_so_many_matches_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_MATCHES", 3)

    assert find_matches(SearchQuery("a"), "aaaa") == Matches(
        (Match(0, 1), Match(1, 2), Match(2, 3)), is_cut=True
    )


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "(" * 900, "a" * 2000, "(?P<n>", "*"])
def test_what_is_no_pattern_is_refused_with_a_reason(pattern: str) -> None:
    with pytest.raises(PatternInvalid) as caught:
        find_matches(SearchQuery(pattern, is_regex=True), "text")

    assert caught.value.reason


def test_a_pattern_that_would_take_for_ever_is_given_up() -> None:
    with pytest.raises(SearchTooSlow):
        find_matches(SearchQuery(r"(x+x+)+y", is_regex=True), "x" * 10_000, timeout_s=0.05)


def test_replacing_gives_edits_of_the_text_before() -> None:
    text = "naïve 😀 Naive\nnaive"

    edits = replacements(SearchQuery("naive"), text, "plain")

    assert edits == [TextEdit(9, 5, "plain"), TextEdit(15, 5, "plain")]
    assert apply_edits(text, edits) == "naïve 😀 plain\nplain"


def test_a_literal_replacement_is_put_as_it_is() -> None:
    assert replacements(SearchQuery("a"), "a", r"\1$&") == [TextEdit(0, 1, r"\1$&")]


def test_groups_of_a_pattern_come_into_the_replacement() -> None:
    query = SearchQuery(r"(\w+)=(?P<value>\w+)", is_regex=True)

    edits = replacements(query, "a=1, b=2", r"\g<value>=\1")

    assert apply_edits("a=1, b=2", edits) == "1=a, 2=b"


def test_what_is_replaced_by_itself_is_no_edit() -> None:
    assert replacements(SearchQuery("a"), "aA", "a") == [TextEdit(1, 1, "a")]


def test_empty_matches_are_places_to_insert() -> None:
    edits = replacements(SearchQuery("^", is_regex=True), "a\nb", "> ")

    assert apply_edits("a\nb", edits) == "> a\n> b"


@pytest.mark.parametrize("replacement", [r"\2", r"\g<none>", "\\"])
def test_a_replacement_that_names_no_group_is_refused(replacement: str) -> None:
    with pytest.raises(ReplacementInvalid) as caught:
        replacements(SearchQuery("(a)", is_regex=True), "a", replacement)

    assert caught.value.reason


def test_too_many_replacements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_REPLACEMENTS", 3)

    with pytest.raises(TooManyMatches):
        replacements(SearchQuery("a"), "aaaa", "b")
