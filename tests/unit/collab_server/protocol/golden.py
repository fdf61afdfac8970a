"""What y-protocols and Yjs made in node (tests/node/golden.mjs), recorded."""

import json
from pathlib import Path

_PATH = Path(__file__).parents[3] / "node" / "fixtures" / "golden.json"
GOLDEN = {name: bytes.fromhex(raw) for name, raw in json.loads(_PATH.read_text()).items()}
