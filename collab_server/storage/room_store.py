"""The verbs of the store that are about what is said in rooms.

When a verb that writes has returned, what it wrote is on the disk. Does not know the hub's effects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.storage import (
    active_connections,
    invitations,
    messages,
    passwords,
    room_terms,
    rooms,
    streams,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Mapping, Sequence

    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_facts import (
        NewEvent,
        NewTerms,
        Outcome,
        RoomTerms,
        StoredPage,
        StoredStream,
    )
    from collab_server.storage.reader import Reader
    from collab_server.storage.rooms import StoredRoom
    from collab_server.storage.writer import Writer


class RoomStore:
    """What an open database keeps of rooms; every verb may raise a StoreError."""

    def __init__(
        self, writer: Writer, lookups: Reader, passwords: Reader, clock: Callable[[], float]
    ) -> None:
        self._writer = writer
        self._lookups = lookups
        self._passwords = passwords  # each takes a while
        self._clock = clock

    async def store_events(self, events: Sequence[NewEvent], *, epoch: str) -> list[Outcome]:
        """Store events in this order, all or none; return what became of each."""
        now_ms = self._now_ms()
        return await self._writer.run(
            lambda connection: messages.store_events(connection, events, epoch, now_ms)
        )

    async def open_stream(self, room: RoomId, *, count: int, epoch: str) -> StoredStream:
        """Return a room's stream with its last events; one that is new gets this epoch."""
        now_ms = self._now_ms()
        return await self._writer.run(
            lambda connection: streams.open_stream(connection, room, count, epoch, now_ms)
        )

    async def history(
        self, room: RoomId, *, before: int | None, after: int | None, limit: int
    ) -> StoredPage:
        """Return a page of a room's messages."""
        now_ms = self._now_ms()
        return await self._lookups.run(
            lambda connection: streams.page_of_history(
                connection, room, before=before, after=after, limit=limit, now_ms=now_ms
            )
        )

    async def find_reader(
        self, room: RoomId, user_id: str, *, up_to: int, mark: int | None = None
    ) -> tuple[int, int]:
        """Return how far a user has read, and how many messages of others came after."""
        return await self._lookups.run(
            lambda connection: streams.find_reader(connection, room, user_id, up_to, mark)
        )

    async def save_read_marks(self, marks: Sequence[tuple[str, str, int]]) -> None:
        """Move read marks (room, user, place) forward."""
        now_ms = self._now_ms()
        await self._writer.run(
            lambda connection: streams.save_read_marks(connection, marks, now_ms)
        )

    async def forget_old(self, keeps: Sequence[tuple[str, int]]) -> None:
        """Forget some of what is too old; keeps are prefixes of rooms and milliseconds."""
        now_ms = self._now_ms()
        await self._writer.run(lambda connection: streams.forget_old(connection, keeps, now_ms))

    async def change_grant(
        self, room: RoomId, user_id: str, perm: str, *, spares_members: bool = False
    ) -> str | None:
        """Set what a user is granted in a room; None when the room is the user's own."""
        now_ms = self._now_ms()
        return await self._writer.run(
            lambda connection: rooms.change_grant(
                connection, room, user_id, perm, now_ms, spares_members=spares_members
            )
        )

    async def version_of_others(self) -> int:
        """Return a number that is another one when another program has committed something."""
        return await self._writer.run(rooms.version_of_others)

    async def grants_of(self, names: Collection[RoomId]) -> dict[RoomId, StoredRoom]:
        """Return what is stored of rooms, in order with what this server has stored itself."""
        now_s = self._clock()
        return await self._writer.run(
            lambda connection: {
                name: rooms.room_of_store(connection, name, now_s) or rooms.NO_ROOM
                for name in names
            }
        )

    async def close_room(self, room: RoomId, user_id: str) -> None:
        """Close a room, and withdraw its invitations."""
        now_ms = self._now_ms()
        await self._writer.run(
            lambda connection: rooms.close_room(connection, room, user_id, now_ms)
        )

    async def terms_of(self, room: RoomId) -> RoomTerms:
        """Return what holds in a room beside rights."""
        return await self._lookups.run(lambda connection: room_terms.terms_of(connection, room))

    async def terms_of_all(self, names: Collection[RoomId]) -> dict[RoomId, RoomTerms]:
        """Return what holds in rooms, in order with what this server has set itself."""
        return await self._writer.run(
            lambda connection: {name: room_terms.terms_of(connection, name) for name in names}
        )

    async def set_terms(self, room: RoomId, terms: NewTerms) -> RoomTerms:
        """Set some of what holds in a room; return what holds now."""
        columns: dict[str, object] = {
            "max_users": terms.max_users,
            "expires_at_s": terms.expires_at_s,
            "keep_s": terms.keep_s,
            "password_hash": terms.password,
        }
        password = terms.password
        if isinstance(password, str):
            hashed = await self._passwords.run(lambda _: passwords.hash_password(password))
            columns["password_hash"] = hashed
        return await self._writer.run(
            lambda connection: room_terms.set_terms(connection, room, columns)
        )

    async def check_password(self, room: RoomId, user_id: str, password: str) -> str | None:
        """Make who knows a room's password a member; return the letters, None for a wrong one."""

        def is_right(connection: sqlite3.Connection) -> bool:
            stored = room_terms.password_hash(connection, room)
            return stored is not None and passwords.is_password(password, stored)

        if not await self._passwords.run(is_right):
            return None
        now_ms = self._now_ms()
        return await self._writer.run(
            lambda connection: room_terms.admit(connection, room, user_id, now_ms)
        )

    async def revoke_invitations(self, room: RoomId, code: str | None) -> int:
        """Withdraw an invitation of a room, or all; return how many."""
        return await self._writer.run(
            lambda connection: invitations.revoke_invitations(connection, room, code)
        )

    async def sweep_connections(self, node: str) -> None:
        """Forget all of a server's connections."""
        await self._writer.run(
            lambda connection: active_connections.sweep_connections(connection, node)
        )

    async def save_connections(
        self,
        node: str,
        opened: Mapping[str, str | None],
        closed: Collection[str],
        *,
        are_alive: bool,
    ) -> None:
        """Write down who came (client → user) and who went."""
        await self._writer.run(
            lambda connection: active_connections.save_connections(
                connection, node, opened, closed, are_alive=are_alive
            )
        )

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)
