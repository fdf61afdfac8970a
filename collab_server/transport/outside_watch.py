"""Notices that another program has written to the database, and reads what may concern somebody.

SQLite tells a connection whether others have committed (`PRAGMA data_version`). The writer's
connection is asked, for which this server's own commits are none; and through it grants are read,
so that they come in one order with those that the server stores itself; terms as well. Decides
nothing. Source: PROTOCOL.md §2 (a change of grants counts within a second) and §3 (ProShare rooms),
sqlite.org/pragma.html.
"""

from __future__ import annotations

import asyncio
import logging
from itertools import islice
from typing import TYPE_CHECKING

from collab_server.core.revocations import Revocation, Revoked
from collab_server.storage.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from collab_server.core.hub import Hub
    from collab_server.storage.store import Store

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.4
ROOMS_A_READ = 200
"""So that no commit waits long behind a read."""


class OutsideWatch:
    """Looks again and again. Invariant: what was read is what stood when it was taken in."""

    def __init__(
        self,
        store: Store,
        hub: Hub,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        perform: Callable[[], None],
        every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._store = store
        self._hub = hub
        self._clock = clock
        self._wall_clock = wall_clock
        self._perform = perform  # carries out what the hub asks for
        self._every_s = every_s
        self._seen: int | None = None  # the version that is taken in

    async def keep(self) -> None:
        """Look until cancelled."""
        is_failing = False
        while True:
            try:
                await self.look()
            except StoreError as error:
                if not is_failing:
                    logger.warning("whether grants were changed is not known: %s", error.reason)
                is_failing = True
            except Exception:  # a bug of ours, or rows that nobody expects, end no server
                logger.exception("what another program changed could not be taken in")
            else:
                is_failing = False
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Take in what others have committed since the last time.

        Raises:
            StoreError: It cannot be known now; what it was is found the next time.
        """
        if not self._hub.outside.concerns_anybody:
            self._hub.outside.rest()
            return
        version = await self._store.rooms.version_of_others()
        if version == self._seen:
            return
        await self._take_in()
        self._seen = version

    async def _take_in(self) -> None:
        rows = await self._store.entry.all_revocations()
        changed = self._hub.outside.revocations_read(
            Revocation(Revoked(row.kind), row.digest, row.at_s, row.until_s) for row in rows
        )
        rooms = iter(self._hub.outside.concerned())
        while some := list(islice(rooms, ROOMS_A_READ)):
            stored = await self._store.rooms.grants_of(some)
            changed += self._hub.outside.grants_read(  # nothing is awaited since it was read
                {room: stored[room].grants for room in some},
                {room for room in some if stored[room].is_closed},
                self._clock(),
            )
        rooms = iter(self._hub.outside.with_terms())
        while some := list(islice(rooms, ROOMS_A_READ)):
            holds = await self._store.rooms.terms_of_all(some)
            changed += self._hub.outside.terms_read(holds, self._clock(), self._wall_clock())
        self._perform()
        if changed:
            logger.info("another program changed %d rights or terms", changed)
