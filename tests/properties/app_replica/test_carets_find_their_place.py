"""A caret that travels lands where its author's own would be once everything has arrived."""

import random

import pytest

from app.collab.caret_log import caret_from_wire
from app.collab.text_replica import TextReplica
from app.model.text_edit import Selection, TextEdit, length_utf16, transform_position
from tests.seeds import seeds

WORDS = ["a", "b ", "é", "😀", "word"]


class Story:
    """Two people who type while each other's edits are on the way."""

    def __init__(self, seed: int) -> None:
        self.plan = random.Random(seed)
        self.ada, self.grace = TextReplica("the quick brown fox 😀 jumps\n" * 3), TextReplica()
        self.grace.apply(self.ada.ledger.history())
        self.to_grace: list[bytes] = []
        self.to_ada: list[bytes] = []

    def step(self) -> None:
        if self.plan.random() < 0.5:
            self.to_grace += self._typed(self.ada)
        else:
            self.to_ada += self._typed(self.grace)
        if self.to_grace and self.plan.random() < 0.4:
            self.grace.apply([self.to_grace.pop(0)])
        if self.to_ada and self.plan.random() < 0.4:
            self.ada.apply([self.to_ada.pop(0)])

    def caret(self) -> int:
        shadow = self.ada.shadow
        return shadow.whole_character_at(self.plan.randint(0, shadow.length_utf16))

    def _typed(self, replica: TextReplica) -> list[bytes]:
        text = replica.text
        start = self.plan.randint(0, len(text))
        removed = text[start : start + self.plan.choice([0, 0, 0, 1])]
        word = self.plan.choice(WORDS) if not removed else ""
        edit = TextEdit(length_utf16(text[:start]), length_utf16(removed), word)
        update = replica.edit([edit], now_ms=0)
        return [update] if update else []


@pytest.mark.parametrize("seed", seeds(200))
def test_a_caret_lands_where_its_author_sees_it(seed: int) -> None:
    story = Story(seed)
    for _ in range(story.plan.randint(0, 8)):
        story.step()
    caret = story.caret()
    wire = caret_from_wire(story.ada.caret_for_wire(caret, caret))
    assert wire is not None

    story.grace.apply(story.to_grace)
    for update in story.to_ada:
        caret = transform_position(caret, story.ada.apply([update]))

    assert story.ada.text == story.grace.text
    found = story.grace.caret_from_wire(wire)
    assert found is not None
    # Where both sides edited at the caret at once, either side of that edit will do.
    assert abs(found.head_utf16 - caret) <= 6
    assert found == Selection(found.head_utf16, found.head_utf16)
