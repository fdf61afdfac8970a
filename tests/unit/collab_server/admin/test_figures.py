from prometheus_client.parser import text_string_to_metric_families

from collab_server.admin.figures import Figures, Histogram, Tally
from collab_server.admin.prometheus import Exposition


def figures_of(tally: Tally, **values: object) -> Figures:
    known: dict[str, object] = {
        "connections": {"main": 2},
        "signed_in": 1,
        "users": 1,
        "rooms": 1,
        "live_documents": 3,
        "dirty_documents": 0,
        "refusals": {1010: 4},
        "bytes_out": 10,
        "outbox_bytes": 0,
        "is_store_failing": True,
        "is_draining": False,
        "uptime_s": 1.5,
    }
    return Figures(tally=tally, **(known | values))  # pyright: ignore[reportArgumentType]


def samples_of(figures: Figures) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = Exposition(lambda: figures).text().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_value_on_a_bound_counts_below_it_and_one_beyond_the_last_counts_too() -> None:
    histogram = Histogram((1.0, 2.0))

    for value in (0.5, 1.0, 1.5, 7.0):
        histogram.observe(value)

    assert histogram.counts == [2, 1, 1]
    assert histogram.total == 10.0


def test_the_exposition_names_moments_and_counts() -> None:
    tally = Tally(frames_in=5, bytes_in=7)
    tally.closes[4002] += 2

    samples = samples_of(figures_of(tally))

    assert samples["collab_connections", (("door", "main"),)] == 2
    assert samples["collab_store_failing", ()] == 1
    assert samples["collab_frames_received_total", ()] == 5
    assert samples["collab_received_bytes_total", ()] == 7
    assert samples["collab_closes_total", (("code", "4002"),)] == 2
    slug = (("code", "1010"), ("slug", "permission_denied"))
    assert samples["collab_refusals_total", slug] == 4


def test_the_buckets_of_a_histogram_add_up() -> None:
    tally = Tally()
    tally.committed(rows=3, lag_s=0.004)
    tally.committed(rows=1, lag_s=60.0)

    samples = samples_of(figures_of(tally))

    lag = "collab_durability_lag_seconds"
    assert samples[f"{lag}_bucket", (("le", "0.0025"),)] == 0
    assert samples[f"{lag}_bucket", (("le", "0.005"),)] == 1
    assert samples[f"{lag}_bucket", (("le", "10.0"),)] == 1
    assert samples[f"{lag}_bucket", (("le", "+Inf"),)] == 2
    assert samples[f"{lag}_count", ()] == 2
    assert samples[f"{lag}_sum", ()] == 60.004


def test_the_process_is_measured_too() -> None:
    samples = samples_of(figures_of(Tally()))

    assert samples["process_resident_memory_bytes", ()] > 0
