"""Figures of a sample, and how they are printed: one a line, the plain figure last."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of the sample does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(name: str, values_ms: Sequence[float], *, targets: str) -> None:
    """Print median, spread and number of a sample in milliseconds; the median stands last."""
    p50, p90, p99 = (
        statistics.median(values_ms),
        quantile(values_ms, 0.9),
        quantile(values_ms, 0.99),
    )
    print(
        f"{name}: n {len(values_ms)}, p90 {p90:.2f} ms, p99 {p99:.2f} ms ({targets}), "
        f"median {p50:.2f} ms",
        flush=True,
    )
