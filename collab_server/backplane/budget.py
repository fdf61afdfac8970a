"""How much of what back-ends publish is on its way into the store at once: by number and by size.

Who would go beyond waits. Does not know Redis.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Entry = tuple[bytes, Mapping[bytes, bytes] | None]  # its id; its fields, None: deleted


class Budget:
    """So many messages, of so many bytes together, for one who takes and many who give back.

    Invariant: it is kept to, except that one message is let through whatever its size.
    """

    def __init__(self, count: int, size_bytes: int) -> None:
        self._most = count
        self._most_bytes = size_bytes
        self._count = 0
        self._bytes = 0
        self._given_back = asyncio.Event()

    async def take(self, size_bytes: int) -> None:
        """Wait until there is room for one more, and take it; one waits at a time."""
        while self._count and (
            self._count >= self._most or self._bytes + size_bytes > self._most_bytes
        ):
            self._given_back.clear()
            await self._given_back.wait()
        self._count += 1
        self._bytes += size_bytes

    def give_back(self, size_bytes: int) -> None:
        """Make room: one is done with."""
        self._count -= 1
        self._bytes -= size_bytes
        self._given_back.set()


def first_entries(entries: Sequence[Entry], size_bytes: int) -> Sequence[Entry]:
    """Return as many of the first entries as are of so many bytes together; at least one."""
    left_bytes = size_bytes
    for count, (_, fields) in enumerate(entries):
        left_bytes -= sum(map(len, (fields or {}).values()))
        if left_bytes < 0:
            return entries[: max(count, 1)]
    return entries
