"""What signed-in clients ask: joining, inviting, opening, with rights checked on every message.

What must wait for the store is parked with its client, which is held, and heard again when the
answer has come. Knows neither bytes nor deadlines: the hub reads and clocks. Source: PROTOCOL.md §3
and §5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from collab_server.core.answers import Shut
from collab_server.core.arrivals import Arrival
from collab_server.core.comings import TOLD_UP_TO
from collab_server.core.effects import (
    CreateInvitation,
    CreateRoom,
)
from collab_server.core.permissions import (
    INVITABLE_RIGHTS,
    OWN,
    READ,
    RoomClass,
    is_grantable,
)
from collab_server.core.rate_limits import whole_seconds
from collab_server.core.states import Client, Phase
from collab_server.core.switches import feature_of_event
from collab_server.protocol import documents as frames
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import (
    Auth,
    DocumentCreate,
    Invite,
    Join,
    Leave,
    Left,
    Ping,
    Pong,
    Refresh,
    RoomCreate,
    RoomJoined,
)
from collab_server.protocol.moderation_events import (
    Admit,
    Ban,
    Deny,
    InviteRevoke,
    Kick,
    Knock,
    RoleRequest,
    RoleSet,
    RoomClose,
    Unban,
)
from collab_server.protocol.names import (
    RoomId,
    is_guest,
    room_of,
)
from collab_server.protocol.room_facts import NewTerms
from collab_server.protocol.version_events import (
    CompareVersions,
    FindAuthors,
    FindVersions,
    NameVersion,
    ReadVersion,
    RestoreVersion,
    VersionRequest,
)

if TYPE_CHECKING:
    from collab_server.core.access import Access
    from collab_server.core.answers import Answers
    from collab_server.core.context import Context
    from collab_server.core.document_requests import DocumentRequests
    from collab_server.core.moderation import Moderation
    from collab_server.core.reading import Reading
    from collab_server.core.room_requests import RoomRequests
    from collab_server.core.rooms import Rooms
    from collab_server.core.sign_in import SignIns
    from collab_server.core.terms import Terms
    from collab_server.core.yjs_door import YjsDoor
    from collab_server.protocol.events import ClientEvent, RequestId


class Requests:
    """The verbs of all connections.

    Invariant: whatever a client asks is answered once, by what it asked for or by an `error`; at
    most one thing a client is parked.
    """

    def __init__(
        self,
        context: Context,
        *,
        rooms: Rooms,
        sign_ins: SignIns,
        access: Access,
        terms: Terms,
        reading: Reading,
        room_requests: RoomRequests,
        document_requests: DocumentRequests,
        moderation: Moderation,
        answers: Answers,
        yjs_door: YjsDoor,
    ) -> None:
        self._context = context
        self._rooms = rooms
        self._sign_ins = sign_ins
        self._access = access
        self._terms = terms
        self._reading = reading
        self._room_requests = room_requests
        self._document_requests = document_requests
        self._moderation = moderation
        self._answers = answers
        self._yjs_door = yjs_door

    def hear_event(
        self, client: Client, event: ClientEvent, now_s: float, now_unix_s: float
    ) -> None:
        """Act on a JSON event, or hold the client until the store has answered."""
        if isinstance(event, Ping):
            self._context.tell(client, Pong(t=event.t, server_time=now_unix_s, re=event.id))
            return
        if isinstance(event, Auth):
            self._sign_ins.auth(client, event, now_s, now_unix_s)
            return
        if client.phase is not Phase.SIGNED_IN:
            self._context.refuse(client, ErrorCode.NOT_AUTHENTICATED, re=event.id, now_s=now_s)
            return
        if feature_of_event(event) in self._context.config.switched_off:
            self._context.refuse(client, ErrorCode.FEATURE_DISABLED, re=event.id, now_s=now_s)
            return
        match event:
            case Refresh():
                earlier = client.user
                self._sign_ins.refresh(client, event, now_s, now_unix_s)
                self._access.renew(client, earlier, now_s)
            case Join():
                self._join(client, event, now_s, now_unix_s)
            case Leave():
                self._room_requests.forget(client, event.room)
                self._rooms.leave(client, event.room, now_s, explicit=True)
                self._context.tell(client, Left(room=event.room, reason="client", re=event.id))
            case RoomCreate():
                self._create_room(client, event, now_s, now_unix_s)
            case Invite():
                self._invite(client, event, now_s, now_unix_s)
            case DocumentCreate():
                self._document_requests.create(client, event, now_s)
            case (
                FindAuthors()
                | FindVersions()
                | ReadVersion()
                | CompareVersions()
                | NameVersion()
                | RestoreVersion()
            ):
                self._document_requests.ask_versions(client, event, now_s)
            case Knock():
                perm = self._access.perm(client, event.room, event)
                if perm is not None:
                    self._moderation.knock(client, event, perm, now_s, now_unix_s)
            case (
                Admit()
                | Deny()
                | RoleSet()
                | RoleRequest()
                | Kick()
                | Ban()
                | Unban()
                | InviteRevoke()
                | RoomClose()
            ):
                self._moderation.hear(client, event, now_s, now_unix_s)
            case _:
                self._room_requests.hear(client, event, now_s, now_unix_s)

    def hear_again(self, client: Client, now_s: float, now_unix_s: float) -> None:
        """Go on with what a held client said."""
        said, client.parked, client.waits_for = client.parked, None, None
        if isinstance(said, Arrival):
            self._yjs_door.enter(client, now_s)
        elif isinstance(said, Join | Invite | DocumentCreate | VersionRequest | Knock):
            self.hear_event(client, said, now_s, now_unix_s)
        else:
            assert isinstance(said, frames.Sync | frames.DocumentAuth)
            self._document_requests.hear(client, said, now_s, now_unix_s)
        self._context.resume(client)

    def give_up(self, client: Client, text: str, now_s: float) -> None:
        """Answer what a client said with a failure of the store, and hear it again."""
        said, client.parked, client.waits_for = client.parked, None, None
        re: RequestId | None = None
        if isinstance(said, frames.Sync | frames.DocumentAuth | Arrival):
            assert said.document is not None
            self._answers.refuse(client, said.document, ErrorCode.UNAVAILABLE, text, now_s)
            self._answers.shut(client, said.document, Shut.UNAVAILABLE)
            self._context.resume(client)
            return
        if isinstance(said, DocumentCreate | VersionRequest):
            room, re = room_of(said.document), said.id
        else:
            assert isinstance(said, Join | Invite | Knock)
            room, re = said.room, said.id
        self._context.refuse(client, ErrorCode.UNAVAILABLE, text, room=room, re=re, now_s=now_s)
        self._context.resume(client)

    def _join(self, client: Client, event: Join, now_s: float, now_unix_s: float) -> None:
        perm = self._access.perm(client, event.room, event)
        if perm is None:
            return
        if self._terms.must_wait(client, event.room):
            client.parked = event
            return
        if READ not in perm:
            if self._terms.of(event.room).has_password and not self._access.is_out(
                client, event.room
            ):
                self._terms.guess(client, event, now_s)
            else:
                self._access.deny(client, event.room, event.id, now_s)
            return
        if self._terms.is_full(client, event.room):
            self._context.refuse(
                client, ErrorCode.ROOM_FULL, room=event.room, re=event.id, now_s=now_s
            )
            return
        if (
            event.room not in client.rooms
            and len(client.rooms) >= self._context.config.limits.rooms_a_connection
        ):
            self._context.refuse(
                client, ErrorCode.LIMIT_EXCEEDED, "Too many rooms", re=event.id, now_s=now_s
            )
            return
        if not self._reading.is_ready(client, event, now_s):
            return
        self._enter(client, event, perm, now_s, now_unix_s)

    def _enter(
        self, client: Client, event: Join, perm: str, now_s: float, now_unix_s: float
    ) -> None:
        terms = self._terms.of(event.room)
        self._rooms.join(client, event.room, now_s)
        assert client.user is not None
        users = self._rooms.counted(event.room)
        most = None if users is None else TOLD_UP_TO
        members = self._rooms.members(event.room, without=client.user.id, most=most)
        place = self._reading.place(client, event, perm, terms.keep_s, now_unix_s)
        joined = RoomJoined(
            room=event.room,
            members=members,
            users=users,
            perm=perm,
            max_users=terms.max_users,
            expires_at=terms.expires_at_s,
            keep_s=terms.keep_s,
            re=event.id,
        )
        if place is not None:
            joined = msgspec.structs.replace(
                joined,
                epoch=place.epoch,
                offset=place.offset,
                recovered=place.recovered,
                events=place.events,
                unread=place.unread,
                read_offset=place.read_offset,
            )
        self._context.tell(client, joined)
        self._reading.greet(client, event.room, place)

    def _create_room(
        self, client: Client, event: RoomCreate, now_s: float, now_unix_s: float
    ) -> None:
        user = client.user
        assert user is not None
        wrong, wait_s = _wrong_with_room(event, user.id, now_unix_s), 0.0
        if wrong is None and event.password is not None:
            wait_s = self._terms.hash_waits_s(user.id, now_s)
            wrong = (ErrorCode.RATE_LIMITED, None) if wait_s else None
        if wrong is not None:
            code, text = wrong
            retry_after = whole_seconds(wait_s) if wait_s else None
            self._context.refuse(
                client, code, text, re=event.id, retry_after=retry_after, now_s=now_s
            )
            return
        kind = RoomClass.PROJECT if event.kind == "project" else RoomClass.PROSHARE
        room = RoomId(f"{kind.value}{self._context.new_id()}")
        terms = NewTerms(
            password=event.password,
            max_users=event.max_users,
            expires_at_s=event.expires_at,
            keep_s=event.keep_s,
        )
        self._context.effects.append(
            CreateRoom(client.id, event.id, room, user.id, terms if event.has_terms else None)
        )

    def _invite(self, client: Client, event: Invite, now_s: float, now_unix_s: float) -> None:
        perm = self._access.perm(client, event.room, event)
        if perm is None:
            return
        if OWN not in perm or not is_grantable(event.room):
            self._access.deny(client, event.room, event.id, now_s)
            return
        letters = "".join(letter for letter in INVITABLE_RIGHTS if letter in event.perm)
        if READ not in letters or set(event.perm) - set(INVITABLE_RIGHTS):
            text = "An invitation gives r, rw, rh or rwh"
            self._context.refuse(client, ErrorCode.BAD_REQUEST, text, re=event.id, now_s=now_s)
            return
        assert client.user is not None
        self._context.effects.append(
            CreateInvitation(
                client.id,
                event.id,
                self._context.new_id(),
                event.room,
                letters,
                int(now_unix_s) + event.ttl_s,
                event.max_uses,
                client.user.id,
            )
        )


def _wrong_with_room(
    event: RoomCreate, user_id: str, now_unix_s: float
) -> tuple[ErrorCode, str | None] | None:
    """Return why a room cannot be made, None when it can."""
    if is_guest(user_id):
        return ErrorCode.PERMISSION_DENIED, "Guests cannot create rooms"
    if event.kind == "project" and event.has_terms:
        return ErrorCode.BAD_REQUEST, "Only a ProShare room has a password and limits"
    if event.expires_at is not None and event.expires_at <= now_unix_s:
        return ErrorCode.BAD_REQUEST, "The room would be closed already"
    return None
