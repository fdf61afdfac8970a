"""Positions and edits, against a plain str that is measured anew each time."""

import itertools
import random

import pytest

from app.model.shadow_text import ShadowText
from app.model.text_composition import compose
from app.model.text_diff import minimal_edits
from app.model.text_edit import TextEdit, apply_edits, length_utf16
from tests.seeds import seeds

ALPHABET = [*"ab \n", "é", "e\u0301", "漢", "😀", "👨‍👩‍👧", "🇩🇪", "\u200d", "\ufe0f", "x" * 9]


def some_text(plan: random.Random, most: int) -> str:
    return "".join(plan.choices(ALPHABET, k=plan.randint(0, most)))


def some_edits(plan: random.Random, text: str) -> list[TextEdit]:
    cuts = sorted({plan.randint(0, len(text)) for _ in range(6)})
    return [
        TextEdit(length_utf16(text[:start]), length_utf16(text[start:stop]), some_text(plan, 3))
        for start, stop in zip(cuts[::2], cuts[1::2], strict=False)
    ]


def expect_in_order(edits: list[TextEdit]) -> None:
    for before, after in itertools.pairwise(edits):
        assert before.at_utf16 < after.at_utf16
        assert before.at_utf16 + before.removed_utf16 <= after.at_utf16


@pytest.mark.parametrize("seed", seeds(200))
def test_a_shadow_is_the_text_in_every_unit(seed: int) -> None:
    plan = random.Random(seed)
    text = some_text(plan, 40) * plan.choice([1, 1, 300])
    shadow = ShadowText(text)

    for _ in range(20):
        start = plan.randint(0, len(text))
        stop = min(len(text), start + plan.choice([0, 1, 4, 5000]))
        new = some_text(plan, 5) * plan.choice([1, 1, 1, 900])
        removed, at_utf16 = text[start:stop], length_utf16(text[:start])
        at_utf8, removed_utf8 = len(text[:start].encode()), len(removed.encode())
        if plan.random() < 0.5:
            told = shadow.replace(at_utf16, at_utf16 + length_utf16(removed), new)
            assert (told.at_utf8, told.removed_utf8) == (at_utf8, removed_utf8)
        else:
            told = shadow.replace_utf8(at_utf8, removed_utf8, new)
            assert told == TextEdit(at_utf16, length_utf16(removed), new)
        text = text[:start] + new + text[stop:]
        place = plan.randint(0, len(text))
        place_utf16, place_utf8 = length_utf16(text[:place]), len(text[:place].encode())
        assert str(shadow) == text
        assert (shadow.length_utf16, shadow.length_utf8) == (length_utf16(text), len(text.encode()))
        assert (shadow.utf8_at(place_utf16), shadow.utf16_at(place_utf8)) == (
            place_utf8,
            place_utf16,
        )
        assert shadow.slice(0, place_utf16) == text[:place]


@pytest.mark.parametrize("seed", seeds(200))
def test_two_lists_of_edits_are_as_good_as_one(seed: int) -> None:
    plan = random.Random(seed)
    text = some_text(plan, 30)
    first = some_edits(plan, text)
    middle = apply_edits(text, first)
    second = some_edits(plan, middle)

    both = compose(first, second)

    assert apply_edits(text, both) == apply_edits(middle, second)
    expect_in_order(both)


@pytest.mark.parametrize("seed", seeds(200))
def test_a_difference_makes_one_text_of_the_other(seed: int) -> None:
    plan = random.Random(seed)
    old = some_text(plan, 30) * plan.choice([1, 30])
    new = apply_edits(old, some_edits(plan, old))
    hint = plan.choice([None, plan.randint(0, length_utf16(old))])

    edits = minimal_edits(old, new, at_utf16=hint)

    assert apply_edits(old, edits) == new
    expect_in_order(edits)


@pytest.mark.parametrize("seed", seeds(200))
def test_one_key_is_one_edit_where_it_was_typed(seed: int) -> None:
    plan = random.Random(seed)
    old = "".join(plan.choices("aab\n", k=plan.randint(0, 20)))
    at, key = plan.randint(0, len(old)), plan.choice("ab\n")

    edits = minimal_edits(old, old[:at] + key + old[at:], at_utf16=at)

    assert edits == [TextEdit(at, 0, key)]
