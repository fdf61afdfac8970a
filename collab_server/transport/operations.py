"""Carries out what the API asks: first stored, where it must outlive the process, then told.

Does not know HTTP or who was let in. Source: PROTOCOL.md §2 and §7.
"""

from __future__ import annotations

import dataclasses
import secrets
from typing import TYPE_CHECKING

from collab_server.admin import messages
from collab_server.admin.operations import Refused
from collab_server.core.revocations import Revoked, revocation_of
from collab_server.core.streams import message_event
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.names import clean_name
from collab_server.protocol.tokens import DEFAULT_KEY_ID, TokenClaims, sign_token
from collab_server.storage.errors import StoreError
from collab_server.storage.revocations import StoredRevocation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from collab_server.admin.figures import Figures
    from collab_server.backplane.link_state import LinkState
    from collab_server.core.hub import Hub
    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_facts import NewTerms, RoomTerms
    from collab_server.storage.rooms import StoredRoom
    from collab_server.storage.store import Store
    from collab_server.transport.pump import Pump

MOST_CONNECTIONS_SHOWN = 1000
STORE_IS_AWAY = "The store does not answer; nothing was changed."


class ServerOperations:
    """The server, as the API sees it; `admin.operations.Operations` says what each verb does."""

    def __init__(
        self,
        hub: Hub,
        pump: Pump,
        store: Store,
        *,
        links: Sequence[LinkState],
        secret: bytes,
        token_expiry_s: int,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self._hub = hub
        self._pump = pump
        self._store = store
        self._links = links
        self._secret = secret
        self._token_expiry_s = token_expiry_s
        self._clock = clock
        self._wall_clock = wall_clock

    def figures(self) -> Figures:
        """Return the server as it is now."""
        return dataclasses.replace(self._pump.figures(), links=tuple(self._links))

    async def publish(
        self, room: str, message: object, *, key: str | None, owner: str | None
    ) -> messages.Delivered:
        """Say something to a room."""
        published = await self._pump.publishing.publish(room, message, key=key, owner=owner)
        if published.error is not None:
            return messages.Delivered(room=room, error=published.error.slug)
        return messages.Delivered(
            room=room,
            offset=published.offset,
            epoch=published.epoch,
            delivered=published.listeners,
            duplicate=published.is_duplicate,
        )

    async def history(
        self, room: RoomId, *, before: int | None, after: int | None, limit: int
    ) -> messages.HistoryShown:
        """Return a page of what was said in a room."""
        try:
            page = await self._store.rooms.history(room, before=before, after=after, limit=limit)
        except StoreError as error:
            raise Refused(ErrorCode.UNAVAILABLE, STORE_IS_AWAY) from error
        return messages.HistoryShown(
            room=room,
            epoch=page.epoch,
            messages=[message_event(message) for message in page.messages],
            more=page.has_more,
        )

    def kick(self, room: RoomId, user_id: str) -> int:
        """Take a user out of a room."""
        concerned = self._hub.operators.kick(room, user_id, self._clock())
        self._pump.perform()
        return concerned

    def disconnect(self, *, user_id: str | None, client_id: str | None, comes_back: bool) -> int:
        """Close connections."""
        concerned = self._hub.operators.disconnect(
            user_id=user_id, client_id=client_id, comes_back=comes_back
        )
        self._pump.perform()
        return concerned

    async def revoke(self, kind: Revoked, name: str) -> int:
        """Take back before its time: on the disk first, so that a restart gives nothing back."""
        revocation = revocation_of(kind, name, self._wall_clock())
        row = StoredRevocation(revocation.digest, kind.value, revocation.at_s, revocation.until_s)
        try:
            await self._store.entry.add_revocation(row)
        except StoreError as error:
            raise Refused(ErrorCode.UNAVAILABLE, STORE_IS_AWAY) from error
        concerned = self._hub.operators.revoke(revocation)
        self._pump.perform()
        return concerned

    def token(
        self, user_id: str, *, name: str | None, rooms: Mapping[str, str], ttl_s: int | None
    ) -> messages.TokenMade:
        """Sign a token."""
        now_s = int(self._wall_clock())
        claims = TokenClaims(
            user_id=user_id,
            issued_at_s=now_s,
            expires_at_s=now_s + (ttl_s or self._token_expiry_s),
            nonce=secrets.token_urlsafe(16),
            name=clean_name(name or ""),
            rooms=rooms,
        )
        token = sign_token(claims, self._secret, key_id=DEFAULT_KEY_ID)
        return messages.TokenMade(token=token, expires_at=claims.expires_at_s)

    async def put_room(
        self, room: RoomId, owner: str | None, members: Mapping[str, str], terms: NewTerms
    ) -> messages.RoomShown:
        """Replace a room's grants, and set its terms."""
        try:
            holds = await self._store.rooms.set_terms(room, terms)
            stored = await self._store.entry.put_room(room, owner, members)
        except StoreError as error:
            raise Refused(ErrorCode.UNAVAILABLE, STORE_IS_AWAY) from error
        self._hub.operators.terms_changed(room, holds, self._clock(), self._wall_clock())
        if stored.is_closed:
            self._hub.operators.close(room, self._clock())
        else:
            self._hub.operators.grants_changed(room, stored.grants, self._clock())
        self._pump.perform()
        return self._shown(room, stored, holds)

    async def room(self, room: RoomId) -> messages.RoomShown:
        """Return a room; one that nobody made is one without grants."""
        try:
            stored = await self._store.entry.room(room)
            holds = await self._store.rooms.terms_of(room)
        except StoreError as error:
            raise Refused(ErrorCode.UNAVAILABLE, STORE_IS_AWAY) from error
        return self._shown(room, stored, holds)

    def rooms(self) -> messages.RoomsShown:
        """Return the rooms that somebody is in."""
        occupied = sorted(self._hub.operators.rooms().items())
        listed = [messages.RoomListed(room=room, users=users) for room, users in occupied]
        return messages.RoomsShown(rooms=listed)

    def presence(self, room: RoomId) -> messages.PresenceShown:
        """Return who is in a room."""
        people = [
            messages.PersonShown(
                user_id=member.user_id,
                client_id=member.client_id,
                name=member.name,
                status=member.status,
            )
            for member in self._hub.operators.presence(room)
        ]
        return messages.PresenceShown(room=room, users=people)

    def connections(self, user_id: str | None) -> messages.ConnectionsShown:
        """Return connections, at most a page of them."""
        seen = self._hub.operators.connections(user_id)
        shown = [
            messages.ConnectionShown(
                client_id=connection.client_id,
                user_id=connection.user_id,
                name=connection.name,
                door=connection.door,
                address=connection.address,
                rooms=list(connection.rooms),
                documents=list(connection.documents),
            )
            for connection in seen[:MOST_CONNECTIONS_SHOWN]
        ]
        more = len(seen) > MOST_CONNECTIONS_SHOWN
        return messages.ConnectionsShown(connections=shown, more=more)

    def documents(self, room: RoomId | None) -> messages.DocumentsShown:
        """Return documents in memory."""
        shown = [
            messages.DocumentShown(
                document=document.name,
                epoch=document.epoch,
                seq=document.last_seq,
                connections=document.connections,
            )
            for document in self._hub.operators.documents(room)
        ]
        return messages.DocumentsShown(documents=shown)

    def _shown(
        self, room: RoomId, stored: StoredRoom | None, holds: RoomTerms
    ) -> messages.RoomShown:
        return messages.RoomShown(
            room=room,
            owner=None if stored is None else stored.owner,
            members={} if stored is None else dict(stored.grants),
            users=self._hub.operators.rooms().get(room, 0),
            closed=stored is not None and stored.is_closed,
            has_password=holds.has_password,
            max_users=holds.max_users,
            expires_at=holds.expires_at_s,
            keep_s=holds.keep_s,
        )
