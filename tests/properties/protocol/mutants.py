"""Feed the CRDT library with mutants of lawful updates that passed the parser.

    python mutants.py SEED COUNT

Run as a process of its own, since a crash of the native library ends it. Prints one JSON object: a
panic, a difference or anything else unexpected is a finding, with the mutant that made it.
"""

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pycrdt

sys.path.insert(0, str(Path(__file__).parents[3]))

from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.updates import (
    EMPTY_UPDATE,
    UpdateSummary,
    parse_state_vector,
    parse_update,
)
from tests.properties.protocol.traffic import recorded_traffic

TELLING_BYTES = bytes((*range(11), *range(115, 128), *b"\x84\x44\xc4\x24\x81\x21\x27\x28\x87"))
MUTANTS_A_BASE = 40
LONGEST_SEED_BYTES = 400
NOT_A_TYPE = "must be deleted or shared ref type"  # the library says so, and lives on


class Finding(Exception):
    """The library and our idea of what it knows differ."""


def mutate(plan: random.Random, update: bytes, other: bytes) -> bytes:
    """Change an update in one to six places."""
    raw = bytearray(update)
    for _ in range(plan.choice((1, 1, 1, 2, 3, 6))):
        at = plan.randrange(len(raw) + 1)
        to = min(len(raw), at + plan.randrange(1, 12))
        start = plan.randrange(len(other))
        pieces = (
            bytes((plan.randrange(256),)),
            bytes((plan.choice(TELLING_BYTES),)),
            bytes((plan.choice((0, 1, 0x7F, 0x80, 0xFF)),)),
            bytes((byte + plan.choice((-1, 1))) % 256 for byte in raw[at : at + 1]),
            other[start : start + plan.randrange(12)],
            bytes(raw[at:to]) * 2,
            b"",
        )
        raw[at : plan.choice((at, at + 1, to))] = plan.choice(pieces)
    return bytes(raw)


def mutants(plan: random.Random, count: int) -> Iterator[tuple[list[bytes], bytes]]:
    """Yield a log and a mutant of something that might come next."""
    traces = list(recorded_traffic())
    made = 0
    while made < count:
        log = plan.choice(traces).log
        cut = plan.randrange(len(log) + 1)
        candidates = log[cut : cut + 3] if plan.random() < 0.7 else log
        seeds = [raw for raw in candidates if len(raw) <= LONGEST_SEED_BYTES] or [min(log, key=len)]
        for _ in range(MUTANTS_A_BASE):
            made += 1
            yield log[:cut], mutate(plan, plan.choice(seeds), plan.choice(log))


def feed(log: list[bytes], known: KnownState, mutant: bytes, summary: UpdateSummary) -> None:
    """Do with a mutant what server and app do with an update that passed."""
    pycrdt.get_state(mutant)
    pycrdt.get_update(mutant, b"\x00")
    merged = pycrdt.merge_updates(*(log or [EMPTY_UPDATE]), mutant)
    pycrdt.get_state(merged)
    standing = known.classify(summary)
    if standing is Standing.EARLY:
        return
    if standing is Standing.NEW:
        check_view(merged, known, summary)
    document = pycrdt.Doc()
    for update in log:
        document.apply_update(update)
    document.apply_update(mutant)
    document.get_update()


def check_view(merged: bytes, known: KnownState, summary: UpdateSummary) -> None:
    """Compare what the library makes of a log with what we know of it."""
    parse_update(merged)
    after = known.copy()
    after.advance(summary)
    if parse_state_vector(pycrdt.get_state(merged)) != after.state:
        raise Finding("another state")
    if parse_update(pycrdt.get_update(merged, after.state_vector())).deletes != after.deletes:
        raise Finding("other deletes")
    parse_update(pycrdt.get_update(merged, known.state_vector()))


def known_after(log: list[bytes]) -> KnownState:
    """Return what a server knows after a log."""
    known = KnownState()
    for update in log:
        known.advance(parse_update(update))
    return known


def main(seed: int, count: int) -> None:
    """Feed mutants and print what came of it."""
    counts: Counter[str] = Counter()
    findings: dict[str, str] = {}
    slowest_s = 0.0
    base: tuple[list[bytes], KnownState] = ([], KnownState())
    for log, mutant in mutants(random.Random(seed), count):
        if log != base[0]:
            base = (log, known_after(log))
        started_s = time.perf_counter()
        try:
            summary = parse_update(mutant)
        except RemoteProtocolError:
            counts["refused"] += 1
            continue
        counts[base[1].classify(summary).value] += 1
        try:
            feed(*base, mutant, summary)
        except BaseException as error:  # noqa: BLE001 - a panic is one
            if NOT_A_TYPE in str(error):
                counts["parent is no type"] += 1
            else:
                findings.setdefault(f"{type(error).__name__}: {error}", mutant.hex())
        slowest_s = max(slowest_s, time.perf_counter() - started_s)
    print(json.dumps({"counts": counts, "findings": findings, "slowest_s": slowest_s}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
