"""Traffic of real Yjs clients, with the verdict that each frame deserves.

Made by tests/node/lawful_traffic.mjs, which says how; a part of it is recorded for machines without
node.
"""

import gzip
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.updates import parse_state_vector, parse_update

NODE = Path(__file__).parents[2] / "node"
RECORDED = NODE / "fixtures" / "lawful_traffic.txt.gz"


@dataclass(frozen=True)
class Trace:
    """The frames that came for one document, in order, and what the document came to."""

    frames: list[tuple[Standing, bytes]] = field(default_factory=list[tuple[Standing, bytes]])
    vectors: list[bytes] = field(default_factory=list[bytes])  # state vectors of step 1
    end: list[bytes] = field(default_factory=list[bytes])  # its state vector and its deletes

    @property
    def log(self) -> list[bytes]:
        """What a server would have stored."""
        return [update for standing, update in self.frames if standing is Standing.NEW]


def recorded_traffic() -> Iterator[Trace]:
    """Read the recorded traffic."""
    with gzip.open(RECORDED, "rt", encoding="ascii") as lines:
        yield from _traces(lines)


def fresh_traffic(seed: int, frames: int) -> Iterator[Trace]:
    """Let node make traffic."""
    made = subprocess.run(
        ["node", "lawful_traffic.mjs", str(seed), str(frames)],
        cwd=NODE,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    yield from _traces(made.stdout.splitlines())


def differences(trace: Trace) -> list[str]:
    """Feed a document's traffic to parser and state; return where they differ from Yjs."""
    found: list[str] = []
    known = KnownState()
    for standing, raw in trace.frames:
        summary = parse_update(raw)
        judged = known.classify(summary)
        if judged is Standing.EARLY and standing is Standing.NEW and summary.paired:
            judged = Standing.NEW  # a known pair is repeated: asked for again, and then it is
        if judged is not standing:
            found.append(f"{judged} instead of {standing}: {raw.hex()}")
        if standing is Standing.NEW:
            known.advance(summary)
    for vector in trace.vectors:
        parse_state_vector(vector)
    expected = KnownState.from_parts(trace.end[0], trace.end[1])
    if (known.state, known.deletes) != (expected.state, expected.deletes):
        found.append(f"another end: {known.state} {known.deletes}")
    return found


def _traces(lines: Iterable[str]) -> Iterator[Trace]:
    trace = Trace()
    for line in lines:
        kind, *payloads = line.split()
        raw = [bytes.fromhex(payload) for payload in payloads]
        if kind == "doc":
            trace = Trace()
        elif kind == "vector":
            trace.vectors.append(raw[0])
        elif kind == "state":
            trace.end.extend(raw)
            yield trace
        else:
            trace.frames.append((Standing(kind), raw[0]))
