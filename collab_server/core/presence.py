"""Who points where in a document: awareness, with the server vouching for who it is.

Knows author ids and states, no frames of documents. Source: PROTOCOL.md §4 (awareness).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collab_server.protocol.awareness import AwarenessEntry, decode_entry, state_size_bytes
from collab_server.protocol.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collab_server.core.effects import ClientId
    from collab_server.core.states import User
    from collab_server.protocol.awareness import RawEntry
    from collab_server.protocol.limits import Limits

MAX_CLOCK = 2**50
"""No honest client gets so far; what is added to a clock stays within lib0's numbers (2^53)."""


@dataclass(slots=True)
class _Owned:
    author_id: int
    clock: int  # the client's own
    ahead: int  # by how much the others' clock of it is ahead
    state: dict[str, object] | None


class Awareness:
    """The awareness of one document.

    Invariant: every author id belongs to exactly one live connection, the first to announce it, and
    a connection has at most one. What the others hear of an author never goes back in its clock,
    not even when its connection broke and it comes back with the clock that it had: they would take
    its caret for old, and not see it until it has moved.
    """

    MOST_GONE = 1000
    """Of so many authors that have gone, the newest, the last clock is remembered."""

    def __init__(self) -> None:
        self._owned: dict[ClientId, _Owned] = {}
        self._owners: dict[int, ClientId] = {}
        self._gone: dict[int, int] = {}  # author id → the clock that the others have of it

    def announce(
        self, client: ClientId, user: User, entries: Sequence[RawEntry], limits: Limits
    ) -> AwarenessEntry | None:
        """Take what a connection says of itself; what it repeats of others is not even read.

        Returns:
            The entry to pass on to the others, stamped with who it is, or None.

        Raises:
            TooLarge: as it came, or stamped and written anew, the state is over the limit.
            MalformedFrame: the state is neither an object nor null.
        """
        for entry in entries:
            mine = self._owned.get(client)
            if entry.author_id != mine.author_id if mine else entry.author_id in self._owners:
                continue
            if entry.clock > MAX_CLOCK or (mine and entry.clock < mine.clock):
                continue
            state = decode_entry(entry, limits).state
            if mine and entry.clock == mine.clock and state is not None:
                continue
            if state is not None:
                state |= {"user": _stamp(user)}
                if state_size_bytes(state) > limits.awareness_state_bytes:
                    raise TooLarge("an awareness state is too large with who it is")
            mine = mine or self._own(client, entry)
            mine.clock, mine.state = entry.clock, state
            return _told(mine)
        return None

    def snapshot(self, *, without: ClientId) -> tuple[AwarenessEntry, ...]:
        """Return everybody's latest state but one connection's."""
        return tuple(
            _told(owned)
            for client, owned in self._owned.items()
            if client != without and owned.state is not None
        )

    def remove(self, client: ClientId) -> AwarenessEntry | None:
        """Forget a connection; return the entry that clears it at the others, or None."""
        owned = self._owned.pop(client, None)
        if owned is None:
            return None
        del self._owners[owned.author_id]
        had_state, owned.state = owned.state is not None, None
        owned.ahead += had_state
        self._gone[owned.author_id] = owned.clock + owned.ahead
        if len(self._gone) > self.MOST_GONE:
            del self._gone[next(iter(self._gone))]
        return _told(owned) if had_state else None

    def _own(self, client: ClientId, entry: RawEntry) -> _Owned:
        told = self._gone.pop(entry.author_id, -1)
        ahead = max(0, told + 1 - entry.clock) if told < MAX_CLOCK else 0
        self._owners[entry.author_id] = client
        mine = self._owned[client] = _Owned(entry.author_id, entry.clock, ahead, None)
        return mine


def _told(owned: _Owned) -> AwarenessEntry:
    return AwarenessEntry(owned.author_id, owned.clock + owned.ahead, owned.state)


def _stamp(user: User) -> dict[str, object]:
    return {"id": user.wire_id, "name": user.name, "color": user.color}
