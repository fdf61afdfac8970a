"""What is typed on becomes one struct that stands for the same ones."""

import pytest

from collab_server.protocol.typed_runs import LONGEST_BYTES, join_typing
from tests.unit.collab_server.protocol.update_bytes import (
    block,
    identity,
    item,
    one,
    ranges,
    text,
    update,
)

ADA, BOB = 5, 300


def typed(
    content: str,
    clock: int,
    *,
    author: int = ADA,
    left: tuple[int, int] | None = None,
    right: tuple[int, int] | None = None,
) -> bytes:
    """Return the update of a text behind a struct, the author's one before unless told."""
    left = left or (author, clock - 1)
    neighbours = identity(*left) + (identity(*right) if right else b"")
    info = 0xC4 if right else 0x84
    return one(bytes((info,)) + neighbours + text(content), author=author, clock=clock)


def test_one_word_is_one_struct() -> None:
    keys = [typed(key, 7 + at) for at, key in enumerate("word")]

    assert join_typing(keys) == [typed("word", 7)]


def test_a_word_in_front_of_something_keeps_its_right_neighbour() -> None:
    keys = [typed(key, 126 + at, right=(BOB, 3)) for at, key in enumerate("word")]

    assert join_typing(keys) == [typed("word", 126, right=(BOB, 3))]


def test_a_word_begins_behind_somebody_elses_text() -> None:
    keys = [typed("n", 1, left=(BOB, 9)), typed("o", 2)]

    assert join_typing(keys) == [typed("no", 1, left=(BOB, 9))]


def test_what_is_not_latin_counts_in_utf_16() -> None:
    keys = [typed("ж", 200), typed("naïve", 201), typed("語", 206), typed(".", 207)]

    assert join_typing(keys) == [typed("жnaïve語.", 200)]


def test_a_long_word_has_a_long_length() -> None:
    keys = [typed("x", 1 + at) for at in range(200)]

    assert join_typing(keys) == [typed("x" * 200, 1)]


def test_a_run_ends_and_another_begins() -> None:
    log = [
        *(typed("a", 1), typed("b", 2)),
        *(typed("c", 4, author=BOB), typed("d", 5, author=BOB)),
        update(deletes=(ranges(ADA, (2, 1)),)),
        *(typed("e", 3), typed("f", 4)),
    ]

    assert join_typing(log) == [
        typed("ab", 1),
        typed("cd", 4, author=BOB),
        update(deletes=(ranges(ADA, (2, 1)),)),
        typed("ef", 3),
    ]


@pytest.mark.parametrize(
    "second",
    [
        typed("b", 3),  # a clock is missing between them
        typed("b", 2, left=(ADA, 0)),  # behind an earlier one
        typed("b", 2, left=(BOB, 1)),  # behind somebody else's
        typed("b", 2, right=(BOB, 1)),  # in front of something, and the first is not
        typed("b", 2, author=BOB, left=(ADA, 1)),
        typed("😀", 2),  # a browser may have cut it
        typed("\N{REPLACEMENT CHARACTER}", 2),  # half of a pair, as Yjs writes it
        typed("b" * LONGEST_BYTES, 2),
        one(item(4, text("b")), author=ADA, clock=2),
        update(block(ADA, 2, b"\x84" + identity(ADA, 1) + text("b")), deletes=(ranges(9, (0, 1)),)),
        typed("b", 2).replace(b"\x01b", b"\x02b"),  # no update at all
        typed("b", 2).replace(b"\x01b", b"\x01\xc3"),
        b"",
    ],
)
def test_what_is_not_typed_on_is_left_as_it_came(second: bytes) -> None:
    first, third = typed("a", 1), typed("c", 9)

    assert join_typing([first, second, third]) == [first, second, third]


def test_an_emoji_ends_a_run_and_begins_none() -> None:
    log = [typed("a", 1), typed("b", 2), typed("😀", 3), typed("c", 5), typed("d", 6)]

    assert join_typing(log) == [typed("ab", 1), typed("😀", 3), typed("cd", 5)]


def test_nothing_is_nothing() -> None:
    assert join_typing([]) == []
