"""The CRDT library and our idea of what it knows agree, on its own traffic and on that of Yjs."""

import random

import pycrdt
import pytest

from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.updates import (
    EMPTY_UPDATE,
    encode_text,
    parse_state_vector,
    parse_update,
)
from tests.properties.protocol.traffic import recorded_traffic
from tests.seeds import seeds

WORDS = ("a", "é", "中", "😀", "xyz\n", "e\u0301")
VALUES = (1, 2.5, -0.0, "x", None, True, [1, {"a": []}], 2**40, 2**60, -(2**62), b"x")


class Peer:
    """A document that edits itself at random and keeps the raw updates it made."""

    def __init__(self, plan: random.Random) -> None:
        self._plan = plan
        self.doc = pycrdt.Doc()
        self._text = self.doc.get("content", type=pycrdt.Text)
        self._map = self.doc.get("map", type=pycrdt.Map)
        self._undo = pycrdt.UndoManager(scopes=[self._text], capture_timeout_millis=0)
        self._made: list[bytes] = []
        self._subscription = self.doc.observe(lambda event: self._made.append(event.update))

    def edit(self) -> list[bytes]:
        text = str(self._text)
        places = [len(text[:at].encode()) for at in range(len(text) + 1)]
        action = self._plan.randrange(10)
        if action < 5:
            self._text.insert(self._plan.choice(places), self._plan.choice(WORDS))
        elif action < 8 and text:
            start = self._plan.randrange(len(text))
            end = min(len(text), start + self._plan.randrange(1, 6))
            del self._text[places[start] : places[end]]
        elif action == 8:
            self._plan.choice((self._undo.undo, self._undo.redo))()
        else:
            self._map[self._plan.choice("ab")] = self._plan.choice(VALUES)
        made, self._made[:] = [raw for raw in self._made if raw != EMPTY_UPDATE], []
        return made

    def receive(self, update: bytes) -> None:
        with self.doc.transaction(origin="net"):
            self.doc.apply_update(update)
        self._made.clear()


def take(raw: bytes, known: KnownState, log: list[bytes]) -> Standing:
    """Do what a server does with an update."""
    summary = parse_update(raw)
    standing = known.classify(summary)
    if standing is Standing.NEW:
        known.advance(summary)
        log.append(raw)
        assert known.classify(summary) is Standing.KNOWN
    return standing


@pytest.mark.parametrize("seed", seeds(20))
def test_what_the_library_makes_passes_and_leaves_the_state_that_it_has(seed: int) -> None:
    plan = random.Random(seed)
    peers = [Peer(plan) for _ in range(3)]
    known = KnownState()
    log: list[bytes] = [EMPTY_UPDATE]

    for _ in range(100):
        peer = plan.choice(peers)
        frames = peer.edit()
        if plan.random() < 0.1:
            peer.receive(pycrdt.get_update(pycrdt.merge_updates(*log), peer.doc.get_state()))
            frames.append(peer.doc.get_update(known.state_vector()))
            frames.append(peer.doc.get_update())
        for raw in frames:
            took = take(raw, known, log)
            if took is Standing.EARLY:  # a whole state that repeats emoji: the server asks again
                took = take(peer.doc.get_update(known.state_vector()), known, log)
            assert took is not Standing.EARLY

    merged = pycrdt.merge_updates(*log)
    replica = pycrdt.Doc()
    replica.apply_update(merged)
    assert parse_state_vector(replica.get_state()) == known.state
    assert parse_state_vector(pycrdt.get_state(merged)) == known.state
    assert parse_update(pycrdt.get_update(merged, known.state_vector())).deletes == known.deletes


def test_merging_the_log_of_yjs_clients_gives_what_passes_and_what_is_known() -> None:
    for trace in recorded_traffic():
        merged = pycrdt.merge_updates(*trace.log)

        assert parse_update(merged).structs.keys() == parse_state_vector(trace.end[0]).keys()
        assert parse_state_vector(pycrdt.get_state(merged)) == parse_state_vector(trace.end[0])
        left = parse_update(pycrdt.get_update(merged, trace.end[0]))
        assert left.structs == {}
        assert left.deletes == parse_update(trace.end[1]).deletes


def test_a_text_of_ours_reads_as_it_was_written() -> None:
    text = "naïve 😀\n" * 10_000
    document = pycrdt.Doc()

    document.apply_update(encode_text(7, "content", text))

    assert str(document.get("content", type=pycrdt.Text)) == text
