"""What of a log is good: for a document in which an update was found that should not be there.

Runs in worker processes only. Goes through the log by hundreds, and one by one where a hundred
cannot be merged into what it should be. What stands on a bad update is bad too. Knows no store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.compaction import merge_checked
from collab_server.core.replicas import text_of
from collab_server.core.views import ViewError
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.updates import EMPTY_UPDATE, parse_update

if TYPE_CHECKING:
    from collections.abc import Sequence

_AT_ONCE = 100


def salvaged(log: Sequence[bytes]) -> tuple[bytes, list[int]]:
    """Return everything good of a log as one update, and which of its updates are bad.

    Args:
        log: pieces and updates, in order.
    """
    good, known, bad = EMPTY_UPDATE, KnownState(), list[int]()
    for at in range(0, len(log), _AT_ONCE):
        several = log[at : at + _AT_ONCE]
        merged = _together(good, known, several)
        if merged is not None:
            good = merged
            continue
        for index, update in enumerate(several, start=at):
            merged = _together(good, known, [update])
            if merged is None:
                bad.append(index)
            else:
                good = merged
    return good, bad


def _together(good: bytes, known: KnownState, updates: Sequence[bytes]) -> bytes | None:
    """Merge updates into what is good, and take them in; None when that is no document."""
    after = known.copy()
    try:
        for update in updates:
            summary = parse_update(update, max_items=UNLIMITED)
            if after.classify(summary) is Standing.EARLY:
                return None
            after.measure(update, summary)
            after.advance(summary)
        merged = merge_checked([good], updates)
        text_of(merged)
    except (RemoteProtocolError, ViewError):
        return None
    known.state, known.deleted, known.types = after.state, after.deleted, after.types
    return merged
