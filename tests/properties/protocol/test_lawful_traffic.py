"""What a Yjs client makes is never called malformed, and stands where Yjs says it stands."""

import json
import os
import subprocess

import pytest

from tests.properties.protocol.traffic import NODE, differences, fresh_traffic, recorded_traffic
from tests.unit.collab_server.protocol.golden import GOLDEN

FRAMES = 10_000 * max(200, int(os.environ.get("CODEXPRO_SEEDS", "200"))) // 200


def test_recorded_traffic_is_judged_as_yjs_judges_it() -> None:
    traces = list(recorded_traffic())

    assert sum(len(trace.frames) for trace in traces) >= 2000
    assert [difference for trace in traces for difference in differences(trace)] == []


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_fresh_traffic_is_judged_as_yjs_judges_it(part: int) -> None:
    traces = list(fresh_traffic(seed=1000 + part, frames=FRAMES // 4))

    assert sum(len(trace.frames) for trace in traces) >= FRAMES // 4
    assert [difference for trace in traces for difference in differences(trace)] == []


@pytest.mark.node
def test_node_still_makes_the_golden_bytes() -> None:
    made = subprocess.run(
        ["node", "golden.mjs"], cwd=NODE, check=True, capture_output=True, text=True, timeout=60
    )

    assert {name: bytes.fromhex(raw) for name, raw in json.loads(made.stdout).items()} == GOLDEN
