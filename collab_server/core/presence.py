"""Who points where in a document: awareness, with the server vouching for who it is.

Knows author ids and states, no frames of documents. Source: PROTOCOL.md §4 (awareness).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collab_server.protocol.awareness import AwarenessEntry, state_size_bytes
from collab_server.protocol.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collab_server.core.effects import ClientId
    from collab_server.core.states import User


@dataclass(slots=True)
class _Owned:
    author_id: int
    clock: int
    state: dict[str, object] | None


class Awareness:
    """The awareness of one document.

    Invariant: every author id belongs to exactly one live connection, the first to announce it, and
    a connection has at most one.
    """

    def __init__(self) -> None:
        self._owned: dict[ClientId, _Owned] = {}
        self._owners: dict[int, ClientId] = {}

    def announce(
        self,
        client: ClientId,
        user: User,
        entries: Sequence[AwarenessEntry],
        *,
        max_state_bytes: int,
    ) -> AwarenessEntry | None:
        """Take what a connection says of itself; what it repeats of others is dropped.

        Returns:
            The entry to pass on to the others, stamped with who it is, or None.

        Raises:
            TooLarge: stamped and written anew, as the others get it, the state is over the limit.
        """
        for entry in entries:
            mine = self._owned.get(client)
            if mine is None:
                if entry.author_id in self._owners:
                    continue
                mine = self._owned[client] = _Owned(entry.author_id, -1, None)
                self._owners[entry.author_id] = client
            if entry.author_id != mine.author_id or entry.clock < mine.clock:
                continue
            if entry.clock == mine.clock and entry.state is not None:
                continue
            state = None if entry.state is None else entry.state | {"user": _stamp(user)}
            if state is not None and state_size_bytes(state) > max_state_bytes:
                raise TooLarge("an awareness state is too large with who it is")
            mine.clock = entry.clock
            mine.state = state
            return AwarenessEntry(mine.author_id, mine.clock, mine.state)
        return None

    def snapshot(self, *, without: ClientId) -> tuple[AwarenessEntry, ...]:
        """Return everybody's latest state but one connection's."""
        return tuple(
            AwarenessEntry(owned.author_id, owned.clock, owned.state)
            for client, owned in self._owned.items()
            if client != without and owned.state is not None
        )

    def remove(self, client: ClientId) -> AwarenessEntry | None:
        """Forget a connection; return the entry that clears it at the others, or None."""
        owned = self._owned.pop(client, None)
        if owned is None:
            return None
        del self._owners[owned.author_id]
        if owned.state is None:
            return None
        return AwarenessEntry(owned.author_id, owned.clock + 1, None)


def _stamp(user: User) -> dict[str, object]:
    return {"id": user.wire_id, "name": user.name, "color": user.color}
