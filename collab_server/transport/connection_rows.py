"""Keeps the table of who is connected: what changed goes to the store every few seconds, together.

A store that fails is asked again with what has changed by then. Does not know what connections say.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from collab_server.storage.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from collab_server.storage.room_store import RoomStore

logger = logging.getLogger(__name__)

SAVE_EVERY_S = 5.0
ALIVE_EVERY = 6
"""All are noted as alive once in so many turns: a connection that is dead is closed by then."""

CLEAR_WITHIN_S = 2.0


class ConnectionRows:
    """The rows of one server. Invariant: `_saved` is what the table holds of it."""

    def __init__(
        self, store: RoomStore, node: str, connected: Callable[[], Mapping[str, str | None]]
    ) -> None:
        self._store = store
        self._node = node
        self._connected = connected  # client id → user id
        self._saved: dict[str, str | None] = {}

    async def keep(self) -> None:
        """Sweep what an earlier life has left, and write down changes until cancelled."""
        turn = 0
        is_swept = False
        while True:
            try:
                if not is_swept:
                    await self._store.sweep_connections(self._node)
                    is_swept = True
                await self._save(are_alive=turn % ALIVE_EVERY == 0)
            except StoreError as error:
                logger.warning("who is connected could not be stored: %s", error.reason)
            turn += 1
            await asyncio.sleep(SAVE_EVERY_S)

    async def clear(self) -> None:
        """Leave no rows behind."""
        with suppress(StoreError, TimeoutError):  # the next start sweeps them
            async with asyncio.timeout(CLEAR_WITHIN_S):
                await self._store.sweep_connections(self._node)

    async def _save(self, *, are_alive: bool) -> None:
        now = dict(self._connected())
        opened = {
            client: user
            for client, user in now.items()
            if client not in self._saved or self._saved[client] != user
        }
        closed = self._saved.keys() - now.keys()
        if opened or closed or (are_alive and now):
            await self._store.save_connections(self._node, opened, closed, are_alive=are_alive)
        self._saved = now
