"""How many connections there may be: in all, not signed in, an address, a user.

The next one is refused with a code, while those that are there go on. Knows no rates. Source:
PROTOCOL.md §10.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collab_server.core.effects import ClientId
    from collab_server.core.states import Client
    from collab_server.protocol.limits import Limits


class Crowd:
    """Invariant: a connection is counted from `arrive` to `gone`, whether it was let in or not."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._addresses: Counter[str] = Counter()
        self._users: Counter[str] = Counter()
        self._strangers: set[ClientId] = set()  # not signed in
        self._signed_in: dict[ClientId, str] = {}  # → user id

    def arrive(self, client: Client) -> str | None:
        """Count a connection; return why it is one too many, None when it is not."""
        limits = self._limits
        self._strangers.add(client.id)
        self._addresses[client.address] += 1
        if len(self._strangers) + len(self._signed_in) > limits.connections:
            return "too many connections"
        if len(self._strangers) > limits.connections_unauthenticated:
            return "too many connections that have not signed in"
        # One without an address came by a Unix socket, like all the others.
        if client.address and self._addresses[client.address] > limits.connections_an_address:
            return "too many connections from this address"
        return None

    def sign_in(self, client: Client, user_id: str) -> bool:
        """Count a connection as a user's; false when that is one too many, and it is not."""
        if self._signed_in.get(client.id) == user_id:
            return True
        if self._users[user_id] >= self._limits.connections_a_user:
            return False
        self._strangers.discard(client.id)
        self._signed_in[client.id] = user_id
        self._users[user_id] += 1
        return True

    def gone(self, client: Client) -> None:
        """Count a connection no more."""
        self._strangers.discard(client.id)
        _take_one(self._addresses, client.address)
        user_id = self._signed_in.pop(client.id, None)
        if user_id is not None:
            _take_one(self._users, user_id)


def _take_one(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
