"""Hears back-ends over Redis: pub/sub, at most once, and a stream, each message once.

Two links, each with a connection and a task of its own: it connects, hears, and when anything is
wrong lets go and tries again after a while, for as long as the server runs. Nobody else waits for
Redis. What pub/sub says while its link is down is lost, and the gap is counted; from the stream an
entry is taken away only when it is stored. Imported only when configured: redis-py costs 1.1 s and
19 MB. Does not know what a message does. Source: PROTOCOL.md §7.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from collab_server.backplane.budget import Budget, first_entries
from collab_server.backplane.published import (
    NotPublished,
    Published,
    from_channel,
    from_stream,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from redis.asyncio.client import PubSub

    from collab_server.backplane.link_state import LinkState
    from collab_server.protocol.errors import ErrorCode

    Entry = tuple[bytes, Mapping[bytes, bytes] | None]
    Heard = Mapping[str, Any]
    Batches = Sequence[tuple[bytes, Sequence[Entry]]]

logger = logging.getLogger(__name__)

CONNECT_WITHIN_S = 5.0
ANSWER_WITHIN_S = 10.0
ASK_EVERY_S = 15.0
"""A silent pub/sub connection is asked so often whether it is there."""

BLOCK_MS = 2000
BATCH = 256
BATCH_BYTES = 8 * 1024 * 1024
"""So much of what a link has heard is on its way into the store at once, or one message."""

CLAIM_AFTER_MS = 30_000
"""An entry that another consumer took and did not finish for so long is taken over."""

GROUP = "collab"
CONSUMER = "collab-server"
MOST_DEAD = 1000
STORE_AWAY_S = 1.0
_FAULTS = (RedisError, OSError, TimeoutError, asyncio.IncompleteReadError)


class Outcome(Protocol):
    """What became of a message."""

    @property
    def error(self) -> ErrorCode | None: ...  # noqa: D102
    @property
    def is_duplicate(self) -> bool: ...  # noqa: D102


class Publish(Protocol):
    """Who stores and tells messages; calls are carried out in their order."""

    def __call__(
        self, room: str, message: object, *, key: str | None, owner: str | None
    ) -> Awaitable[Outcome]:
        """Say something to a room, and return when it is stored and told."""
        ...


@dataclass(frozen=True, slots=True)
class RedisChoices:
    """What an operator chose."""

    url: str
    prefix: str  # before a room's name in a channel's
    patterns: tuple[str, ...]  # of rooms; empty: no pub/sub
    stream: str  # empty: none


class RedisIngest:
    """Both links, for as long as `run` runs."""

    def __init__(
        self,
        choices: RedisChoices,
        publish: Publish,
        *,
        pubsub: LinkState,
        stream: LinkState,
        lost: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """Hear what is published; `lost` is told when some of it may not have been heard."""
        self._choices = choices
        self._publish = publish
        self._pubsub = pubsub
        self._stream = stream
        self._lost = lost
        self._clock = clock

    async def run(self) -> None:
        """Hear back-ends until cancelled; nothing that Redis does ends it."""
        async with asyncio.TaskGroup() as tasks:
            if self._choices.patterns:
                # What has been heard is finished, also when the link breaks: so by tasks of ours.
                hear = partial(self._hear_channels, tasks=tasks)
                tasks.create_task(self._keep_up(self._pubsub, hear), name="redis: pub/sub")
            if self._choices.stream:
                reading = self._keep_up(self._stream, self._read_stream)
                tasks.create_task(reading, name="redis: stream")

    async def _keep_up(self, link: LinkState, hear: Callable[[Redis], Awaitable[None]]) -> None:
        while True:
            try:
                async with self._connection() as redis:
                    await hear(redis)
            except _FAULTS as error:
                self._note_down(link, error)
            except Exception:
                logger.exception("hearing Redis failed")
                self._note_down(link, None)
            await asyncio.sleep(link.next_wait_s(random.random))

    def _connection(self) -> Redis:
        # No tries of the library's own: it would connect again unseen, and a gap would be hidden.
        connect = cast("Callable[..., Redis]", Redis.from_url)  # the library's types end here
        return connect(
            self._choices.url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=CONNECT_WITHIN_S,
            socket_timeout=ANSWER_WITHIN_S,
            single_connection_client=True,
            decode_responses=False,
            protocol=2,
        )

    def _note_up(self, link: LinkState) -> None:
        if link.is_up:
            return
        gap_s = link.came_up(self._clock())
        if gap_s is None:
            logger.info("Redis is there, for %s", link.name)
        else:
            lost = "what was published meanwhile is lost" if link is self._pubsub else "none lost"
            logger.warning("Redis is back for %s after %.1f s: %s", link.name, gap_s, lost)
            if link is self._pubsub:
                self._lost()

    def _note_down(self, link: LinkState, error: BaseException | None) -> None:
        was_there = link.was_up
        if link.went_down(self._clock()):
            logger.warning("Redis is away, for %s: %s", link.name, type(error).__name__)
        elif not was_there and not link.is_told:
            link.is_told = True
            logger.warning("Redis cannot be reached, for %s: %s", link.name, type(error).__name__)

    # Pub/sub.

    async def _hear_channels(self, redis: Redis, tasks: asyncio.TaskGroup) -> None:
        pubsub = cast("Callable[[], PubSub]", redis.pubsub)()
        try:
            patterns = [self._choices.prefix + pattern for pattern in self._choices.patterns]
            await cast("Callable[..., Awaitable[object]]", pubsub.psubscribe)(*patterns)
            await self._hear_all(pubsub, tasks)
        finally:
            with suppress(*_FAULTS):
                await pubsub.aclose()

    async def _hear_all(self, pubsub: PubSub, tasks: asyncio.TaskGroup) -> None:
        hear = cast("Callable[..., Awaitable[Heard | None]]", pubsub.get_message)
        is_asked = False
        under_way = Budget(BATCH, BATCH_BYTES)  # beyond it Redis waits, or lets go of us
        while True:
            heard = await hear(timeout=ANSWER_WITHIN_S if is_asked else ASK_EVERY_S)
            if heard is None:
                if is_asked:
                    raise TimeoutError
                await cast("Callable[[], Awaitable[object]]", pubsub.ping)()
                is_asked = True
                continue
            is_asked = False
            if heard["type"] == "psubscribe":
                self._note_up(self._pubsub)
            elif heard["type"] == "pmessage":
                await under_way.take(len(heard["data"]))
                taking = self._take_channel(heard["channel"], heard["data"], under_way)
                tasks.create_task(taking, name="redis: message")

    async def _take_channel(self, channel: bytes, data: bytes, under_way: Budget) -> None:
        try:
            said = from_channel(channel, data, prefix=self._choices.prefix)
            await self._say(self._pubsub, said)
        except NotPublished as error:
            self._pubsub.refused[error.shape.value] += 1
        except Exception:
            logger.exception("taking a message of Redis failed")
        finally:
            under_way.give_back(len(data))

    async def _say(self, link: LinkState, said: Published) -> ErrorCode | None:
        outcome = await self._publish(said.room, said.message, key=said.key, owner=said.owner)
        if outcome.error is not None:
            link.refused[outcome.error.slug] += 1
        elif outcome.is_duplicate:
            link.again += 1
        else:
            link.taken += 1
        return outcome.error

    # The stream.

    async def _read_stream(self, redis: Redis) -> None:
        await self._make_group(redis)
        self._note_up(self._stream)
        await self._finish_own(redis)
        claimed_s = float("-inf")
        while True:
            if self._clock() - claimed_s >= CLAIM_AFTER_MS / 1000:
                claimed_s = self._clock()
                await self._claim(redis)
            entries = await self._read(redis, ">", block_ms=BLOCK_MS)
            await self._take_entries(redis, entries)

    async def _make_group(self, redis: Redis) -> None:
        try:
            await redis.xgroup_create(self._choices.stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def _finish_own(self, redis: Redis) -> None:
        """Take what an earlier life of this server read and did not finish."""
        while entries := await self._read(redis, "0"):
            await self._take_entries(redis, entries)

    async def _claim(self, redis: Redis) -> None:
        start: Any = "0-0"
        while True:
            start, entries, *_ = await redis.xautoclaim(
                self._choices.stream, GROUP, CONSUMER, CLAIM_AFTER_MS, start, count=BATCH
            )
            await self._take_entries(redis, entries)
            if start == b"0-0":
                return

    async def _read(
        self, redis: Redis, after: str, *, block_ms: int | None = None
    ) -> Sequence[Entry]:
        read = cast("Callable[..., Awaitable[Batches | None]]", redis.xreadgroup)
        found = await read(
            GROUP, CONSUMER, {self._choices.stream: after}, count=BATCH, block=block_ms
        )
        return [entry for _, entries in found or () for entry in entries]

    async def _take_entries(self, redis: Redis, entries: Sequence[Entry]) -> None:
        """Have entries stored, together, and take away those that are; wait for a store."""
        while entries:
            together = first_entries(entries, BATCH_BYTES)
            async with asyncio.TaskGroup() as tasks:
                taking = [
                    tasks.create_task(self._take_entry(redis, *entry), name="redis: entry")
                    for entry in together
                ]
            done = [
                entry_id
                for (entry_id, _), task in zip(together, taking, strict=True)
                if task.result()
            ]
            if done:
                # In this order: killed in between, an entry that is away is read as such again,
                # but one that is acknowledged would stand in the stream for ever.
                await redis.xdel(self._choices.stream, *done)
                await redis.xack(self._choices.stream, GROUP, *done)
            again = [entry for entry in together if entry[0] not in done]
            if again:
                await asyncio.sleep(STORE_AWAY_S)
            entries = [*again, *entries[len(together) :]]

    async def _take_entry(
        self, redis: Redis, entry_id: bytes, fields: Mapping[bytes, bytes] | None
    ) -> bool:
        """Have one entry stored; tell whether it is done with, by whatever outcome."""
        if not fields:  # deleted since it was read; no entry is empty
            return True
        try:
            error = await self._say(self._stream, from_stream(fields, entry_id))
        except NotPublished as wrong:
            self._stream.refused[wrong.shape.value] += 1
            reason = wrong.shape.value
        else:
            if error is None:
                return True
            if error.temporary:
                return False
            reason = error.slug
        dead: dict[Any, Any] = {**fields, b"reason": reason.encode()}
        await redis.xadd(f"{self._choices.stream}:dead", dead, maxlen=MOST_DEAD, approximate=True)
        return True
