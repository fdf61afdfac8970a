"""What passes the parser cannot hurt the CRDT library: the promise of PITFALLS, kept by trying."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MUTANTS = Path(__file__).with_name("mutants.py")
QUICK = 5_000
MANY = 60_000 * max(200, int(os.environ.get("CODEXPRO_SEEDS", "200"))) // 200


@pytest.mark.parametrize(
    ("seed", "count"),
    [
        pytest.param(0, QUICK, id="quick"),
        *[
            pytest.param(seed, MANY // 4, id=f"seed{seed}", marks=pytest.mark.slow)
            for seed in range(1, 5)
        ],
    ],
)
def test_no_mutant_that_passes_crashes_panics_or_poisons(seed: int, count: int) -> None:
    ran = subprocess.run(
        [sys.executable, str(MUTANTS), str(seed), str(count)],
        check=False,
        capture_output=True,
        text=True,
        timeout=3600,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    result = json.loads(ran.stdout)
    assert result["findings"] == {}
    assert result["counts"]["new"] > count // 200
    assert result["slowest_s"] < 1
