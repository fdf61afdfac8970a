"""The store's verbs for who comes in: nonces, invitations, grants and owners, what was taken back.

Does not know tokens or what letters mean. Times that decide something are arguments; the clock
here dates rows, and tells when to forget what has long been over.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

from collab_server.storage import invitations, revocations, rooms, sessions
from collab_server.storage.answers import settle
from collab_server.storage.invitations import Invitation, LookedAt, Redeemed
from collab_server.storage.sessions import NonceBinding

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from collab_server.storage.answers import Told
    from collab_server.storage.reader import Reader
    from collab_server.storage.revocations import StoredRevocation
    from collab_server.storage.rooms import StoredRoom
    from collab_server.storage.writer import Writer

FORGET_EVERY_S = 60.0


class EntryStore:
    """A part of one open database, `Store.entry`: its promises are the store's."""

    def __init__(self, writer: Writer, lookups: Reader, clock: Callable[[], float]) -> None:
        self._writer = writer
        self._lookups = lookups
        self._clock = clock
        self._forgot_at_s = 0.0

    async def bind_nonce(
        self, *, nonce: str, session_id: str, key_hash: bytes, expires_at_s: int
    ) -> NonceBinding:
        """Bind a token's nonce to a session unless it is bound, and return what stands.

        Raises:
            StoreError: The database could not be written.
        """
        bound: asyncio.Future[NonceBinding] = asyncio.get_running_loop().create_future()
        wanted = NonceBinding(session_id, key_hash, is_new=True)
        self.begin_bind_nonce(nonce, wanted, expires_at_s, functools.partial(settle, bound))
        return await bound

    def begin_bind_nonce(
        self, nonce: str, wanted: NonceBinding, expires_at_s: int, told: Told
    ) -> None:
        """Do as `bind_nonce`, without a task: `told` hears in a later turn what stands.

        Raises:
            StoreError: It was not begun, and `told` will not be called.
        """
        now_s = self._clock()
        is_time_to_forget = not 0 <= now_s - self._forgot_at_s < FORGET_EVERY_S
        if is_time_to_forget:  # or the clock was set back
            self._forgot_at_s = now_s

        def work(connection: sqlite3.Connection) -> NonceBinding:
            if is_time_to_forget:
                sessions.forget_nonces(connection, int(now_s))
            return sessions.bind_nonce(connection, nonce, wanted, expires_at_s)

        self._writer.submit(work, told)

    async def create_invitation(
        self,
        *,
        code: str,
        room: str,
        perm: str,
        expires_at_s: int,
        max_uses: int,
        created_by: str,
    ) -> None:
        """Store what a code opens, for how long (unix time) and how often.

        Raises:
            StoreError: The database could not be written.
        """
        now_ms = self._now_ms()
        invitation = Invitation(
            room=room,
            perm=perm,
            expires_at_s=expires_at_s,
            max_uses=max_uses,
            created_by=created_by,
        )
        await self._writer.run(
            lambda connection: invitations.create_invitation(connection, code, invitation, now_ms)
        )

    async def redeem_invitation(self, code: str, *, now_s: float) -> Redeemed:
        """Use a code once, and return what it opens.

        Raises:
            InvitationRefused: It opens nothing, or nothing any more.
            StoreError: The database could not be written.
        """
        return await self._writer.run(
            lambda connection: invitations.redeem_invitation(connection, code, now_s)
        )

    async def look_at_invitation(self, code: str, *, now_s: float) -> LookedAt:
        """Return what a code would open, without using it.

        Raises:
            InvitationRefused: It opens nothing, or nothing any more.
            StoreError: The database could not be read.
        """
        return await self._lookups.run(
            lambda connection: invitations.look_at_invitation(connection, code, now_s)
        )

    async def create_room(self, room: str, owner: str) -> None:
        """Store a room and its owner's grant.

        Raises:
            RoomTaken: It is somebody else's.
            StoreError: The database could not be written.
        """
        now_ms = self._now_ms()
        await self._writer.run(
            lambda connection: rooms.create_room(connection, room, owner, now_ms)
        )

    async def grants_for(self, user_id: str, room: str) -> str:
        """Return the letters of what a user was granted in a room; none when nothing.

        Raises:
            StoreError: The database could not be read.
        """
        now_s = self._clock()
        return await self._lookups.run(
            lambda connection: rooms.grants_for(connection, user_id, room, now_s)
        )

    def begin_grants_for(self, user_id: str, room: str, told: Told) -> None:
        """Do as `grants_for`, without a task: `told` hears in a later turn the letters.

        Raises:
            StoreError: It was not begun, and `told` will not be called.
        """
        now_s = self._clock()
        self._lookups.submit(
            lambda connection: rooms.grants_for(connection, user_id, room, now_s), told
        )

    async def room(self, room: str) -> StoredRoom | None:
        """Return a room's owner and grants, or None when nothing is stored of it.

        Raises:
            StoreError: The database could not be read.
        """
        now_s = self._clock()
        return await self._lookups.run(
            lambda connection: rooms.room_of_store(connection, room, now_s)
        )

    async def put_room(
        self, room: str, owner: str | None, members: Mapping[str, str]
    ) -> StoredRoom:
        """Replace all grants of a room, and its owner unless that is None; return what stands now.

        Raises:
            StoreError: The database could not be written.
        """
        now_ms = self._now_ms()
        return await self._writer.run(
            lambda connection: rooms.put_room(connection, room, owner, members, now_ms)
        )

    async def add_revocation(self, revocation: StoredRevocation) -> None:
        """Store what was taken back before its time.

        Raises:
            StoreError: The database could not be written.
        """
        await self._writer.run(
            lambda connection: revocations.add_revocation(connection, revocation)
        )

    async def all_revocations(self) -> list[StoredRevocation]:
        """Return the revocations that hold.

        Raises:
            StoreError: The database could not be read.
        """
        now_s = int(self._clock())
        return await self._lookups.run(
            lambda connection: revocations.all_revocations(connection, now_s)
        )

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)
