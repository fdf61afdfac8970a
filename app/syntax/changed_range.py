"""Where two strings of bytes differ: found by halving, so a long common part costs little."""

from __future__ import annotations


def changed_range(
    old: bytes, new: bytes, *, limit: int | None = None, step: int = 1
) -> tuple[int, int, int]:
    """Return (start, end in the old, end in the new) of what is different.

    Args:
        old: The bytes before.
        new: The bytes after.
        limit: The start is not behind this: where the change is known to have begun.
        step: Start and ends are whole multiples of this, as are both lengths.
    """
    shorter = min(len(old), len(new))
    start = _common(shorter if limit is None else min(limit, shorter), old, new)
    start -= start % step
    rest = shorter - start
    tail = _common_tail(rest, old, new)
    tail -= tail % step
    return start, len(old) - tail, len(new) - tail


def _common(limit: int, one: bytes, other: bytes) -> int:
    """Return how many bytes at the start of both are the same, at most the limit."""
    low, high = 0, limit  # the answer is in low..high
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_tail(limit: int, one: bytes, other: bytes) -> int:
    """Return how many bytes at the end of both are the same, at most the limit."""
    low, high = 0, limit
    one_end, other_end = len(one), len(other)
    while low < high:
        middle = (low + high + 1) // 2
        same = one[one_end - middle : one_end - low] == other[other_end - middle : other_end - low]
        low, high = (middle, high) if same else (low, middle - 1)
    return low
