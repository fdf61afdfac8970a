"""Seeds for property tests that walk a random plan.

CODEXPRO_SEEDS says how many seeds a test that asks for 200 gets; the others get more or fewer in
proportion. The seed stands in the test's id, so `-k seed17` runs one again.
"""

import os

import pytest

USUAL_SEEDS = 200


def seeds(count: int):
    """Return the arguments of `parametrize("seed", …)`, at least one."""
    wanted = int(os.environ.get("CODEXPRO_SEEDS", USUAL_SEEDS))
    scaled = max(1, count * wanted // USUAL_SEEDS)
    return [pytest.param(seed, id=f"seed{seed}") for seed in range(scaled)]
