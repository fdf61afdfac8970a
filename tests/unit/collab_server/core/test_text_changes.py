"""From one text to another in few places, whatever the texts."""

import random

import pytest

from collab_server.core import text_changes
from collab_server.core.text_changes import TextChange, changes_between, lines_between
from collab_server.protocol.version_events import LineChange


def applied(old: str, changes: list[TextChange]) -> str:
    """Return what the changes make of a text."""
    text = old.encode()
    for change in reversed(changes):
        end = change.at_utf8 + change.removed_utf8
        text = text[: change.at_utf8] + change.added.encode() + text[end:]
    return text.decode()


def some_text(chance: random.Random) -> str:
    words = ["a", "é", "😀", "\n", "one\n", "two\n", "\u2028", "\r\n"]
    return "".join(chance.choices(words, k=chance.randint(0, 40)))


@pytest.mark.parametrize("seed", range(200))
def test_whatever_the_texts_the_changes_lead_from_one_to_the_other(seed: int) -> None:
    chance = random.Random(seed)
    old, new = some_text(chance), some_text(chance)

    assert applied(old, changes_between(old, new)) == new


def test_equal_texts_need_no_change() -> None:
    assert changes_between("one\ntwo\n", "one\ntwo\n") == []


def test_a_letter_in_a_line_is_one_small_change() -> None:
    assert changes_between("é one\ntwo\n", "é one\ntwos\n") == [TextChange(10, 0, "s")]


def test_two_lines_apart_are_two_changes() -> None:
    old = "one\ntwo\nthree\nfour\nfive\n"

    changes = changes_between(old, "ONE\ntwo\nthree\nfour\nFIVE\n")

    assert changes == [TextChange(0, 3, "ONE"), TextChange(19, 4, "FIVE")]


def test_a_repeated_letter_is_not_counted_twice() -> None:
    assert changes_between("aaa", "aaaa") == [TextChange(3, 0, "a")]


def test_texts_with_too_many_lines_change_in_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_changes, "MOST_LINES", 2)
    old = "same\n1\n2\n3\n4\nend\n"

    assert changes_between(old, "same\n5\n2\n6\n4\nend\n") == [TextChange(5, 5, "5\n2\n6")]


def test_a_line_that_stands_everywhere_parts_no_change_in_a_long_text() -> None:
    old = "".join(f"\nold {number}\n" for number in range(200))
    new = "".join(f"\nnew {number}\n" for number in range(200))

    [change] = changes_between(old, new)

    assert applied(old, [change]) == new


def test_beside_others_it_stays_where_it_is() -> None:
    old = "".join(f"\none {number}\n" for number in range(200))
    new = old.replace("one 7\n", "two\n").replace("one 150\n", "three\n")

    assert [(change.line, change.added) for change in lines_between(old, new)] == [
        (16, "two\n"),
        (302, "three\n"),
    ]


def test_lines_are_counted_in_the_older_text() -> None:
    changes = lines_between("one\ntwo\nthree\nfour\n", "one\nTWO\nthree\nfour\nfive\n")

    assert changes == [
        LineChange(line=2, removed="two\n", added="TWO\n"),
        LineChange(line=5, removed="", added="five\n"),
    ]


@pytest.mark.parametrize("seed", range(50))
def test_lines_that_change_lead_from_one_text_to_the_other(seed: int) -> None:
    chance = random.Random(seed)
    old, new = some_text(chance), some_text(chance)

    lines = old.splitlines(keepends=True)
    for change in reversed(lines_between(old, new)):
        count = len(change.removed.splitlines())
        lines[change.line - 1 : change.line - 1 + count] = [change.added]

    assert "".join(lines) == new
