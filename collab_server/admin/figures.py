"""What the server counts, and what it knows of itself at one moment.

Counting is plain whole numbers, cheap enough for the hot path; everything else is gathered when
somebody asks. Does not know who asks, or in which format. Source: issue "Wire", observability.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collab_server.backplane.link_state import LinkState

DURABILITY_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
LOOP_LAG_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
ROWS_BOUNDS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Histogram:
    """How often a value fell where. Invariant: one count a bound, and one beyond the last."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0  # of all values

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


@dataclass(slots=True)
class Tally:
    """What has happened since the server started. All of it only ever grows."""

    frames_in: int = 0
    bytes_in: int = 0
    frames_out: int = 0  # put into outboxes
    bytes_out: int = 0  # written to connections that are no more
    connections: Counter[str] = field(default_factory=Counter["str"])  # door → opened
    closes: Counter[int] = field(default_factory=Counter["int"])  # code → connections
    turned_away: Counter[int] = field(default_factory=Counter["int"])  # HTTP status → handshakes
    outbox_high_water_bytes: int = 0  # the most that waited for one connection, seen once a second
    fell_behind: int = 0  # connections that read too slowly to be passed every update
    durability_lag_s: Histogram = field(default_factory=lambda: Histogram(DURABILITY_BOUNDS_S))
    rows_a_commit: Histogram = field(default_factory=lambda: Histogram(ROWS_BOUNDS))
    loop_lag_s: Histogram = field(default_factory=lambda: Histogram(LOOP_LAG_BOUNDS_S))

    def committed(self, *, rows: int, lag_s: float) -> None:
        """Count a commit; the lag is that of the update which waited longest for it."""
        self.rows_a_commit.observe(rows)
        self.durability_lag_s.observe(lag_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The server at one moment."""

    tally: Tally
    connections: Mapping[str, int]  # door → how many are open
    signed_in: int
    users: int
    rooms: int  # somebody is in
    live_documents: int
    dirty_documents: int  # accepted updates of which wait for the store
    refusals: Mapping[int, int]  # code of `error` → how often it was the answer
    bytes_out: int  # by all connections, ever
    outbox_bytes: int  # waiting, in all outboxes
    is_store_failing: bool
    is_draining: bool
    uptime_s: float
    links: tuple[LinkState, ...] = ()  # to Redis
