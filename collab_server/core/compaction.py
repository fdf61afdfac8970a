"""One update in place of many: merged a hundred at a time, and believed only when it says the same.

What the merge must hold is predicted from what goes in, by the pre-parser and without the CRDT
library; a merge that differs is thrown away, and the log stays as it is. Runs in a worker process
when there is much to merge. Knows no store. Source: DESIGN.md 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.views import DocumentView, ViewError
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.plain_edits import stored_edit
from collab_server.protocol.updates import parse_update

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Contents:
    """What a stretch of a log holds: which clocks of whom, and which of them are deleted."""

    def __init__(self, updates: Iterable[bytes]) -> None:
        """Read updates in the order of the log.

        Raises:
            RemoteProtocolError: One of them is refused by the pre-parser.
        """
        self.known = KnownState()
        self.first: dict[int, int] = {}  # author id → the first of its clocks
        for update in updates:
            plain = stored_edit(update)
            if plain is not None:  # nearly all are, and a long log has them by the hundred thousand
                self._take_in(*plain)
                continue
            summary = parse_update(update, max_items=UNLIMITED)
            self.known.advance(summary)
            for author, runs in summary.structs.items():
                self.first[author] = min(self.first.get(author, runs[0][0]), runs[0][0])

    def _take_in(self, author: int, low: int, high: int, is_text: bool) -> None:
        if is_text:
            state = self.known.state
            state[author] = max(state.get(author, 0), high)
            self.first[author] = min(self.first.get(author, low), low)
        else:
            self.known.delete(author, low, high)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Contents)
            and self.known.state == other.known.state
            and self.known.deletes == other.known.deletes
            and self.first == other.first
        )

    __hash__ = None  # pyright: ignore[reportAssignmentType]  it is compared, never kept in a set


def merge_checked(pieces: Sequence[bytes], updates: Sequence[bytes]) -> bytes:
    """Merge a stretch of a log.

    Args:
        pieces: earlier merges, the oldest first.
        updates: the raw updates behind them.

    Raises:
        ViewError: The merge fails, or does not hold exactly what went in.
        RemoteProtocolError: The pre-parser refuses an update.
    """
    predicted = Contents([*pieces, *updates])
    merged = DocumentView.from_pieces(pieces, updates).merged()
    if Contents([merged]) != predicted:
        raise ViewError("the merge differs from what went in")
    return merged
