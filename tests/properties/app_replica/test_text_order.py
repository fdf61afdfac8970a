"""The order of ids is the order of the text, whoever typed where, in whatever order it came."""

import random
from typing import Any

import pycrdt
import pytest

from app.collab.text_order import TextOrder
from tests.seeds import seeds

PIECES = ["a", "bc", "\n", "ä", "中文", "😀", "naïve", "👩‍👩‍👧‍👦"]
STEPS = 150

Marks = dict[tuple[int, int], bytes | None]


def units_of(text: str) -> list[bytes]:
    raw = text.encode("utf-16-le")
    return [raw[at : at + 2] for at in range(0, len(raw), 2)]


class Author:
    """A replica that knows what each of its ids stands for."""

    def __init__(self) -> None:
        self.doc: pycrdt.Doc[Any] = pycrdt.Doc()
        self.text = self.doc.get("content", type=pycrdt.Text)
        self._other: pycrdt.Map[Any] = self.doc.get("other", type=pycrdt.Map)
        self._clock = 0

    def edit(self, chance: random.Random, marks: Marks) -> bytes:
        """Change something, and return the update."""
        before = self.doc.get_state()
        text = str(self.text)
        at, end = sorted(chance.randint(0, len(text)) for _ in range(2))
        at_utf8, end_utf8 = len(text[:at].encode()), len(text[:end].encode())
        what = chance.random()
        if what < 0.1:
            self._other[chance.choice("xyz")] = chance.random()
            self._mark(None, marks)
        elif what < 0.7 or at == end or end - at > 20:
            piece = chance.choice(PIECES)
            self.text.insert(at_utf8, piece)
            for unit in units_of(piece):
                self._mark(unit, marks)
        else:
            del self.text[at_utf8:end_utf8]
        return self.doc.get_update(before)

    def learn(self, other: "Author") -> None:
        """Take in what another has."""
        self.doc.apply_update(other.doc.get_update(self.doc.get_state()))

    def _mark(self, unit: bytes | None, marks: Marks) -> None:
        marks[self.doc.client_id, self._clock] = unit
        self._clock += 1


@pytest.mark.parametrize("seed", seeds(60))
def test_ids_and_offsets_lead_to_each_other(seed: int) -> None:
    chance = random.Random(seed)
    authors = [Author() for _ in range(3)]
    grown, late = TextOrder("content"), TextOrder("content")
    marks: Marks = {}
    for _ in range(STEPS):
        author = chance.choice(authors)
        if chance.random() < 0.6:
            grown.take(author.edit(chance, marks))
        else:
            author.learn(chance.choice(authors))
    for author in authors[1:]:
        authors[0].learn(author)
    late.take(authors[0].doc.get_update())
    late.take(authors[0].doc.get_update())

    units = units_of(str(authors[0].text))
    for order in (grown, late):
        assert order.length_utf16 == len(units)
        ids = [order.unit_at(offset) for offset in range(len(units))]
        assert [marks[each] for each in ids if each is not None] == units
        assert [order.offset_of(each) for each in ids if each is not None] == list(
            range(len(units))
        )
        assert order.unit_at(len(units)) is None
    gone = [each for each, unit in marks.items() if unit is not None]
    places = [grown.offset_of(each) for each in gone]
    assert places == [late.offset_of(each) for each in gone]
    assert all(place is not None and 0 <= place <= len(units) for place in places)
