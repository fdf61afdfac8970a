"""What the store answers about connections: sign-ins, invitations, rights, rooms made.

The counterpart of the effects that name a client; the transport calls it. Decides nothing. A
connection that has gone meanwhile gets no answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.permissions import OWNER_RIGHTS, RoomClass, class_of
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import InvitationInfo, Invited, RoomCreated
from collab_server.protocol.links import format_invitation_link, format_web_link, invitation_at

if TYPE_CHECKING:
    from collab_server.core.access import Access
    from collab_server.core.context import Context
    from collab_server.core.effects import ClientId, FindGrants
    from collab_server.core.requests import Requests
    from collab_server.core.rights import Rights
    from collab_server.core.rooms import Rooms
    from collab_server.core.sign_in import SignIns
    from collab_server.protocol.events import RequestId
    from collab_server.protocol.names import RoomId


MOST_SHOWN = 32
"""People of a room that an invitation shows."""


class ClientAnswers:
    """Answers of the store. Invariant: each comes once for an effect."""

    def __init__(
        self,
        context: Context,
        *,
        sign_ins: SignIns,
        rooms: Rooms,
        rights: Rights,
        access: Access,
        requests: Requests,
    ) -> None:
        self._context = context
        self._sign_ins = sign_ins
        self._rooms = rooms
        self._rights = rights
        self._access = access
        self._requests = requests

    def nonce_bound(
        self,
        client_id: ClientId,
        session_id: str,
        key_hash: bytes,
        now_s: float,
        now_unix_s: float,
    ) -> None:
        """Go on with a sign-in: this is the session that the nonce belongs to."""
        client = self._context.live(client_id)
        if client is not None:
            earlier = client.user
            self._sign_ins.nonce_bound(client, session_id, key_hash, now_s, now_unix_s)
            self._access.renew(client, earlier, now_s)
            self._context.resume(client)

    def invitation_redeemed(
        self, client_id: ClientId, room: RoomId, perm: str, now_s: float, now_unix_s: float
    ) -> None:
        """Go on with a guest's sign-in."""
        client = self._context.live(client_id)
        if client is not None:
            self._sign_ins.invitation_redeemed(client, room, perm, now_s, now_unix_s)
            self._context.resume(client)

    def invitation_looked_at(
        self,
        client_id: ClientId,
        room: RoomId,
        *,
        perm: str,
        expires_at_s: int,
        uses_left: int,
        created_by: str,
    ) -> None:
        """Say what an invitation would open, and close: nobody has signed in."""
        client = self._context.live(client_id)
        if client is None or client.sign_in is None:
            return
        info = InvitationInfo(
            room=room,
            perm=perm,
            expires_at=expires_at_s,
            uses_left=uses_left,
            host=created_by,
            members=self._rooms.present_in(room, most=MOST_SHOWN),
            re=client.sign_in.request_id,
        )
        client.sign_in = None
        self._context.tell(client, info)
        self._context.close(client, CloseCode.NORMAL, "looked at")
        self._context.resume(client)

    def invitation_refused(self, client_id: ClientId, reason: str, now_s: float) -> None:
        """End a guest's sign-in; reason is "unknown", "spent" or "expired"."""
        client = self._context.live(client_id)
        if client is not None:
            self._sign_ins.invitation_refused(client, reason, now_s)
            self._context.resume(client)

    def invitation_created(
        self,
        client_id: ClientId,
        request_id: RequestId | None,
        room: RoomId,
        code: str,
        expires_at_s: int,
    ) -> None:
        """Hand out the links of a stored invitation."""
        client = self._context.live(client_id)
        if client is None:
            return
        link = invitation_at(self._context.config.public_url, code)
        is_project = class_of(room) is RoomClass.PROJECT
        invited = Invited(
            url=format_invitation_link(link),
            web_url=format_web_link(link, room) if is_project else None,
            code=code,
            expires_at=expires_at_s,
            re=request_id,
        )
        self._context.tell(client, invited)

    def room_stored(self, client_id: ClientId, request_id: RequestId | None, room: RoomId) -> None:
        """Hand a stored room to its owner."""
        client = self._context.live(client_id)
        if client is not None:
            perm = self._rights.take(client, room, OWNER_RIGHTS)
            self._context.tell(client, RoomCreated(room=room, perm=perm, re=request_id))

    def grants_found(
        self,
        asked: FindGrants,
        perm: str,
        now_s: float,
        now_unix_s: float,
        *,
        authorized: str = "",
    ) -> None:
        """Go on with what a client asked of a room; its letters are the store's and the hook's."""
        client = self._context.live(asked.client)
        if (
            client is not None
            and client.waits_for == asked.room
            and client.grants_asked == asked.number
        ):
            self._rights.take(client, asked.room, perm, authorized)
            self._requests.hear_again(client, now_s, now_unix_s)

    def request_failed(
        self, client_id: ClientId, request_id: RequestId | None, now_s: float
    ) -> None:
        """Tell a client that the store did not answer what it asked.

        Without a request id it is what the client is held for.
        """
        client = self._context.live(client_id)
        if client is None:
            return
        if request_id is not None or not client.is_held:
            self._context.refuse(client, ErrorCode.UNAVAILABLE, re=request_id, now_s=now_s)
        elif client.sign_in is not None:
            self._sign_ins.store_failed(client, now_s)
            self._context.resume(client)
        else:
            self._requests.give_up(client, "The server cannot look up rights right now", now_s)
