"""What the API can have done: the seam between its pages and the server that runs.

Tests stand in for the server here; the server itself is `transport.operations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collab_server.admin import messages
    from collab_server.admin.figures import Figures
    from collab_server.core.revocations import Revoked
    from collab_server.protocol.errors import ErrorCode
    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_facts import NewTerms


class Refused(Exception):
    """What was asked cannot be done; the text says why, in words for the one who asked."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class Operations(Protocol):
    """What those who have the key may ask. Every verb may raise `Refused`."""

    def figures(self) -> Figures:
        """Return the server as it is now."""
        ...

    async def publish(
        self, room: str, message: object, *, key: str | None, owner: str | None
    ) -> messages.Delivered:
        """Say something to a room; return when it is stored and told, or why not."""
        ...

    async def history(
        self, room: RoomId, *, before: int | None, after: int | None, limit: int
    ) -> messages.HistoryShown:
        """Return a page of what was said in a room."""
        ...

    def kick(self, room: RoomId, user_id: str) -> int:
        """Take a user out of a room; return how many connections it concerned."""
        ...

    def disconnect(self, *, user_id: str | None, client_id: str | None, comes_back: bool) -> int:
        """Close connections; return how many."""
        ...

    async def revoke(self, kind: Revoked, name: str) -> int:
        """Take back before its time, durably; return how many connections it closed."""
        ...

    def token(
        self, user_id: str, *, name: str | None, rooms: Mapping[str, str], ttl_s: int | None
    ) -> messages.TokenMade:
        """Sign a token."""
        ...

    async def put_room(
        self, room: RoomId, owner: str | None, members: Mapping[str, str], terms: NewTerms
    ) -> messages.RoomShown:
        """Replace a room's grants and set its terms, durably and for everybody at once."""
        ...

    async def room(self, room: RoomId) -> messages.RoomShown:
        """Return a room."""
        ...

    def rooms(self) -> messages.RoomsShown:
        """Return the rooms that somebody is in."""
        ...

    def presence(self, room: RoomId) -> messages.PresenceShown:
        """Return who is in a room."""
        ...

    def connections(self, user_id: str | None) -> messages.ConnectionsShown:
        """Return connections, all or a user's."""
        ...

    def documents(self, room: RoomId | None) -> messages.DocumentsShown:
        """Return documents in memory, all or a room's."""
        ...
