"""The figures in Prometheus' text format.

Imported by a server with an internal port only: prometheus-client stays in memory for life
(ARCHITECTURE.md, decision 16). Does not know where the figures come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from collab_server.protocol.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from collab_server.admin.figures import Figures, Histogram

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Exposition(Collector):
    """Renders the figures of the moment it is asked, and those of the process."""

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def text(self) -> bytes:
        """Return what `/metrics` answers."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Name nothing ahead of time: nobody else registers names here."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield the families."""
        figures = self._figures()
        yield from _of_the_moment(figures)
        yield from _since_the_start(figures)
        if figures.links:
            yield from _links(figures)


def _of_the_moment(figures: Figures) -> Iterator[Metric]:
    yield _labelled(
        GaugeMetricFamily("collab_connections", "Open connections.", labels=["door"]),
        figures.connections,
    )
    for name, says, value in (
        ("collab_signed_in_connections", "Connections that said who they are.", figures.signed_in),
        ("collab_users", "Users with a connection.", figures.users),
        ("collab_rooms", "Rooms that somebody is in.", figures.rooms),
        ("collab_live_documents", "Documents in memory.", figures.live_documents),
        (
            "collab_dirty_documents",
            "Documents with accepted updates that wait for the store.",
            figures.dirty_documents,
        ),
        ("collab_outbox_bytes", "Bytes that wait in all outboxes.", figures.outbox_bytes),
        (
            "collab_outbox_high_water_bytes",
            "The most bytes that waited for one connection, seen once a second.",
            figures.tally.outbox_high_water_bytes,
        ),
        ("collab_store_failing", "1 while the store refuses.", int(figures.is_store_failing)),
        ("collab_draining", "1 while the server shuts down.", int(figures.is_draining)),
        ("collab_uptime_seconds", "Since the server started.", figures.uptime_s),
    ):
        yield GaugeMetricFamily(name, says, value=value)


def _since_the_start(figures: Figures) -> Iterator[Metric]:
    tally = figures.tally
    for name, says, value in (
        ("collab_frames_received", "Messages of clients.", tally.frames_in),
        ("collab_frames_sent", "Messages put into outboxes.", tally.frames_out),
        ("collab_received_bytes", "Bytes read from connections.", tally.bytes_in),
        ("collab_sent_bytes", "Bytes written to connections.", figures.bytes_out),
        (
            "collab_fell_behind",
            "Times a connection read too slowly to be passed every update.",
            tally.fell_behind,
        ),
    ):
        yield CounterMetricFamily(name, says, value=value)
    for name, says, label, counts in (
        ("collab_connections_opened", "Connections that came in.", "door", tally.connections),
        ("collab_closes", "Connections that ended.", "code", tally.closes),
        ("collab_handshakes_refused", "Upgrades refused.", "status", tally.turned_away),
    ):
        yield _labelled(CounterMetricFamily(name, says, labels=[label]), counts)
    refused = CounterMetricFamily(
        "collab_refusals", "Answers that were an error.", labels=["code", "slug"]
    )
    for code, count in sorted(figures.refusals.items()):
        refused.add_metric([str(code), ErrorCode(code).slug], count)
    yield refused
    for name, says, histogram in (
        (
            "collab_durability_lag_seconds",
            "From an update's acceptance to its commit; one a commit, of the oldest.",
            tally.durability_lag_s,
        ),
        ("collab_commit_rows", "Rows a commit.", tally.rows_a_commit),
        (
            "collab_loop_lag_seconds",
            "How late the event loop was; seen once a second.",
            tally.loop_lag_s,
        ),
    ):
        yield _histogram(name, says, histogram)


def _links(figures: Figures) -> Iterator[Metric]:
    up = GaugeMetricFamily("collab_redis_up", "1 while the link to Redis works.", labels=["link"])
    gaps = CounterMetricFamily("collab_redis_gaps", "How often it broke.", labels=["link"])
    gap_s = CounterMetricFamily(
        "collab_redis_gap_seconds", "For how long; what pub/sub said then is lost.", labels=["link"]
    )
    messages = CounterMetricFamily(
        "collab_ingest_messages",
        "Messages of back-ends over Redis, by what became of them.",
        labels=["link", "outcome"],
    )
    for link in figures.links:
        up.add_metric([link.name], int(link.is_up))
        gaps.add_metric([link.name], link.gaps)
        gap_s.add_metric([link.name], link.gap_s)
        messages.add_metric([link.name, "stored"], link.taken)
        messages.add_metric([link.name, "known"], link.again)
        for reason, count in sorted(link.refused.items()):
            messages.add_metric([link.name, reason], count)
    yield from (up, gaps, gap_s, messages)


def _labelled(
    family: GaugeMetricFamily | CounterMetricFamily, counts: Mapping[str, int] | Mapping[int, int]
) -> Metric:
    for label, count in counts.items():
        family.add_metric([str(label)], count)
    return family


def _histogram(name: str, says: str, histogram: Histogram) -> Metric:
    seen = 0
    buckets: list[tuple[str, float]] = []
    for bound, count in zip((*histogram.bounds, float("inf")), histogram.counts, strict=True):
        seen += count
        buckets.append(("+Inf" if bound == float("inf") else str(float(bound)), seen))
    return HistogramMetricFamily(name, says, buckets=buckets, sum_value=histogram.total)
