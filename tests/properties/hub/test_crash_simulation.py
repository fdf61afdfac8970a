"""No crash loses what was acknowledged, shows what was not, or leaves anybody behind.

A seeded walk: people edit, messages are late, connections break, the server dies before and after
commits and comes back from its store. After each step what must always hold is checked, and at rest
everybody has the same text. What a plan did is saved as JSON when it fails (the path is printed);
put into `plans/`, it is walked again for ever.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from collab_server.core.effects import LoadDocument, Persist
from collab_server.core.replicas import edit_to, text_of
from collab_server.core.version_effects import AskVersions
from collab_server.protocol.events import encode_event
from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.limits import Limits
from collab_server.protocol.updates import UpdateSummary, parse_update
from collab_server.protocol.version_events import RestoreVersion
from tests.properties.hub.stock_editor import StockEditor
from tests.seeds import seeds
from tests.support.hub_world import NOTES, HubWorld, MemoryStore
from tests.support.writer import Writer

STEPS = 150
PEOPLE = 4
SURVIVORS = 2  # at least so many always come back
PLANS = Path(__file__).parent / "plans"
ENOUGH = 20_000  # deliveries; who needs more at rest is wedged


class Simulation:
    """Servers, one after the other, on one store, and the people who use them."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.acts: list[str] = []  # what has happened, by name
        self.chance = random.Random(seed)
        self._choice = random.Random(f"what happens {seed}")
        self._texts: list[str] = []  # that can be restored
        self.store = MemoryStore()
        self.lives = 0
        self.world = self._new_life()
        self.in_store = KnownState()
        self._counted = 0  # rows of the store that `in_store` has
        names = [f"person {number}" for number in range(PEOPLE)]
        self.people = [StockEditor(name, self.is_in_store) for name in names]

    def step(self, name: str | None = None) -> None:
        """Let one thing happen, this or any, and check what always holds."""
        acts = [
            (30, self._edit),
            (30, self._deliver_up),
            (45, self._deliver_down),
            (20, self._answer),
            (8, self._connect),
            (3, self._cut),
            (3, self._fail),
            (3, self._repeat),
            (2, self._crash_before_commit),
            (2, self._crash_after_commit),
            (1, self._wait_long),
            (2, self._restore),
            (4, self._fall_behind),
            (4, self._catch_up),
        ]
        (act,) = self._choice.choices([act for _, act in acts], [weight for weight, _ in acts])
        if name is not None:
            (act,) = (act for _, act in acts if act.__name__ == name)
        self.acts.append(act.__name__)
        act()
        self.world.advance(self.chance.choice((0.0, 0.001, 0.006)))
        self.check()

    def rest(self) -> None:
        """Bring everybody back and let everything that is under way arrive."""
        for person in self.people:
            if person.peer is None:
                self._join(person)
        for _ in range(ENOUGH):
            self.world.advance(0.01)
            is_busy = bool(self.world.withheld)
            self.world.answer()
            for person in self.people:
                assert person.peer is not None
                self.world.hub.slow_readers.catch_up(person.peer.id)
                self.world.run()
                is_busy = is_busy or bool(person.outgoing or (person.peer and person.peer.inbox))
                self._up(person)
                self._down(person)
            if not is_busy and self.world.hub.is_settled:
                return
            self.check()
        raise AssertionError("it does not come to rest")

    def check(self) -> None:
        """Check what always holds."""
        rows = self.store.logs[NOTES].updates if NOTES in self.store.logs else []
        for update in rows[self._counted :]:
            summary = parse_update(update)
            assert self.in_store.classify(summary) is Standing.NEW, "the log has a hole or a double"
            self.in_store.advance(summary)
        self._counted = len(rows)
        for person in self.people:
            own = person.writer.doc.client_id
            foreign = {author: clock for author, clock in person.state.items() if author != own}
            assert self.in_store.covers(foreign), f"{person.name} saw what the store lacks"

    def is_in_store(self, summary: UpdateSummary) -> bool:
        """Tell whether everything of an update is committed."""
        self.check()
        return self.in_store.classify(summary) is Standing.KNOWN

    def _new_life(self) -> HubWorld:
        self.lives += 1
        world = HubWorld(
            self.store,
            limits=Limits(errors_a_minute=1_000_000),
            commit_interval_s=0.005,
            ids=f"life {self.lives} ",
        )
        world.withholds |= {Persist, LoadDocument}
        return world

    def _someone(self, *, connected: bool) -> StockEditor | None:
        fitting = [person for person in self.people if (person.peer is not None) is connected]
        return self.chance.choice(fitting) if fitting else None

    def _edit(self) -> None:
        self.chance.choice(self.people).edit(self.chance)

    def _repeat(self) -> None:
        self.chance.choice(self.people).repeat(self.chance)

    def _deliver_up(self) -> None:
        for _ in range(self.chance.randint(1, 3)):
            self._up(self._someone(connected=True))

    def _deliver_down(self) -> None:
        for _ in range(self.chance.randint(1, 3)):
            self._down(self._someone(connected=True))

    def _up(self, person: StockEditor | None) -> None:
        if person is not None and person.peer is not None and person.outgoing:
            self.world.send(person.peer, person.outgoing.popleft())

    def _down(self, person: StockEditor | None) -> None:
        if person is not None and person.peer is not None and person.peer.inbox:
            person.receive()

    def _connect(self) -> None:
        person = self._someone(connected=False)
        if person is not None:
            self._join(person)

    def _join(self, person: StockEditor) -> None:
        connection = f"{person.name} {person.connections} {self.lives}"
        person.connected(self.world.sign_in(connection, person.name))

    def _cut(self) -> None:
        person = self._someone(connected=True)
        if person is not None and person.peer is not None:
            self.world.disconnect(person.peer)
            person.cut()

    def _answer(self) -> None:
        if self.world.withheld:
            self.world.withheld.rotate(self.chance.randrange(len(self.world.withheld)))
            self.world.answer(1)

    def _fail(self) -> None:
        if self.world.withheld and isinstance(self.world.withheld[0], Persist):
            self.world.refuse()

    def _restore(self) -> None:
        person = self._someone(connected=True)
        view = self.world.views.get(NOTES)
        if person is None or person.peer is None or view is None:
            return
        merged = view.merged()
        self._texts.append(text_of(merged))
        wanted = self.chance.choice(self._texts)
        self.world.withholds.add(AskVersions)
        self.world.send(person.peer, encode_event(RestoreVersion(document=NOTES, version=1)))
        for asked in [each for each in self.world.withheld if isinstance(each, AskVersions)]:
            self.world.withheld.remove(asked)
            update = edit_to(merged, wanted, asked.author_id)
            self.world.hub.versions.restored(asked, update, self.world.now_s)
        self.world.run()

    def _fall_behind(self) -> None:
        person = self._someone(connected=True)
        if person is not None and person.peer is not None:
            self.world.hub.slow_readers.fall_behind(person.peer.id)

    def _catch_up(self) -> None:
        person = self._someone(connected=True)
        if person is not None and person.peer is not None:
            self.world.hub.slow_readers.catch_up(person.peer.id)

    def _wait_long(self) -> None:
        self.world.advance(self.chance.uniform(1.0, 150.0))

    def _crash_before_commit(self) -> None:
        self._crash()

    def _crash_after_commit(self) -> None:
        for effect in self.world.withheld:
            if isinstance(effect, Persist):
                self.world.commit(effect)
        self._crash()

    def _crash(self) -> None:
        for person in self.people:
            person.cut()
        if len(self.people) > SURVIVORS and self.chance.random() < 0.5:
            self.people.remove(self.chance.choice(self.people))
        now_s = self.world.now_s
        self.world = self._new_life()
        self.world.now_s = now_s


@pytest.mark.parametrize("seed", seeds(200))
def test_whatever_breaks_everybody_ends_with_what_the_store_has(seed: int, tmp_path: Path) -> None:
    simulation = Simulation(seed)

    try:
        for _ in range(STEPS):
            simulation.step()
        come_to_rest(simulation)
    except BaseException:
        plan = tmp_path / f"seed{seed}.json"
        plan.write_text(json.dumps({"seed": seed, "acts": simulation.acts}))
        print(f"the plan that failed: {plan}")
        raise


@pytest.mark.parametrize("plan", sorted(PLANS.glob("*.json")), ids=lambda plan: plan.stem)
def test_what_once_failed_does_not_fail_again(plan: Path) -> None:
    saved = json.loads(plan.read_text())
    simulation = Simulation(saved["seed"])

    for act in saved["acts"]:
        simulation.step(act)

    come_to_rest(simulation)


def come_to_rest(simulation: Simulation) -> None:
    """Let a plan end, and check that nobody is left behind."""
    simulation.rest()
    stored = Writer()
    stored.apply(simulation.store.view(NOTES).diff(b"\x00"))
    for person in simulation.people:
        assert person.writer.text == stored.text
        assert person.state == simulation.in_store.state
        assert not person.awaited, "a status never came"
        assert all(map(simulation.is_in_store, person.acknowledged))
        assert person.peer is not None
        assert not simulation.world.hub.is_held(person.peer.id)
