"""How large a document has become: its text, and its log.

Source: PROTOCOL.md §10 (document text).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collab_server.protocol.known_state import KnownState
    from collab_server.protocol.limits import Limits

RANGES_A_COUNT = 100
"""After counting so many deleted ranges as many updates come before they are counted again."""


@dataclass(slots=True)
class DocumentSize:
    """Invariant: never less than there is.

    Text is counted in UTF-16 units, never more than its bytes.
    """

    log_bytes: int  # of everything in the log, and what was accepted since
    _most_units: int  # at least as many as are there and not deleted
    _count_again_at: int = 0  # the number of the update from which on that may be counted again

    def add(self, size_bytes: int, units: int) -> None:
        """Note an update that was accepted."""
        self._most_units += units
        self.log_bytes += size_bytes

    def is_exceeded_by(
        self, size_bytes: int, units: int, *, seq: int, known: KnownState, limits: Limits
    ) -> bool:
        """Tell whether so many clock units more are too much; deleting is always allowed.

        Counting what is left takes a look at every deleted range, so it is not done for every
        update of somebody at the limit.
        """
        if self.log_bytes + size_bytes > limits.document_log_bytes:
            return True
        if self._most_units + units <= limits.document_text_bytes:
            return False
        if seq >= self._count_again_at:
            self._most_units = known.live_units()
            self._count_again_at = seq + 1 + known.range_count() // RANGES_A_COUNT
        return self._most_units + units > limits.document_text_bytes
