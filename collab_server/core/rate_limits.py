"""How much a connection, a user or an address may say: token buckets, and nothing else.

Knows no clients and no frames; the clock comes in as an argument. Source: PROTOCOL.md §10.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

from collab_server.protocol.limits import UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Hashable

    from collab_server.protocol.limits import Limits

ITEMS_A_TOKEN = 256
"""Structs and delete ranges that an update may have for each token: parsing them takes 0.25 ms."""

BYTES_A_TOKEN = 65_536
TIDY_EVERY = 1024

Key = TypeVar("Key", bound="Hashable")


class Kind(Enum):
    """What is counted apart."""

    __hash__ = object.__hash__  # Enum's own is in Python, and this is asked for every frame

    MESSAGE = "message"
    CURSOR = "cursor"
    UPDATE = "update"
    JOIN = "join"


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a bucket fills, and how much it holds."""

    a_s: float
    burst: float

    @property
    def is_unlimited(self) -> bool:
        """Whether nobody need count."""
        return self.a_s >= UNLIMITED


class Bucket:
    """Tokens of one who says things. Invariant: never more than the burst."""

    __slots__ = ("_at_s", "_tokens")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self._tokens = rate.burst
        self._at_s = now_s

    def wait_s(self, rate: Rate, now_s: float) -> float:
        """Return how long until there is a whole token, 0 when there is one."""
        self._fill(rate, now_s)
        return max(0.0, (1.0 - self._tokens) / rate.a_s)

    def take(self, rate: Rate, cost: float, now_s: float) -> float:
        """Take tokens, into debt if need be; return how long until there is no debt any more."""
        self._fill(rate, now_s)
        self._tokens -= cost
        return max(0.0, -self._tokens / rate.a_s)

    def is_full(self, rate: Rate, now_s: float) -> bool:
        """Whether it is as good as new."""
        self._fill(rate, now_s)
        return self._tokens >= rate.burst

    def _fill(self, rate: Rate, now_s: float) -> None:
        self._tokens = min(rate.burst, self._tokens + (now_s - self._at_s) * rate.a_s)
        self._at_s = now_s


class Buckets(Generic[Key]):
    """A bucket for each of many, made at the first need.

    Invariant: among `TIDY_EVERY` new ones the full ones are forgotten, for they say nothing; so
    there are never many more than have spoken lately.
    """

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._buckets: dict[Key, Bucket] = {}
        self._tidy_at = TIDY_EVERY

    def wait_s(self, key: Key, now_s: float) -> float:
        """Return how long this one must wait for a whole token."""
        bucket = self._buckets.get(key)
        return 0.0 if bucket is None else bucket.wait_s(self.rate, now_s)

    def take(self, key: Key, now_s: float, cost: float = 1.0) -> float:
        """Take tokens, into debt if need be; return how long until there is no debt any more."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self.rate, now_s)
        wait_s = bucket.take(self.rate, cost, now_s)
        if len(self._buckets) >= self._tidy_at:
            self._tidy(now_s)
        return wait_s

    def forget(self, key: Key) -> None:
        """Forget one that says nothing any more."""
        self._buckets.pop(key, None)

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._buckets)

    def _tidy(self, now_s: float) -> None:
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if not bucket.is_full(self.rate, now_s)
        }
        self._tidy_at = len(self._buckets) + TIDY_EVERY


class RateLimits:
    """The buckets of all connections, users and addresses of one server.

    A connection and its user both pay; who has less left decides.
    """

    def __init__(self, limits: Limits) -> None:
        self._rates = {
            Kind.MESSAGE: Rate(limits.messages_a_s, limits.messages_burst),
            Kind.CURSOR: Rate(limits.cursors_a_s, max(1.0, limits.cursors_a_s)),
            Kind.UPDATE: Rate(limits.updates_a_s, limits.updates_burst),
            Kind.JOIN: Rate(limits.joins_a_s, limits.joins_burst),
        }
        self._of_clients = {kind: Buckets[str](rate) for kind, rate in self._rates.items()}
        self._of_users = {kind: Buckets[str](rate) for kind, rate in self._rates.items()}
        a_minute = limits.failed_auths_a_minute
        self._failed_auths = Buckets[str](Rate(a_minute / 60, a_minute))

    def refuse_for_s(self, kind: Kind, client: str, user: str, now_s: float) -> float:
        """Take a token, or return how long to wait for one; then nothing is taken."""
        if self._rates[kind].is_unlimited:
            return 0.0
        of_clients, of_users = self._of_clients[kind], self._of_users[kind]
        wait_s = max(of_clients.wait_s(client, now_s), of_users.wait_s(user, now_s))
        if not wait_s:
            of_clients.take(client, now_s)
            of_users.take(user, now_s)
        return wait_s

    def slow_for_s(self, kind: Kind, client: str, user: str, cost: float, now_s: float) -> float:
        """Take tokens for what is done anyway; return how long to hear nothing more."""
        if self._rates[kind].is_unlimited:
            return 0.0
        of_client = self._of_clients[kind].take(client, now_s, cost)
        return max(of_client, self._of_users[kind].take(user, now_s, cost))

    def auth_waits_s(self, address: str, now_s: float) -> float:
        """Return how long nobody from an address may try to sign in."""
        return self._failed_auths.wait_s(address, now_s)

    def auth_failed(self, address: str, now_s: float) -> None:
        """Count a failed sign-in from an address."""
        self._failed_auths.take(address, now_s)

    def gone(self, client: str) -> None:
        """Forget a connection that has closed; its user's buckets stay until they are full."""
        for buckets in self._of_clients.values():
            buckets.forget(client)


def cost_of_update(size_bytes: int, items: int) -> float:
    """Return how many tokens an update takes: one, and more for a large one."""
    return 1.0 + items // ITEMS_A_TOKEN + size_bytes // BYTES_A_TOKEN


def whole_seconds(wait_s: float) -> int:
    """Return a wait as `retry_after` says it."""
    return max(1, math.ceil(wait_s))
