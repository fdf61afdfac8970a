"""Many talk in one room, over cuts, refusals of the store and crashes: all see one order, once.

A member does what a client should: it follows the offsets, comes back with its position, reads
history when that is too old, and says again under the same `mid` what was not acknowledged.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import pytest

from collab_server.core.room_effects import StoreEvents
from collab_server.protocol.events import Error, Join, Position, RoomJoined, decode_server_event
from collab_server.protocol.limits import UNLIMITED, Limits
from collab_server.protocol.room_events import (
    Ack,
    DeleteMessage,
    EditMessage,
    FindHistory,
    HistoryPage,
    MessageDeleted,
    MessagePosted,
    MessageUpdated,
    PostMessage,
    React,
    Reacted,
)
from collab_server.storage import messages
from tests.seeds import seeds
from tests.support.hub_world import HubWorld
from tests.support.memory_store import MemoryStore
from tests.unit.collab_server.core.members import GENERAL

if TYPE_CHECKING:
    from tests.support.hub_world import Peer

STEPS = 150
LIMITS = Limits(
    messages_a_s=UNLIMITED,
    messages_burst=UNLIMITED,
    joins_a_s=UNLIMITED,
    joins_burst=UNLIMITED,
    errors_a_minute=UNLIMITED,
)


@dataclass
class Member:
    """Somebody in the room, as a client keeps it."""

    name: str
    peer: Peer | None = None
    position: Position | None = None
    said: dict[int, str | None] = field(default_factory=dict)  # offset → mid of messages
    places: list[int] = field(default_factory=list)  # offsets in the order in which they came
    unacknowledged: set[str] = field(default_factory=set)
    ids: list[int] = field(default_factory=list)  # of messages
    count: int = 0
    has_reloaded: bool = False

    def come(self, world: HubWorld, number: int) -> None:
        self.peer = world.sign_in(f"{self.name} {number}", self.name)
        world.tell(self.peer, Join(room=GENERAL, recover=self.position))

    def say(self, world: HubWorld, mid: str) -> None:
        assert self.peer is not None
        self.unacknowledged.add(mid)
        world.tell(self.peer, PostMessage(room=GENERAL, message=mid, mid=mid))

    def hear(self, world: HubWorld) -> None:
        """Take in everything that came."""
        while self.peer is not None and self.peer.inbox:
            for event in self.peer.take():
                self._take(world, event)

    def _take(self, world: HubWorld, event: object) -> None:
        match event:
            case RoomJoined():
                assert event.epoch is not None
                assert event.offset is not None
                if event.recovered:
                    for missed in event.events or ():
                        self._take(world, decode_server_event(bytes(missed)))
                elif self.position is not None or event.offset:
                    self._reload(world)
                self.position = Position(epoch=event.epoch, offset=event.offset)
            case MessagePosted() | MessageUpdated() | MessageDeleted() | Reacted():
                self._follow(event)
            case HistoryPage():
                for raw in event.messages:
                    message = decode_server_event(bytes(raw))
                    assert isinstance(message, MessagePosted)
                    self._note(message)
                if event.more:
                    last = msgspec.json.decode(event.messages[-1])["offset"]
                    self._ask_history(world, last)
            case Ack(mid=str(mid)):
                self.unacknowledged.discard(mid)
            case Error():
                assert event.slug in ("unavailable", "message_not_found", "permission_denied")
            case _:
                pass

    def _follow(self, event: MessagePosted | MessageUpdated | MessageDeleted | Reacted) -> None:
        assert event.offset is not None
        assert self.position is not None
        if isinstance(event, MessagePosted):
            self._note(event)
        if event.offset > self.position.offset:
            assert event.offset == self.position.offset + 1, "a hole"
            self.position = Position(epoch=self.position.epoch, offset=event.offset)
            self.places.append(event.offset)

    def _note(self, message: MessagePosted) -> None:
        assert message.offset is not None
        assert message.id is not None
        self.said[message.offset] = message.mid
        self.ids.append(message.id)

    def _reload(self, world: HubWorld) -> None:
        self.has_reloaded = True
        self.said.clear()
        self._ask_history(world, 0)

    def _ask_history(self, world: HubWorld, after: int) -> None:
        assert self.peer is not None
        world.tell(self.peer, FindHistory(room=GENERAL, after=after, limit=200))


class Room:
    """The room, its server, and who is in it."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.store = MemoryStore()
        self.members = [Member(name) for name in ("ada", "bob", "cecil", "dora")]
        self.connections = 0
        self._start(0)

    def step(self) -> None:
        rng, member = self.rng, self.rng.choice(self.members)
        if member.peer is None:
            self.connections += 1
            member.come(self.world, self.connections)
            return
        action = rng.random()
        if action < 0.45:
            member.count += 1
            member.say(self.world, f"{member.name}.{member.count}")
        elif action < 0.55 and member.unacknowledged:
            member.say(self.world, rng.choice(sorted(member.unacknowledged)))
        elif action < 0.65 and member.ids:
            self._change(member, rng.choice(member.ids))
        elif action < 0.72:
            self.world.disconnect(member.peer)
            member.peer = None
        elif action < 0.76 and self.world.withheld:
            self.world.refuse()
        elif action < 0.79:
            self._crash()
        else:
            self.world.answer(min(1, len(self.world.withheld)))
        for other in self.members:
            other.hear(self.world)

    def come_to_rest(self) -> None:
        """Let everybody be there, hear everything, and say what is not acknowledged."""
        self.world.withholds.clear()
        while self.world.withheld:
            self.world.answer()
        for member in self.members:
            if member.peer is None:
                self.connections += 1
                member.come(self.world, self.connections)
            member.hear(self.world)
        for member in self.members:
            for mid in sorted(member.unacknowledged):
                member.say(self.world, mid)
        for member in self.members:
            member.hear(self.world)

    def _change(self, member: Member, message_id: int) -> None:
        assert member.peer is not None
        changes = (
            EditMessage(room=GENERAL, message_id=message_id, message="changed"),
            DeleteMessage(room=GENERAL, message_id=message_id),
            React(room=GENERAL, message_id=message_id, emoji="+1", op="add"),
        )
        self.world.tell(member.peer, self.rng.choice(changes))

    def _crash(self) -> None:
        """Kill the server; what it was storing is on the disk, or is not."""
        for effect in self.world.withheld:
            if isinstance(effect, StoreEvents) and self.rng.random() < 0.5:
                messages.store_events(self.store.rooms.database, effect.events, effect.epoch, 0)
        for member in self.members:
            member.peer = None
        self._start(self.connections)

    def _start(self, life: int) -> None:
        self.world = HubWorld(self.store, limits=LIMITS, ids=f"life {life}")
        self.world.withholds.add(StoreEvents)


@pytest.mark.parametrize("seed", seeds(150))
def test_everybody_sees_one_order_and_everything_once(seed: int) -> None:
    room = Room(random.Random(seed))

    for _ in range(STEPS):
        room.step()
    room.come_to_rest()

    first = room.members[0]
    expected = {f"{member.name}.{n + 1}" for member in room.members for n in range(member.count)}
    assert not any(member.unacknowledged for member in room.members)
    assert sorted(mid for mid in first.said.values() if mid) == sorted(expected)
    assert all(member.said == first.said for member in room.members)
    for member in room.members:
        assert member.places == sorted(set(member.places))
