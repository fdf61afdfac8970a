"""Who else may be in a room: members let in, sent out, banned, and given other rights.

A right that changes counts at once, for every connection of its user. Bans stand among a room's
grants, as `-`. Decides who may decide; asks the store to keep it. Source: PROTOCOL.md §2 and §3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from collab_server.core.effects import Relay
from collab_server.core.permissions import (
    BANNED,
    CLOSED,
    INVITABLE_RIGHTS,
    MODERATE,
    OWN,
    READ,
    is_grantable,
)
from collab_server.core.room_effects import ChangeGrant, CloseRoom, RevokeInvitations
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import encode_event
from collab_server.protocol.moderation_events import (
    Admit,
    Admitted,
    Ban,
    Denied,
    Deny,
    InviteRevoke,
    Kick,
    Knocked,
    RoleChanged,
    RoleRequest,
    RoleRequested,
    RoleSet,
    RoomClose,
    Unban,
)
from collab_server.protocol.names import user_id_on_wire
from collab_server.protocol.room_events import Ack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collab_server.core.access import Access
    from collab_server.core.context import Context
    from collab_server.core.effects import ClientId
    from collab_server.core.rooms import Rooms
    from collab_server.core.states import Client
    from collab_server.protocol.event_base import RequestId
    from collab_server.protocol.moderation_events import Decision, Knock, ModerationNews
    from collab_server.protocol.names import RoomId

KNOCK_EVERY_S = 10.0
"""Who asks again sooner, to come in or for other rights, is heard and not passed on."""

KNOCKS = 10_000


class Moderation:
    """The verbs of moderators and owners. Invariant: nobody acts on an owner, or on themselves."""

    def __init__(self, context: Context, *, rooms: Rooms, access: Access) -> None:
        self._context = context
        self._rooms = rooms
        self._access = access
        self._knocks: dict[tuple[RoomId, str], float] = {}
        self._asks: dict[tuple[RoomId, str], float] = {}  # for other rights

    def knock(
        self, client: Client, event: Knock, perm: str, now_s: float, now_unix_s: float
    ) -> None:
        """Tell those who let people in that somebody is at the door."""
        user = client.user
        assert user is not None
        is_out = client.grants.get(event.room) in (BANNED, CLOSED)
        if is_out or not is_grantable(event.room):
            self._access.deny(client, event.room, event.id, now_s)
            return
        key = (event.room, user.id)
        openers = self._with_right(event.room, MODERATE, OWN)
        if READ not in perm and now_s - self._knocks.get(key, -KNOCK_EVERY_S) >= KNOCK_EVERY_S:
            if not openers:
                text = "Nobody who could let you in is there"
                code = ErrorCode.UNAVAILABLE
                self._context.refuse(client, code, text, room=event.room, re=event.id, now_s=now_s)
                return
            if len(self._knocks) >= KNOCKS:
                self._knocks.clear()
            self._knocks[key] = now_s
            knocked = Knocked(room=event.room, user_id=user.wire_id, name=user.name)
            self._tell(openers, knocked)
        self._acknowledge(client, event.room, event.id, now_unix_s)

    def hear(self, client: Client, event: Decision, now_s: float, now_unix_s: float) -> None:
        """Act on what a member says about others."""
        perm = client.perms.get(event.room, "") if event.room in client.rooms else ""
        if not self._may(client, event, perm):
            self._access.deny(client, event.room, event.id, now_s)
            return
        match event:
            case RoleRequest():
                if not self._ask_for_role(client, event, now_s):
                    return
            case Kick():
                for other in self._of_user(str(event.user_id)):
                    self._access.part(other, event.room, "kicked", now_s)
            case Deny():
                self._knocks.pop((event.room, str(event.user_id)), None)
                denied = Denied(room=event.room, user_id=_wire(event.user_id))
                others = self._of_user(str(event.user_id))
                self._tell(tuple(other.id for other in others), denied)
            case InviteRevoke():
                self._context.effects.append(
                    RevokeInvitations(client.id, event.id, event.room, event.code)
                )
                return
            case RoomClose():
                assert client.user is not None
                self._context.effects.append(
                    CloseRoom(client.id, event.id, event.room, client.user.id)
                )
                return
            case Admit() | RoleSet() | Ban() | Unban():
                granted = BANNED if isinstance(event, Ban) else getattr(event, "perm", "")
                kind = type(event).__struct_config__.tag
                self._context.effects.append(
                    ChangeGrant(
                        client.id,
                        event.id,
                        event.room,
                        str(event.user_id),
                        granted,
                        str(kind),
                        isinstance(event, Unban) or (isinstance(event, Admit) and OWN not in perm),
                    )
                )
                return
            case _:
                assert_never(event)
        self._acknowledge(client, event.room, event.id, now_unix_s)

    def granted(
        self, change: ChangeGrant, letters: str | None, now_s: float, now_unix_s: float
    ) -> None:
        """Let a grant that is stored count; `letters` None: its user is the room's owner."""
        asker = self._context.live(change.client)
        if letters is None:
            if asker is not None:
                self._access.deny(asker, change.room, change.request_id, now_s)
            return
        for client in self._of_user(change.user_id):
            self._access.regrant(client, change.room, letters, now_s)
        self._tell_of(change, letters)
        if asker is not None:
            self._acknowledge(asker, change.room, change.request_id, now_unix_s)

    def closed(self, asked: CloseRoom, now_s: float, now_unix_s: float) -> None:
        """Send everybody out of a room that is closed, and keep them out."""
        self._access.close(asked.room, now_s)
        self.acknowledge(asked.client, asked.request_id, asked.room, now_unix_s)

    def acknowledge(
        self, client_id: ClientId, request_id: RequestId | None, room: RoomId, now_unix_s: float
    ) -> None:
        """Say that something was stored."""
        client = self._context.live(client_id)
        if client is not None:
            self._acknowledge(client, room, request_id, now_unix_s)

    def _may(self, client: Client, event: Decision, perm: str) -> bool:
        """Tell whether somebody may ask this of this room and of this person."""
        if isinstance(event, RoleRequest):
            return READ in perm and is_grantable(event.room)
        needed = OWN if isinstance(event, RoleSet | InviteRevoke | RoomClose) else MODERATE
        if needed not in perm and OWN not in perm:
            return False
        if isinstance(event, Admit | RoleSet | InviteRevoke) and not is_grantable(event.room):
            return False
        if isinstance(event, Admit) and OWN not in perm and not self._may_admit(event):
            return False
        target = getattr(event, "user_id", None)
        if target is None or isinstance(event, Deny | Unban):
            return True
        assert client.user is not None
        is_owner = any(
            OWN in other.perms.get(event.room, "") for other in self._of_user(str(target))
        )
        return str(target) != client.user.id and not is_owner

    def _may_admit(self, event: Admit) -> bool:
        """Tell whether a moderator may: other rights for who is in are the owner's to give."""
        return not set(event.perm) - set(INVITABLE_RIGHTS) and not any(
            READ in other.perms.get(event.room, "") for other in self._of_user(str(event.user_id))
        )

    def _ask_for_role(self, client: Client, event: RoleRequest, now_s: float) -> bool:
        """Tell the owners what somebody wants; False when there is none, which was answered."""
        user = client.user
        assert user is not None
        owners = self._with_right(event.room, OWN)
        if not owners:
            text, code = "Nobody who could allow it is there", ErrorCode.UNAVAILABLE
            self._context.refuse(client, code, text, room=event.room, re=event.id, now_s=now_s)
            return False
        key = (event.room, user.id)
        if now_s - self._asks.get(key, -KNOCK_EVERY_S) < KNOCK_EVERY_S:
            return True
        if len(self._asks) >= KNOCKS:
            self._asks.clear()
        self._asks[key] = now_s
        requested = RoleRequested(
            room=event.room, user_id=user.wire_id, name=user.name, perm=event.perm
        )
        self._tell(owners, requested)
        return True

    def _tell_of(self, change: ChangeGrant, letters: str) -> None:
        user_id = user_id_on_wire(change.user_id)
        if change.kind == "admit":
            self._knocks.pop((change.room, change.user_id), None)
            admitted = Admitted(room=change.room, user_id=user_id, perm=letters)
            self._tell(tuple(other.id for other in self._of_user(change.user_id)), admitted)
        if change.kind in ("admit", "role_set"):
            changed = RoleChanged(room=change.room, user_id=user_id, perm=letters)
            self._tell(self._rooms.listeners(change.room), changed)

    def _with_right(self, room: RoomId, *letters: str) -> tuple[ClientId, ...]:
        """Return the connections in a room that have one of these rights."""
        return tuple(
            client_id
            for client_id in self._rooms.listeners(room)
            if set(letters) & set(self._context.clients[client_id].perms.get(room, ""))
        )

    def _of_user(self, user_id: str) -> list[Client]:
        return list(self._all_of_user(user_id))

    def _all_of_user(self, user_id: str) -> Iterator[Client]:
        for client in self._context.clients.values():
            is_theirs = client.user is not None and client.user.id == user_id
            if is_theirs and self._context.live(client.id) is not None:
                yield client

    def _tell(self, clients: tuple[ClientId, ...], news: ModerationNews) -> None:
        if clients:
            self._context.effects.append(Relay(clients, ((None, encode_event(news)),)))

    def _acknowledge(
        self, client: Client, room: RoomId, re: RequestId | None, now_unix_s: float
    ) -> None:
        self._context.tell(client, Ack(room=room, timestamp=int(now_unix_s), re=re))


def _wire(user_id: int | str) -> int | str:
    return user_id_on_wire(str(user_id))
