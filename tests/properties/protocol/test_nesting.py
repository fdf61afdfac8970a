"""Nested types of stock documents: measured update by update, at once, and as they really stand."""

from random import Random

import pycrdt
import pytest

from collab_server.protocol.known_state import KnownState
from collab_server.protocol.updates import parse_update
from tests.seeds import seeds


def depth_of(value: object) -> int:
    """Return how many containers stand in each other."""
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 0


def measured(*updates: bytes) -> KnownState:
    known = KnownState()
    for update in updates:
        summary = parse_update(update)
        known.measure(update, summary)
        known.advance(summary)
    return known


def grow(rng: Random, root: pycrdt.Array) -> None:
    """Put something somewhere into nested arrays, or take something away."""
    at = root
    while len(at) and rng.random() < 0.8:
        child = at[rng.randrange(len(at))]
        if not isinstance(child, pycrdt.Array):
            break
        at = child
    if len(at) and rng.random() < 0.15:
        del at[rng.randrange(len(at))]
    else:
        what = rng.choice((pycrdt.Array, pycrdt.Array, lambda: "x"))()
        at.insert(rng.randint(0, len(at)), what)


@pytest.mark.parametrize("seed", seeds(60))
def test_depths_are_the_same_however_the_history_comes(seed: int) -> None:
    rng = Random(seed)
    log: list[bytes] = []
    docs = [pycrdt.Doc() for _ in range(3)]
    roots = [doc.get("r", type=pycrdt.Array) for doc in docs]
    subscriptions = [doc.observe(lambda event: log.append(event.update)) for doc in docs]
    for _ in range(40):
        author = rng.randrange(3)
        for update in tuple(log):
            with docs[author].transaction():
                docs[author].apply_update(update)
        before = len(log)
        grow(rng, roots[author])
        del log[before + 1 :]
    del subscriptions
    whole = pycrdt.Doc()
    for update in log:
        whole.apply_update(update)
    real = depth_of(whole.get("r", type=pycrdt.Array).to_py())

    one_by_one = measured(*log)
    at_once = measured(pycrdt.merge_updates(*log))

    deepest = [
        max((depth for changes in known.types.places.values() for _, depth in changes), default=0)
        for known in (one_by_one, at_once)
    ]
    assert one_by_one.types.places == at_once.types.places
    assert deepest[0] >= real - 2  # the root, and a type that nothing stands in
