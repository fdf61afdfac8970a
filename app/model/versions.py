"""A shared text as it was at some times, as the server keeps it.

Knows no session and no widget. Source: PROTOCOL.md §3 (versions).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextVersion:
    """One version, without its text."""

    number: int
    created_at_s: float  # unix time
    name: str  # empty: the server made it by itself, and may thin it out
    user_ids: tuple[str, ...]  # who changed the text since the version before
