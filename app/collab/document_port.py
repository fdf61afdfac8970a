"""What a document's channel needs of the replica behind it.

Source: PROTOCOL.md §5.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class DocumentPort(Protocol):
    """What a channel needs of a replica; `SyncLedger` is one."""

    @property
    def last_number(self) -> int:
        """The number of the newest own update."""
        ...

    @property
    def pending_count(self) -> int:
        """How many own updates are not acknowledged."""
        ...

    @property
    def epoch(self) -> str | None:
        """Which history the replica has a part in; None for none yet."""
        ...

    def note_epoch(self, epoch: str) -> None:
        """Take in that the replica has a part in this history."""
        ...

    def state_vector(self) -> bytes:
        """Return what is known."""
        ...

    def answer_step1(self, state_vector: bytes) -> bytes:
        """Return what the server lacks."""
        ...

    def acknowledge(self, number: int) -> None:
        """Forget the pending updates up to a number."""
        ...
