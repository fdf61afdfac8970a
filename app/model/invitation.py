"""What an invitation opens, as it is shown before one joins.

Pure. Everything in it comes from a server that anybody may run: names are plain text. Source:
EDITOR.md (pairing, join: a card before joining).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class LookFailure(Enum):
    """Why nothing can be said of an invitation."""

    LINK = "link"  # it is none
    INSECURE = "insecure"  # everything would go in clear over a network
    UNREACHABLE = "unreachable"  # nothing answers there in time
    REFUSED = "refused"  # it opens nothing, or nothing any more
    UNTOLD = "untold"  # the server does not say


@dataclass(frozen=True, slots=True)
class InvitationCard:
    """What an invitation opens."""

    server: str  # host and port
    host: str  # the name of whom it is from; empty: not there just now
    others: tuple[str, ...]  # who else is there
    may_write: bool
    ends_in_s: int  # at least 0
    uses_left: int


_HOUR_S = 3600
_MINUTE_S = 60


def hours_and_minutes(seconds: int) -> tuple[int, int]:
    """Return a time as people say it; the minutes are at least 1 when there are no hours."""
    hours, rest = divmod(max(0, seconds), _HOUR_S)
    return hours, rest // _MINUTE_S or (0 if hours else 1)
