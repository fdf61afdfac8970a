"""No crash loses what was acknowledged, shows what was not, or leaves anybody behind.

A seeded walk: people edit, messages are late, connections break, the server dies before and after
commits and comes back from its store. After each step what must always hold is checked, and at rest
everybody has the same text. What a plan did is saved as JSON when it fails (the path is printed);
put into `plans/`, it is walked again for ever.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.properties.hub.everyone import Everyone
from tests.properties.hub.operated import Operated
from tests.properties.hub.simulation import Simulation, come_to_rest
from tests.seeds import seeds

STEPS = 300
PLANS = Path(__file__).parent / "plans"
KINDS: dict[str, type[Simulation]] = {
    "stock clients": Simulation,
    "everyone": Everyone,
    "operated": Operated,
}


def walk(kind: str, seed: int, folder: Path) -> None:
    """Walk a plan; save it when it fails."""
    simulation = KINDS[kind](seed)
    try:
        for _ in range(STEPS):
            simulation.step()
        come_to_rest(simulation)
    except BaseException:
        plan = folder / f"seed{seed}.json"
        plan.write_text(json.dumps({"kind": kind, "seed": seed, "acts": simulation.acts}))
        print(f"the plan that failed: {plan}")
        raise


@pytest.mark.parametrize("seed", seeds(70))
def test_whatever_breaks_everybody_ends_with_what_the_store_has(seed: int, tmp_path: Path) -> None:
    walk("stock clients", seed, tmp_path)


@pytest.mark.parametrize("seed", seeds(70))
def test_so_it_is_with_the_app_kicks_undo_and_compaction_too(seed: int, tmp_path: Path) -> None:
    walk("everyone", seed, tmp_path)


@pytest.mark.parametrize("seed", seeds(60))
def test_so_it_is_when_backups_are_put_back_and_bad_updates_are_found(
    seed: int, tmp_path: Path
) -> None:
    walk("operated", seed, tmp_path)


@pytest.mark.parametrize("plan", sorted(PLANS.glob("*.json")), ids=lambda plan: plan.stem)
def test_what_once_failed_does_not_fail_again(plan: Path) -> None:
    saved = json.loads(plan.read_text())
    simulation = KINDS[saved.get("kind", "stock clients")](saved["seed"])

    for act in saved["acts"]:
        simulation.step(act)

    come_to_rest(simulation)
