"""What a client's rights in a room mean for what it asks, and for what it is in already.

Rights that are not known yet are asked for, and what was asked waits. Does not know what anybody
asks, nor where rights come from (`rights.py`). Source: PROTOCOL.md §2 (rights).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from collab_server.core.effects import FindGrants
from collab_server.core.permissions import READ
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import Left
from collab_server.protocol.names import room_of

if TYPE_CHECKING:
    from collab_server.core.answers import Answers
    from collab_server.core.arrivals import Arrival
    from collab_server.core.context import Context
    from collab_server.core.documents import Documents
    from collab_server.core.rights import Rights
    from collab_server.core.rooms import Rooms
    from collab_server.core.states import Client, User
    from collab_server.protocol.documents import ClientFrame
    from collab_server.protocol.events import ClientEvent, RequestId
    from collab_server.protocol.names import RoomId


class Access:
    """Who is let into rooms and documents, and who must leave them.

    Invariant: nobody is in a room, or has a document of it, without the right to read there.
    """

    def __init__(
        self,
        context: Context,
        *,
        rooms: Rooms,
        documents: Documents,
        rights: Rights,
        answers: Answers,
    ) -> None:
        self._context = context
        self._rooms = rooms
        self._documents = documents
        self._rights = rights
        self._answers = answers

    def perm(
        self, client: Client, room: RoomId, said: ClientEvent | ClientFrame | Arrival
    ) -> str | None:
        """Return the client's rights in a room, or park what it said until they are known."""
        perm = self._rights.of(client, room)
        if perm is None:
            assert client.user is not None
            client.waits_for, client.parked = room, said
            self._context.effects.append(FindGrants(client.id, room, client.user.id))
        return perm

    def deny(
        self, client: Client, room: RoomId, request_id: RequestId | None, now_s: float
    ) -> None:
        """Say that a right is missing."""
        self._context.refuse(
            client, ErrorCode.PERMISSION_DENIED, room=room, re=request_id, now_s=now_s
        )

    def renew(self, client: Client, earlier: User | None, now_s: float) -> None:
        """Apply a newer token to what a client is in, if one came."""
        if earlier is None or client.user is earlier:
            return
        for room in self._rights.renew(client):
            self.apply(client, room, now_s)

    def apply(self, client: Client, room: RoomId, now_s: float) -> None:
        """Let a client's rights in a room, which have changed, count for what it is in."""
        perm = client.perms[room]
        if READ not in perm:
            self.part(client, room, "revoked", now_s)
            return
        for name in sorted(client.documents):
            if room_of(name) == room:
                self._documents.set_right(client, name, perm)

    def part(
        self, client: Client, room: RoomId, reason: Literal["revoked", "kicked"], now_s: float
    ) -> bool:
        """Take a client out of a room and of its documents; tell whether it was in any."""
        names = [name for name in sorted(client.documents) if room_of(name) == room]
        for name in names:
            self._documents.close(client, name, now_s, explicit=True)
            self._answers.deny(client, name, now_s)
        if room not in client.rooms:
            return bool(names)
        self._rooms.leave(client, room, now_s, explicit=True)
        self._context.tell(client, Left(room=room, reason=reason))
        return True
