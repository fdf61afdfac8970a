"""What a back-end or an operator does to those who are connected, and what it may know of them.

Asks nobody and stores nothing: what must outlive the process has been stored before these are
called. Source: PROTOCOL.md §2 and §7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collab_server.core.effects import Announce, Level
from collab_server.core.permissions import features_of
from collab_server.core.revocations import Revoked, digest_of
from collab_server.core.states import Phase
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import Gap, encode_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from collab_server.core.access import Access
    from collab_server.core.context import Context
    from collab_server.core.documents import Documents
    from collab_server.core.revocations import Revocation
    from collab_server.core.rooms import Rooms
    from collab_server.core.states import Client
    from collab_server.core.terms import Terms
    from collab_server.protocol.events import Member
    from collab_server.protocol.names import DocumentName, RoomId
    from collab_server.protocol.room_facts import RoomTerms


@dataclass(frozen=True, slots=True)
class ConnectionSeen:
    """A connection as an operator sees it."""

    client_id: str
    user_id: str | None  # None before it has signed in
    name: str | None
    door: str
    address: str
    rooms: tuple[RoomId, ...]  # sorted
    documents: tuple[DocumentName, ...]  # sorted


@dataclass(frozen=True, slots=True)
class DocumentSeen:
    """A live document as an operator sees it."""

    name: DocumentName
    epoch: str
    last_seq: int  # accepted updates, ever
    connections: int  # that have it open


class Operators:
    """The verbs of those who run the server. Each returns how many connections it concerned."""

    def __init__(
        self,
        context: Context,
        *,
        rooms: Rooms,
        documents: Documents,
        access: Access,
        terms: Terms,
    ) -> None:
        self._context = context
        self._rooms = rooms
        self._documents = documents
        self._access = access
        self._terms = terms

    def kick(self, room: RoomId, user_id: str, now_s: float) -> int:
        """Take a user out of a room; whoever still has the right may come back."""
        kicked = 0
        for client in self._of_user(user_id):
            if self._access.part(client, room, "kicked", now_s):
                kicked += 1
                self._announce("kicked", client, room)
        return kicked

    def disconnect(
        self, *, user_id: str | None = None, client_id: str | None = None, comes_back: bool = False
    ) -> int:
        """Close a user's connections, or one connection.

        Args:
            user_id: whose connections, or None.
            client_id: which connection, or None.
            comes_back: whether the client may come back by itself.
        """
        code = CloseCode.RECONNECT if comes_back else CloseCode.KICKED
        clients = [
            client
            for client in self._context.clients.values()
            if client.id == client_id
            or (user_id is not None and client.user is not None and client.user.id == user_id)
        ]
        return self._close(clients, code, "disconnected by an operator")

    def revoke(self, revocation: Revocation) -> int:
        """Refuse from now on what a revocation names, and close who came in by it."""
        self._context.revocations.add(revocation)
        clients = [client for client in self._signed_in() if revocation.digest in _digests(client)]
        return self._close(clients, CloseCode.KICKED, "revoked")

    def restore_revocations(self, revocations: Iterable[Revocation]) -> None:
        """Take in what was revoked in an earlier life of the server."""
        for revocation in revocations:
            self._context.revocations.add(revocation)

    def grants_changed(self, room: RoomId, granted: Mapping[str, str], now_s: float) -> int:
        """Give everybody the rights in a room that follow from its grants as they stand now.

        Args:
            room: the room.
            granted: all of its grants, user id → letters.
            now_s: the hub's clock.
        """
        changed = 0
        for client in self._signed_in():
            assert client.user is not None
            letters = granted.get(client.user.id, "")
            changed += self._access.regrant(client, room, letters, now_s)
        return changed

    def terms_changed(
        self, room: RoomId, terms: RoomTerms, now_s: float, now_unix_s: float
    ) -> None:
        """Let what holds in a room from now on count, also where somebody is in it already."""
        self._terms.learn(room, terms, now_s, now_unix_s)

    def close(self, room: RoomId, now_s: float) -> None:
        """Send everybody out of a room that is closed."""
        self._access.close(room, now_s)

    def publications_lost(self) -> int:
        """Tell the rooms in which only back-ends speak that something may be missing there."""
        concerned = 0
        for room in self._rooms.occupied():
            listeners = self._rooms.listeners(room)
            if listeners and features_of(room).speaks is None:
                self._context.relay(listeners, (encode_event(Gap(room=room)),))
                concerned += len(listeners)
        return concerned

    def presence(self, room: RoomId) -> tuple[Member, ...]:
        """Return who is in a room, a user once."""
        return self._rooms.members(room, without="") if room in self._rooms.occupied() else ()

    def connections(self, user_id: str | None = None) -> list[ConnectionSeen]:
        """Return the connections, all or a user's, in the order in which they came."""
        clients = self._context.clients.values() if user_id is None else self._of_user(user_id)
        return [_seen(client) for client in clients]

    def documents(self, room: RoomId | None = None) -> list[DocumentSeen]:
        """Return the documents in memory, all or a room's."""
        return [
            DocumentSeen(live.name, live.epoch, live.seq, len(live.openings))
            for live in self._documents.all_live(room)
        ]

    def rooms(self) -> dict[RoomId, int]:
        """Return the rooms that somebody is in, and how many users."""
        return self._rooms.occupied()

    def _signed_in(self) -> Iterator[Client]:
        for client in tuple(self._context.clients.values()):
            if client.phase is Phase.SIGNED_IN:
                yield client

    def _of_user(self, user_id: str) -> list[Client]:
        return [
            client
            for client in self._signed_in()
            if client.user is not None and client.user.id == user_id
        ]

    def _close(self, clients: Iterable[Client], code: CloseCode, reason: str) -> int:
        closed = 0
        for client in clients:
            if client.phase is not Phase.CLOSING:
                self._context.close(client, code, reason)
                closed += 1
        return closed

    def _announce(self, what: str, client: Client, room: RoomId) -> None:
        self._context.effects.append(Announce(Level.INFO, what, client=client.id, room=room))


def _digests(client: Client) -> set[bytes]:
    """Return what a revocation could name of a signed-in connection."""
    assert client.user is not None
    names = [
        (Revoked.USER, client.user.id),
        (Revoked.SESSION, client.session_id or ""),  # no revocation names nothing
        (Revoked.NONCE, client.token_nonce or ""),
        *((Revoked.NONCE, nonce) for nonce in client.nonces),
    ]
    return {digest_of(kind, name) for kind, name in names}


def _seen(client: Client) -> ConnectionSeen:
    user = client.user
    return ConnectionSeen(
        client_id=client.id,
        user_id=None if user is None else user.id,
        name=None if user is None else user.name,
        door=client.door.value,
        address=client.address,
        rooms=tuple(sorted(client.rooms)),
        documents=tuple(sorted(client.documents)),
    )
