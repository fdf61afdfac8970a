"""A seeded walk through a server's lives: people edit, messages are late, everything breaks.

After each step what must always hold is checked, and at rest everybody has the same text. Knows no
sockets and no real time.
"""

from __future__ import annotations

import contextlib
import random
from typing import TYPE_CHECKING, Protocol

from collab_server.core.effects import LoadDocument, Persist
from collab_server.core.replicas import edit_to, text_of
from collab_server.core.shadow import Fault, compare
from collab_server.core.version_effects import AskVersions
from collab_server.protocol.events import encode_event
from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.limits import Limits
from collab_server.protocol.updates import UpdateSummary, parse_update
from collab_server.protocol.version_events import RestoreVersion
from collab_server.storage.errors import OutOfSequence
from tests.properties.hub.stock_editor import StockEditor
from tests.support.hub_world import NOTES, HubWorld, Peer
from tests.support.memory_store import MemoryStore
from tests.support.writer import Writer

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Mapping

PEOPLE = 4
SURVIVORS = 2  # at least so many always come back
ENOUGH = 20_000  # deliveries; who needs more at rest is wedged


class Person(Protocol):
    """Somebody with a replica and, now and then, a connection."""

    name: str
    peer: Peer | None
    outgoing: deque[str | bytes]
    connections: int

    @property
    def author_id(self) -> int:
        """Whose structs are not in the store before they are acknowledged."""
        ...

    @property
    def state(self) -> Mapping[int, int]:
        """How many clock units of each author it holds."""
        ...

    @property
    def text(self) -> str:
        """What it shows."""
        ...

    @property
    def is_at_rest(self) -> bool:
        """Whether it has sent everything and heard everything."""
        ...

    def join(self, world: HubWorld, connection: str) -> None:
        """Connect, and open the document."""
        ...

    def cut(self) -> None:
        """Lose the connection and everything that was under way."""
        ...

    def edit(self, chance: random.Random) -> None:
        """Type or take away somewhere."""
        ...

    def undo(self) -> None:
        """Take back what was done last."""
        ...

    def repeat(self, chance: random.Random) -> None:
        """Send again what was sent, or ask again."""
        ...

    def leave(self) -> None:
        """Close the document, and open it again."""
        ...

    def receive(self) -> None:
        """Take in the next frame."""
        ...

    def pass_time(self) -> None:
        """Do what is due."""
        ...

    def check(self, simulation: Simulation) -> None:
        """Check what always holds."""
        ...

    def check_at_rest(self, simulation: Simulation) -> None:
        """Check what holds when nothing is under way."""
        ...


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
        self.people = [self._person(number, name) for number, name in enumerate(names)]

    def step(self, name: str | None = None) -> None:
        """Let one thing happen, this or any, and check what always holds."""
        acts = self._acts()
        (act,) = self._choice.choices([act for _, act in acts], [weight for weight, _ in acts])
        if name is not None:
            (act,) = (act for _, act in acts if act.__name__ == name)
        self.acts.append(act.__name__)
        act()
        self.world.advance(self.chance.choice((0.0, 0.001, 0.006)))
        self._pass_time()
        self.check()

    def rest(self) -> None:
        """Bring everybody back and let everything that is under way arrive."""
        for _ in range(ENOUGH):
            self.world.advance(0.01)
            self._pass_time()
            is_busy = bool(self.world.withheld)
            self.world.answer()
            for person in self.people:
                if person.peer is None:
                    self._join(person)
                if person.peer is not None:
                    self.world.hub.slow_readers.catch_up(person.peer.id)
                    self.world.run()
                    is_busy = is_busy or bool(person.outgoing or person.peer.inbox)
                is_busy = is_busy or not person.is_at_rest
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
        for person in filter(self.is_up_to_date, self.people):
            own = person.author_id
            foreign = {author: clock for author, clock in person.state.items() if author != own}
            assert self.in_store.covers(foreign), f"{person.name} saw what the store lacks"
            person.check(self)

    def is_up_to_date(self, person: Person) -> bool:
        """Tell whether somebody holds the history that the store has: there is but one."""
        return True

    def is_in_store(self, summary: UpdateSummary) -> bool:
        """Tell whether everything of an update is committed."""
        self.check()
        return self.in_store.classify(summary) is Standing.KNOWN

    def _acts(self) -> list[tuple[int, Callable[[], None]]]:
        """Return what may happen, and how often."""
        return [
            (30, self._edit),
            (30, self._deliver_up),
            (45, self._deliver_down),
            (20, self._answer),
            (16, self._connect),
            (3, self._cut),
            (3, self._fail),
            (3, self._repeat),
            (1, self._crash_before_commit),
            (1, self._crash_after_commit),
            (1, self._wait_long),
            (2, self._restore),
            (4, self._fall_behind),
            (4, self._catch_up),
        ]

    def _pass_time(self) -> None:
        """Let everybody do what is due."""
        for person in self.people:
            person.pass_time()

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

    def _person(self, number: int, name: str) -> Person:
        return StockEditor(name, self.is_in_store)

    def _someone(self, *, connected: bool) -> Person | None:
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

    def _up(self, person: Person | None) -> None:
        if person is not None and person.peer is not None and person.outgoing:
            self.world.send(person.peer, person.outgoing.popleft())

    def _down(self, person: Person | None) -> None:
        if person is not None and person.peer is not None and person.peer.inbox:
            person.receive()

    def _connect(self) -> None:
        person = self._someone(connected=False)
        if person is not None:
            self._join(person)

    def _join(self, person: Person) -> None:
        connection = f"{person.name} {person.connections} {self.lives}"
        person.join(self.world, connection)

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
        if not self.world.hub.is_signed_in(person.peer.id):
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
                with contextlib.suppress(OutOfSequence):
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


def come_to_rest(simulation: Simulation) -> None:
    """Let a plan end, and check that nobody is left behind."""
    simulation.rest()
    stored = Writer()
    stored.apply(simulation.store.view(NOTES).diff(b"\x00"))
    for person in simulation.people:
        assert person.text == stored.text
        assert person.state == simulation.in_store.state
        person.check_at_rest(simulation)
        assert person.peer is not None
        assert not simulation.world.hub.is_held(person.peer.id)
    standing = simulation.world.hub.document_answers.standing_of(NOTES)
    assert standing is not None
    log = simulation.store.logs[NOTES].whole if NOTES in simulation.store.logs else []
    found = compare(standing[2], simulation.world.views[NOTES].pieces(), log)
    assert found.fault is Fault.NOWHERE, found.reason
