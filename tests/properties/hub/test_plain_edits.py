"""Two servers hear the same, one of them plain edits the short way: they do and know the same."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from collab_server.core import waiting_line
from collab_server.core.effects import Persist
from collab_server.protocol import documents as frames
from collab_server.protocol import yjs_frames
from collab_server.protocol.limits import Limits
from collab_server.protocol.sync import encode_step_2
from tests.properties.protocol.mutants import mutate
from tests.seeds import seeds
from tests.support.hub_world import NOTES, PLANS, ROOM, HubWorld, Peer
from tests.support.writer import Writer

STEPS = 150
PEOPLE = ("ada", "bob", "cat", "dan")  # dan may only read, cat is ada once more, bob comes by /yjs


@dataclass
class Twins:
    """Two worlds in step."""

    limits: Limits
    worlds: tuple[HubWorld, HubWorld] = field(init=False)

    def __post_init__(self) -> None:
        self.worlds = (HubWorld(limits=self.limits), HubWorld(limits=self.limits))
        self.worlds[1].hears_edits_apart = False
        for world in self.worlds:
            world.sign_in("ada")
            world.arrive("bob")
            world.sign_in("cat", "ada")
            world.sign_in("dan", rooms={ROOM: "r"})
            for name in ("ada", "cat", "dan"):
                world.open(self.peer(world, name))
                world.open(self.peer(world, name), PLANS)
            world.send(self.peer(world, "bob"), yjs_frames.sync_step1(b"\x00"))

    @staticmethod
    def peer(world: HubWorld, name: str) -> Peer:
        """Return somebody."""
        return next(peer for peer in world.peers.values() if peer.id == name)

    def say(self, name: str, messages: list[bytes], document: object = NOTES) -> None:
        """Let somebody send sync messages at once."""
        prefix = b"" if name == "bob" else frames.frame_prefix(document)  # pyright: ignore[reportArgumentType]
        for world in self.worlds:
            if name in world.peers:
                world.send_all(self.peer(world, name), [prefix + message for message in messages])

    def check(self) -> None:
        """Compare what they did and know."""
        short, general = self.worlds
        assert short.performed == general.performed
        assert short.hub.next_deadline_s() == general.hub.next_deadline_s()
        for name in (NOTES, PLANS):
            assert _standing(short, name) == _standing(general, name)


def _standing(world: HubWorld, name: object) -> object:
    document = world.hub.operators.documents(None)
    return [
        (shown.name, shown.last_seq, world.hub.document_answers.standing_of(shown.name))
        for shown in document
        if shown.name == name
    ]


def some_messages(plan: random.Random, writer: Writer, others: list[bytes]) -> list[bytes]:
    """Return what a client might send next, the usual mostly."""
    messages: list[bytes] = []
    for _ in range(plan.choice((1, 1, 1, 2, 5, 20))):
        length = len(writer.text.encode())
        if length and plan.random() < 0.3:
            at = plan.randrange(len(writer.text))
            raw = writer.delete(len(writer.text[:at].encode()), 1)
        else:
            raw = writer.insert(plan.choice((0, length)), plan.choice("ab\n") * plan.choice((1, 3)))
        messages.append(yjs_frames.sync_update(raw))
    chance = plan.random()
    if chance < 0.1:
        messages.append(plan.choice(messages))  # twice
    elif chance < 0.15:
        del messages[plan.randrange(len(messages))]  # what comes next is early
    elif chance < 0.2 and others:
        messages.append(plan.choice(others))  # somebody else's, and perhaps new
    elif chance < 0.25:
        messages.append(yjs_frames.sync_step1(b"\x00"))
    elif chance < 0.28:
        messages.append(yjs_frames.sync_update(writer.diff(b"\x00")))
    elif chance < 0.4:
        messages.append(b"\x00" + encode_step_2(writer.diff(b"\x00")))  # whether asked or not
    elif chance < 0.41:
        messages.append(mutate(plan, messages[-1], messages[0]) if messages else b"\x00")
    return messages


@pytest.mark.parametrize("seed", seeds(16))
def test_the_short_way_has_the_effects_of_the_general_one(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = random.Random(seed)
    if seed % 4 == 1:
        monkeypatch.setattr(waiting_line, "MAX_WAITING_BYTES", 600)
    twins = Twins(
        Limits(
            updates_a_s=5 if seed % 4 == 2 else 10_000,
            updates_burst=20 if seed % 4 == 2 else 10_000,
            document_text_bytes=150 if seed % 4 == 3 else 1_000_000,
            document_log_bytes=20_000 if seed % 8 == 7 else 1_000_000,
            document_frame_bytes=60 if seed % 8 == 5 else 1_000_000,
        )
    )
    writers = {name: Writer() for name in PEOPLE}
    said: list[bytes] = []

    for _ in range(STEPS):
        name = plan.choice(PEOPLE)
        document = PLANS if name != "bob" and plan.random() < 0.1 else NOTES
        messages = some_messages(plan, writers[name], said)
        said = (said + messages)[-50:]
        twins.say(name, messages, document)
        chance = plan.random()
        for world in twins.worlds:
            if chance < 0.3:
                world.withholds = {Persist}
            elif chance < 0.6:
                world.withholds = set()
                world.answer()
            elif chance < 0.63 and world.withheld:
                world.refuse()
            elif chance < 0.9:
                world.advance(chance)
        if chance > 0.97:
            other = Writer()
            other.apply(writers[name].diff(b"\x00"))
            writers[name] = other  # a new author id, as after a reload
        twins.check()
    assert twins.worlds[0].edits_heard_apart
