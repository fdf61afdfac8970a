"""What a client's rights in a room mean for what it asks, and for what it is in already.

Rights that are not known yet are asked for, and what was asked waits. Does not know what anybody
asks, nor where rights come from (`rights.py`). Source: PROTOCOL.md §2 (rights).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from collab_server.core.answers import Shut
from collab_server.core.effects import FindGrants
from collab_server.core.permissions import BANNED, CLOSED, READ
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import Left
from collab_server.protocol.names import room_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collab_server.core.answers import Answers
    from collab_server.core.arrivals import Arrival
    from collab_server.core.context import Context
    from collab_server.core.documents import Documents
    from collab_server.core.rights import Rights
    from collab_server.core.rooms import Rooms
    from collab_server.core.states import Client, User
    from collab_server.protocol.documents import ClientFrame
    from collab_server.protocol.events import ClientEvent, RequestId
    from collab_server.protocol.names import DocumentName, RoomId


Reason = Literal["revoked", "kicked", "closed"]
_REASONS: Mapping[str, Reason] = {BANNED: "kicked", CLOSED: "closed"}


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
            client.waits_for, client.parked = room, said
            self._ask(client, room)
        return perm

    def regrant(self, client: Client, room: RoomId, letters: str, now_s: float) -> bool:
        """Let what the store grants a client now count; tell whether its rights changed."""
        earlier = client.perms.get(room)
        if earlier is None:
            if client.waits_for == room:
                self._ask(client, room)  # what the store is about to answer may be older
            return False
        if self._rights.take(client, room, letters) == earlier:
            return False
        self.apply(client, room, now_s)
        return True

    def close(self, room: RoomId, now_s: float) -> None:
        """Send everybody out of a room that is closed, and keep them out."""
        for client in tuple(self._context.clients.values()):
            if self._context.live(client.id) is not None:
                self.regrant(client, room, CLOSED, now_s)

    def is_out(self, client: Client, room: RoomId) -> bool:
        """Tell whether nothing gives a client rights in a room: no password does, either."""
        return client.grants.get(room) in (BANNED, CLOSED)

    def deny(
        self, client: Client, room: RoomId, request_id: RequestId | None, now_s: float
    ) -> None:
        """Say that a right is missing, or that the room is closed."""
        is_closed = client.grants.get(room) == CLOSED
        code = ErrorCode.ROOM_CLOSED if is_closed else ErrorCode.PERMISSION_DENIED
        self._context.refuse(client, code, room=room, re=request_id, now_s=now_s)

    def shut_of(self, client: Client, name: DocumentName) -> Shut:
        """Return why a client without the right to read is denied a document."""
        return Shut.CLOSED if client.grants.get(room_of(name)) == CLOSED else Shut.FORBIDDEN

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
            reason = _REASONS.get(client.grants.get(room, ""), "revoked")
            self.part(client, room, reason, now_s)
            return
        for name in sorted(client.documents):
            if room_of(name) == room:
                self._documents.set_right(client, name, perm)
        self._rooms.note_rights(client, room, now_s)

    def part(self, client: Client, room: RoomId, reason: Reason, now_s: float) -> bool:
        """Take a client out of a room and of its documents; tell whether it was in any."""
        names = [name for name in sorted(client.documents) if room_of(name) == room]
        for name in names:
            self._documents.close(client, name, now_s, explicit=True)
            self._answers.deny(client, name, now_s, self.shut_of(client, name))
        if room not in client.rooms:
            return bool(names)
        self._rooms.leave(client, room, now_s, explicit=True)
        self._context.tell(client, Left(room=room, reason=reason))
        return True

    def _ask(self, client: Client, room: RoomId) -> None:
        assert client.user is not None
        client.grants_asked += 1
        asked = FindGrants(client.id, room, client.user.id, client.grants_asked)
        self._context.effects.append(asked)
