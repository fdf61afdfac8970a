"""What each connection may in each room: resolved once, kept, and resolved anew on a refresh.

Asks nobody: the hub brings what the store granted. Source: PROTOCOL.md §2 (rights).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.permissions import BANNED, CLOSED, HISTORY, READ, is_bannable, rights_in
from collab_server.protocol.names import is_guest, room_of

if TYPE_CHECKING:
    from collab_server.core.context import Context
    from collab_server.core.states import Client
    from collab_server.protocol.names import RoomId

SHOWN = 10_000
"""How many owners of rooms are remembered, so that not every publication looks for them."""

KEPT_A_ROOM = 4
"""Rights are kept for this many times the rooms that a connection may join."""


class Rights:
    """The rights of all connections.

    Invariant: the letters of every room that a connection is in, or has a document of, are kept.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shown: set[tuple[RoomId, str]] = set()  # of late; asking again would be no harm

    def of(self, client: Client, room: RoomId) -> str | None:
        """Return a client's letters in a room, None when the store must be asked first."""
        perm = client.perms.get(room)
        if perm is None and not is_bannable(room):
            perm = self.take(client, room, "")
        return perm

    def take(
        self, client: Client, room: RoomId, granted: str, authorized: str | None = None
    ) -> str:
        """Keep what the store granted, and the hook if it was asked; return what follows."""
        if len(client.perms) >= self._context.config.limits.rooms_a_connection * KEPT_A_ROOM:
            in_use = rooms_in_use(client)
            client.perms = {key: perm for key, perm in client.perms.items() if key in in_use}
            client.grants = {key: perm for key, perm in client.grants.items() if key in in_use}
            client.authorized = {
                key: perm for key, perm in client.authorized.items() if key in in_use
            }
        client.grants[room] = granted
        if authorized is not None:
            client.authorized[room] = authorized
        perm = client.perms[room] = self._resolve(client, room)
        return perm

    def show(self, room: RoomId, user_id: str) -> None:
        """Let a user see a room that a back-end has named it the owner of."""
        if (room, user_id) in self._shown:
            return
        if len(self._shown) >= SHOWN:
            self._shown.clear()
        self._shown.add((room, user_id))
        for client in self._context.clients.values():
            if client.user is not None and client.user.id == user_id and room in client.perms:
                granted = client.grants.get(room, "")
                if granted not in (BANNED, CLOSED):
                    self.take(client, room, granted + READ + HISTORY)

    def grant(self, room: RoomId, user_id: str, letters: str) -> None:
        """Take what the store grants a user now, for every connection that has asked."""
        for client in self._context.clients.values():
            if client.user is not None and client.user.id == user_id and room in client.perms:
                self.take(client, room, letters)

    def renew(self, client: Client) -> list[RoomId]:
        """Resolve all by the client's newer token; return the rooms in use whose letters changed.

        What it asked of other rooms before is forgotten.
        """
        earlier, client.perms = client.perms, {}
        for room in sorted(rooms_in_use(client)):
            client.perms[room] = self._resolve(client, room)
        return [room for room, perm in client.perms.items() if perm != earlier[room]]

    def _resolve(self, client: Client, room: RoomId) -> str:
        assert client.user is not None
        granted, token_rooms = client.grants.get(room, ""), client.user.token_rooms
        if granted and is_guest(client.user.id):
            token_rooms = dict[
                str, str
            ]()  # what an owner says later of a guest holds, not the invitation
        return rights_in(
            room,
            user_id=client.user.id,
            token_rooms=token_rooms,
            granted=granted + client.authorized.get(room, ""),
            dev=self._context.config.dev,
        )


def rooms_in_use(client: Client) -> set[RoomId]:
    """Return the rooms that a client has joined or has a document of."""
    return client.rooms | {room_of(name) for name in client.documents}
