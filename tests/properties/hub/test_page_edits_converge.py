"""Pages that number their edits end with one text, whatever is late and whoever comes back."""

from __future__ import annotations

import random

import pytest

from tests.seeds import seeds
from tests.support.hub_world import ROOM, HubWorld
from tests.unit.collab_server.core.numbered_page import NumberedPage

STEPS = 120


@pytest.mark.parametrize("seed", seeds(200))
def test_pages_end_with_one_text(seed: int) -> None:
    rng = random.Random(seed)
    world = HubWorld()
    pages = [NumberedPage(name, ROOM) for name in ("ada", "bob", "cecil")]
    connections = 0
    for page in pages:
        connections += 1
        page.connect(world, f"c{connections}")
        while page.hear(world):
            pass

    for _ in range(STEPS):
        page = rng.choice(pages)
        action = rng.random()
        if action < 0.4:
            page.type(world, rng)
        elif action < 0.97:
            page.hear(world)
        else:
            assert page.peer is not None
            world.disconnect(page.peer)
            connections += 1
            page.connect(world, f"c{connections}")
    while sum(page.hear(world) for page in pages):
        pass

    typed = sum(page.own for page in pages)
    texts = ["\n".join(page.lines) for page in pages]
    assert not any(page.is_lost or page.inflight or page.buffer for page in pages)
    assert texts[0] == texts[1] == texts[2]
    assert typed > 0
