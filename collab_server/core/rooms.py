"""Who is in which room: one entry a user, however many connections and doors.

Decides no rights, and not how others are told (`comings`). Source: PROTOCOL.md §3 (presence).
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from collab_server.core.comings import Comings, Untold
from collab_server.core.permissions import OWNER_RIGHTS, is_grantable
from collab_server.protocol.events import Member, UserJoined, UserLeft
from collab_server.protocol.names import user_id_on_wire
from collab_server.protocol.room_events import PresenceChanged

if TYPE_CHECKING:
    from collab_server.core.comings import News
    from collab_server.core.context import Context
    from collab_server.core.effects import ClientId
    from collab_server.core.states import Client, User
    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_events import Status

GRACE_S = 10.0
"""How long a user whose last connection broke still counts as present."""


@dataclass(slots=True)
class _Presence:
    """A user in a room."""

    user: User
    connections: Counter[ClientId] = field(default_factory=Counter["ClientId"])
    last_client: ClientId | None = None
    leaves_s: float | None = None  # when the grace ends; None while somebody is connected
    statuses: dict[ClientId, Status] = field(default_factory=dict["ClientId", "Status"])
    meta: object = msgspec.UNSET  # said last

    @property
    def status(self) -> Status:
        """Of all connections: do not disturb wins, then active; the last one known at the end."""
        said = set(self.statuses.values())
        if "dnd" in said:
            return "dnd"
        return "idle" if said == {"idle"} else "active"

    @property
    def client(self) -> ClientId | None:
        """The oldest connection, or the last one that was."""
        return next(iter(self.connections), self.last_client)


@dataclass(slots=True)
class _Room:
    joined: dict[ClientId, str] = field(default_factory=dict["ClientId", str])  # → user id, ordered
    present: dict[str, _Presence] = field(default_factory=dict[str, "_Presence"])
    untold: Untold = field(default_factory=Untold)
    everybody: tuple[ClientId, ...] | None = None  # who has joined, as it was asked for last


class Rooms:
    """Membership and presence of all rooms.

    Invariant: a user is present exactly while a connection of theirs has joined the room or has one
    of its documents open, or the grace runs.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._comings = Comings(context)
        self._rooms: dict[RoomId, _Room] = {}

    @property
    def count(self) -> int:
        """How many rooms somebody is in, or was a moment ago."""
        return len(self._rooms)

    def occupied(self) -> dict[RoomId, int]:
        """Return the rooms that somebody is in, and how many users."""
        return {name: len(room.present) for name, room in self._rooms.items()}

    def join(self, client: Client, room_id: RoomId, now_s: float) -> None:
        """Make a connection a member, which hears the room's events; the others hear first."""
        room = self._rooms.setdefault(room_id, _Room())
        if client.id in room.joined:
            return
        self.appear(client, room_id, now_s)
        assert client.user is not None
        room.joined[client.id] = client.user.id
        room.everybody = None
        client.rooms.add(room_id)

    def leave(self, client: Client, room_id: RoomId, now_s: float, *, explicit: bool) -> None:
        """Take a connection out; without `explicit` the user stays present for the grace."""
        room = self._rooms.get(room_id)
        if room is None or room.joined.pop(client.id, None) is None:
            return
        room.everybody = None
        client.rooms.discard(room_id)
        self.vanish(client, room_id, now_s, explicit=explicit)

    def appear(self, client: Client, room_id: RoomId, now_s: float) -> None:
        """Count one more reason why a connection's user is present."""
        user = client.user
        assert user is not None
        room = self._rooms.setdefault(room_id, _Room())
        presence = room.present.get(user.id)
        if presence is None:
            presence = room.present[user.id] = _Presence(user)
            joined = UserJoined(
                user_id=user.wire_id,
                client_id=client.id,
                room=room_id,
                name=user.name,
                color=user.color,
                perm=client.perms.get(room_id) if is_grantable(room_id) else None,
            )
            self._tell(room_id, user.id, joined, now_s)
        presence.leaves_s = None
        presence.connections[client.id] += 1
        self.note_status(client, room_id, now_s)

    def vanish(self, client: Client, room_id: RoomId, now_s: float, *, explicit: bool) -> None:
        """Take one such reason back."""
        assert client.user is not None
        presence = self._rooms[room_id].present[client.user.id]
        presence.connections[client.id] -= 1
        if presence.connections[client.id] <= 0:
            before = presence.status
            del presence.connections[client.id]
            presence.last_client = client.id
            if presence.connections:
                del presence.statuses[client.id]
                self._tell_status(room_id, presence, before, now_s)
        if not presence.connections:
            presence.leaves_s = now_s if explicit else now_s + GRACE_S
            if explicit:
                self.expire(room_id, now_s)

    def note_status(self, client: Client, room_id: RoomId, now_s: float) -> None:
        """Take what a present connection says of itself into its user's status; tell the others."""
        assert client.user is not None
        presence = self._rooms[room_id].present[client.user.id]
        before, meta = presence.status, presence.meta
        for gone in presence.statuses.keys() - presence.connections.keys():
            del presence.statuses[gone]
        presence.statuses[client.id] = client.status
        if client.meta is not msgspec.UNSET:
            presence.meta = client.meta
        self._tell_status(room_id, presence, before, now_s, is_news=presence.meta != meta)

    def note_rights(self, client: Client, room_id: RoomId, now_s: float) -> None:
        """Tell everybody, the user too, what a user may now in a room that rights are given in."""
        room = self._rooms.get(room_id)
        assert client.user is not None
        presence = None if room is None else room.present.get(client.user.id)
        if presence is None or not is_grantable(room_id):
            return
        told = PresenceChanged(
            room=room_id,
            user_id=client.user.wire_id,
            status=presence.status,
            meta=presence.meta,
            perm=self._perm(room_id, presence),
        )
        self._tell(room_id, client.user.id, told, now_s)
        own = msgspec.structs.replace(told, perm=client.perms[room_id])
        if room_id in client.rooms:
            self._context.tell(client, own)

    def listeners(self, room_id: RoomId, *, of_user: str | None = None) -> tuple[ClientId, ...]:
        """Return the connections that have joined a room, of everybody or of one user."""
        room = self._rooms.get(room_id)
        if room is None:
            return ()
        if of_user is None:
            if room.everybody is None:
                room.everybody = tuple(room.joined)
            return room.everybody
        return tuple(client for client, user_id in room.joined.items() if user_id == of_user)

    def users_in(self, room_id: RoomId) -> int:
        """Return how many users are present in a room."""
        room = self._rooms.get(room_id)
        return 0 if room is None else len(room.present)

    def has(self, room_id: RoomId, user_id: str) -> bool:
        """Tell whether a user is present in a room."""
        room = self._rooms.get(room_id)
        return room is not None and user_id in room.present

    def expire(self, room_id: RoomId, now_s: float) -> None:
        """Forget and announce the users of a room whose grace is over."""
        room = self._rooms.get(room_id)
        if room is None:
            return
        for user_id, presence in list(room.present.items()):
            if presence.leaves_s is None or presence.leaves_s > now_s:
                continue
            del room.present[user_id]
            left = UserLeft(
                user_id=user_id_on_wire(user_id),
                client_id=presence.client or "",
                room=room_id,
                name=presence.user.name,
            )
            self._tell(room_id, user_id, left, now_s)
        if not room.joined and not room.present:
            del self._rooms[room_id]

    def tell_comings(self, room_id: RoomId) -> None:
        """Tell a room what it has not been told of who came and went."""
        room = self._rooms.get(room_id)
        if room is not None and room.untold.is_due:
            self._comings.tell(
                room_id,
                room.untold,
                self.listeners(room_id),
                lambda: self.members(room_id, without=""),
                len(room.present),
            )

    def counted(self, room_id: RoomId) -> int | None:
        """Return how many users are in a room, if that is all that its members are told."""
        room = self._rooms[room_id]
        return len(room.present) if room.untold.is_counted else None

    def members(
        self, room_id: RoomId, *, without: str, most: int | None = None
    ) -> tuple[Member, ...]:
        """Return one entry a present user, in order of arrival, without one user."""
        return tuple(
            Member(
                client_id=presence.client or "",
                user_id=presence.user.wire_id,
                name=presence.user.name,
                color=presence.user.color,
                status=presence.status,
                meta=presence.meta,
                perm=self._perm(room_id, presence) or msgspec.UNSET,
            )
            for user_id, presence in itertools.islice(self._rooms[room_id].present.items(), most)
            if user_id != without
        )

    def present_in(self, room_id: RoomId, *, most: int) -> tuple[Member, ...]:
        """Return who is in a room, for somebody who is not; nobody: as if it were empty."""
        return self.members(room_id, without="", most=most) if room_id in self._rooms else ()

    def _perm(self, room_id: RoomId, presence: _Presence) -> str | None:
        """Return the letters of all connections of a user together, None where none are given."""
        if not is_grantable(room_id):
            return None
        clients = self._context.clients
        letters = set[str]().union(
            *(clients[each].perms.get(room_id, "") for each in presence.connections)
        )
        return "".join(letter for letter in OWNER_RIGHTS if letter in letters) or None

    def _tell_status(
        self,
        room_id: RoomId,
        presence: _Presence,
        before: Status,
        now_s: float,
        *,
        is_news: bool = False,
    ) -> None:
        if presence.status == before and not is_news:
            return
        told = PresenceChanged(
            room=room_id,
            user_id=presence.user.wire_id,
            status=presence.status,
            meta=presence.meta,
            perm=self._perm(room_id, presence),
        )
        self._tell(room_id, presence.user.id, told, now_s)

    def _tell(self, room_id: RoomId, about: str, news: News, now_s: float) -> None:
        room = self._rooms[room_id]

        def others() -> tuple[ClientId, ...]:
            return tuple(client for client, user_id in room.joined.items() if user_id != about)

        users = len(room.present)
        self._comings.note(room_id, room.untold, about, news, users, others, now_s)
