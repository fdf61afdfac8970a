"""How back-ends and operators come in, put together: the API's pages, and Redis.

Each only as far as it is configured, and imported only then. Does not know what they ask.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from collab_server.backplane.link_state import LinkState
from collab_server.core.permissions import RoomClass

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.applications import Starlette
    from starlette.routing import Route

    from collab_server.admin.pages import ApiPages
    from collab_server.core.hub import Hub
    from collab_server.storage.store import Store
    from collab_server.transport.choices import ServerChoices
    from collab_server.transport.entry_calls import Authorize
    from collab_server.transport.operations import ServerOperations
    from collab_server.transport.pump import Pump

DEV_ROOMS = (RoomClass.DEV_ROOM, RoomClass.DEV_TEST)


@contextlib.asynccontextmanager
async def asking_product(config: ServerChoices) -> AsyncGenerator[Authorize | None]:
    """Have the authorize hook ready while the block lasts; None when none is configured."""
    if config.authorize_url is None:
        yield None
        return
    from collab_server.backplane.authorize import AuthorizeHook

    hook = AuthorizeHook(config.authorize_url, config.api_key)
    try:
        yield hook.perm_of
    finally:
        await hook.close()


class BackEnds:
    """The ways in that are not a client's."""

    def __init__(self, config: ServerChoices, hub: Hub, pump: Pump, store: Store) -> None:
        self._config = config
        self._hub = hub
        self._pump = pump
        self._pubsub = LinkState("pubsub")
        self._stream = LinkState("stream")
        self._api: tuple[ServerOperations, ApiPages] | None = None
        if config.internal_port is not None or config.api_key is not None:
            self._api = self._made_api(hub, store)

    @property
    def links(self) -> list[LinkState]:
        """The links to Redis that are configured."""
        redis = self._config.redis
        wanted = ((self._pubsub, redis.pubsub), (self._stream, bool(redis.stream)))
        return [link for link, is_wanted in wanted if redis.url is not None and is_wanted]

    def degraded(self) -> list[str]:
        """Return what does not work right now, and the server works without."""
        return [f"redis {link.name}" for link in self.links if not link.is_up]

    def public_routes(self) -> list[Route]:
        """Return what the public port answers to this machine: the products' `/broadcast`."""
        if self._api is None or self._config.api_key is None:
            return []
        from collab_server.admin.api import BROADCAST

        return [self._api[1].route(BROADCAST, only_from_here=True)]

    def internal_app(self) -> Starlette:
        """Return the application of the internal port, which is configured."""
        from collab_server.admin.internal import internal_app

        assert self._api is not None
        return internal_app(*self._api)

    async def hear_redis(self) -> None:
        """Hear back-ends over Redis until cancelled; at once over when none is configured."""
        redis = self._config.redis
        if redis.url is None:
            return
        from collab_server.backplane.redis_ingest import RedisChoices, RedisIngest

        classes = [kind for kind in RoomClass if self._config.dev or kind not in DEV_ROOMS]
        choices = RedisChoices(
            url=redis.url,
            prefix=redis.prefix,
            patterns=tuple(f"{kind.value}*" for kind in classes) if redis.pubsub else (),
            stream=redis.stream,
        )
        ingest = RedisIngest(
            choices,
            self._pump.publishing.publish,
            pubsub=self._pubsub,
            stream=self._stream,
            lost=self._tell_of_a_gap,
            clock=time.monotonic,
        )
        await ingest.run()

    def _tell_of_a_gap(self) -> None:
        self._hub.operators.publications_lost()
        self._pump.perform()

    def _made_api(self, hub: Hub, store: Store) -> tuple[ServerOperations, ApiPages]:
        from collab_server.admin.gate import Gate
        from collab_server.admin.pages import ApiPages
        from collab_server.transport.operations import ServerOperations

        operations = ServerOperations(
            hub,
            self._pump,
            store,
            links=self.links,
            secret=self._config.secret,
            token_expiry_s=self._config.token_expiry_s,
            clock=time.monotonic,
            wall_clock=time.time,
        )
        gate = Gate(self._config.api_key, started_s=time.time())
        return operations, ApiPages(operations, gate, wall_clock=time.time)
