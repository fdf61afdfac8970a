import pytest

from app.model.mentions import (
    MOST_MENTIONS,
    Mention,
    find_mentions,
    fitting_names,
    mention_being_typed,
)

NAMES = {"1": "Ada", "2": "Ada Lovelace", "3": "李 雷", "4": "straße", "5": ""}


@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("@Ada, look", ["1"]),
        ("@ada lovelace!", ["2"]),
        ("hi @李 雷 and @Ada", ["3", "1"]),
        ("@Straße", ["4"]),
        ("@straße", ["4"]),
        ("mail@Ada", []),
        ("@Adam", []),
        ("@Ada_x", []),
        ("@ @", []),
        ("", []),
    ],
)
def test_who_is_named_is_found_the_longest_name_first(text: str, users: list[str]) -> None:
    assert [mention.user_id for mention in find_mentions(text, NAMES)] == users


def test_a_name_says_where_it_stands() -> None:
    assert find_mentions("😀 @Ada", NAMES) == [Mention(2, 6, "1")]


def test_characters_that_fold_to_several_move_no_name() -> None:
    assert find_mentions("ﬃ @Ada @ada", NAMES) == [Mention(2, 6, "1"), Mention(7, 11, "1")]


def test_a_message_names_so_many_people_and_no_more() -> None:
    assert len(find_mentions("@Ada " * (MOST_MENTIONS + 3), NAMES)) == MOST_MENTIONS


@pytest.mark.parametrize(
    ("text", "caret", "typed"),
    [
        ("@", 1, (0, "")),
        ("hi @ad", 6, (3, "ad")),
        ("hi @ada lov", 11, (3, "ada lov")),
        ("hi @ad", 3, None),
        ("a@b", 3, None),
        ("@ x", 3, None),
        ("@a\nb", 4, None),
        ("nobody", 6, None),
    ],
)
def test_a_name_that_is_being_typed_is_seen(
    text: str, caret: int, typed: tuple[int, str] | None
) -> None:
    assert mention_being_typed(text, caret) == typed


def test_names_that_go_on_so_are_offered_those_first_that_begin_so() -> None:
    names = {"1": "Zoe Adams", "2": "ada", "3": "Bob"}

    assert fitting_names("AD", names) == ["2", "1"]
    assert fitting_names("", names) == ["2", "3", "1"]
