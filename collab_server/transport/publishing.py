"""The way in for what back-ends say: one call a message, answered when it is stored and told.

Used by whatever hears back-ends (HTTP, Redis). Does not know who they are or how they were let in.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

from collab_server.core.chat import Publication
from collab_server.core.room_effects import Published
from collab_server.protocol.errors import ErrorCode, InvalidName
from collab_server.protocol.names import parse_room

if TYPE_CHECKING:
    from collections.abc import Callable

    from collab_server.core.hub import Hub

LONGEST_KEY_CHARS = 255
LONGEST_USER_CHARS = 255


class Publishing:
    """Messages of back-ends that are under way. Invariant: each is answered once."""

    def __init__(
        self,
        hub: Hub,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        perform: Callable[[], None],
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._wall_clock = wall_clock
        self._perform = perform
        self._tickets = map(str, itertools.count())
        self._waiting: dict[str, asyncio.Future[Published]] = {}

    async def publish(
        self,
        room: str,
        message: object,
        *,
        key: str | None = None,
        owner: str | None = None,
    ) -> Published:
        """Say something to a room, and return what became of it.

        When it returns without an `error`, the message is on the disk (in rooms that keep messages)
        and in the outboxes of who is in the room. Calls are stored and told in their order. A
        cancelled call may still be carried out.

        Args:
            room: its name, of any content.
            message: any JSON value, at most 1 MiB as text.
            key: the same key again in this room is the same message, and is stored once; at most
                255 characters.
            owner: the id of a user who may see the room from now on.

        Returns:
            `error` is None, or why not: invalid_room, bad_request, too_large, or unavailable,
            after which the same call with the same key may work.
        """
        try:
            name = parse_room(room)
        except InvalidName:
            return Published("", room, ErrorCode.INVALID_ROOM)
        if (key is not None and not 0 < len(key) <= LONGEST_KEY_CHARS) or (
            owner is not None and not 0 < len(owner) <= LONGEST_USER_CHARS
        ):
            return Published("", room, ErrorCode.BAD_REQUEST)
        ticket = next(self._tickets)
        future = self._waiting[ticket] = asyncio.get_running_loop().create_future()
        try:
            said = Publication(room=name, message=message, key=key, owner=owner)
            self._hub.publish(ticket, said, self._clock(), self._wall_clock())
            self._perform()
            return await future
        finally:
            del self._waiting[ticket]

    def tell(self, published: Published) -> None:
        """Answer the call that a message came by."""
        future = self._waiting.get(published.ticket)
        if future is not None and not future.done():
            future.set_result(published)
