"""Whatever happens to the network and the server, nobody loses a key and nobody is left behind.

A random plan lets three people type, undo and come and go while messages are under way, and kills
the server on either side of a commit.
"""

import random

import pytest

from app.model.text_edit import length_utf16
from tests.seeds import seeds
from tests.unit.app.collab.hub_world import World

ROOM = "codexpro_project_1"
DOCUMENT = f"{ROOM}/f/1"
WORDS = ["a", "b", " ", "\n", "é", "e\u0301", "漢", "😀", "👨‍👩‍👧", "word "]


class Plan:
    """One random story with one server and three people."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = World(seed)
        self.people = [self._person(name) for name in ("ada", "grace", "edsger")]
        self.ada = self.people[0]
        self.ada.open(DOCUMENT, "first line\nsecond 😀 line\n")
        for person in self.people[1:]:
            person.open(DOCUMENT)

    def step(self) -> None:
        person = self.random.choice(self.people)
        chance = self.random.random()
        if chance < 0.35:
            self._type(person)
        elif chance < 0.40:
            self._undo(person)
        elif chance < 0.75:
            self.world.deliver_any()
        elif chance < 0.90:
            self.world.commit()
        elif chance < 0.94:
            person.cut()
        elif chance < 0.97:
            self.world.now_s += self.random.random()
            self._tick()
        else:
            self.world.kill_server()
            self.expect_no_more_than_the_store_has()

    def expect_no_more_than_the_store_has(self) -> None:
        """Nobody may hold others' edits that a killed server has forgotten."""
        store = self.world.people_of_the_store(DOCUMENT)
        own = {person.replicas[DOCUMENT].author_id for person in self.people}
        for person in self.people:
            known = person.replicas[DOCUMENT].ledger.known.state
            foreign = own - {person.replicas[DOCUMENT].author_id}
            assert {a: c for a, c in known.items() if a in foreign and c > store.get(a, 0)} == {}

    def _person(self, name: str):
        self.world.store.grants[name, ROOM] = "rw"
        person = self.world.person(name)
        person.start()
        return person

    def _type(self, person) -> None:
        text = person.widgets[DOCUMENT]
        at = self.random.randint(0, len(text))
        stop = min(len(text), at + self.random.choice([0, 0, 0, 1, 5]))
        word = self.random.choice([*WORDS, ""])
        start_utf16 = length_utf16(text[:at])
        person.type(DOCUMENT, start_utf16, word, length_utf16(text[at:stop]))

    def _undo(self, person) -> None:
        person.undo(DOCUMENT)

    def _tick(self) -> None:
        for person in self.people:
            person.session.tick(self.world.now_s)
            person.pump()
        self.world.hub.tick(self.world.now_s)
        self.world.pump()


@pytest.mark.parametrize("seed", seeds(200))
def test_everybody_and_the_store_end_with_the_same_text(seed: int) -> None:
    plan = Plan(seed)

    for _ in range(250):
        plan.step()
    plan.world.settle()
    plan.world.settle(advance_s=40.0)

    stored = plan.world.store.text_of(DOCUMENT)
    assert [person.widgets[DOCUMENT] for person in plan.people] == [stored] * 3
    assert [person.replicas[DOCUMENT].text for person in plan.people] == [stored] * 3
    assert all(person.replicas[DOCUMENT].verify() for person in plan.people)
    assert [person.session.save_state.phase.value for person in plan.people] == ["saved"] * 3
    assert [person.notices() for person in plan.people] == [[], [], []]
