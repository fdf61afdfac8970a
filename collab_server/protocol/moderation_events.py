"""The JSON events by which members of a room say who else may be there; of clients, then to them.

Source: PROTOCOL.md §3.
"""

from typing import Annotated

import msgspec

from collab_server.protocol.event_base import Event, RequestId
from collab_server.protocol.names import RoomId

_User = Annotated[str, msgspec.Meta(min_length=1, max_length=255)] | int
_Letters = Annotated[str, msgspec.Meta(pattern="^[rwhm]{0,4}$")]


class Knock(Event, frozen=True, kw_only=True):
    """Somebody who may not enter a room asks those who let people in."""

    room: RoomId
    id: RequestId | None = None


class Admit(Event, frozen=True, kw_only=True):
    """A moderator lets somebody in."""

    room: RoomId
    user_id: _User
    perm: _Letters = "rw"
    id: RequestId | None = None


class Deny(Event, frozen=True, kw_only=True):
    """A moderator does not let somebody in who knocked."""

    room: RoomId
    user_id: _User
    id: RequestId | None = None


class RoleSet(Event, frozen=True, kw_only=True):
    """An owner grants somebody other rights; none takes the grant away."""

    room: RoomId
    user_id: _User
    perm: _Letters
    id: RequestId | None = None


class RoleRequest(Event, frozen=True, kw_only=True):
    """A member asks the owners for other rights."""

    room: RoomId
    perm: _Letters
    id: RequestId | None = None


class Kick(Event, frozen=True, kw_only=True):
    """A moderator sends somebody out, who may come back."""

    room: RoomId
    user_id: _User
    id: RequestId | None = None


class Ban(Event, frozen=True, kw_only=True):
    """A moderator sends somebody out for good."""

    room: RoomId
    user_id: _User
    id: RequestId | None = None


class Unban(Event, frozen=True, kw_only=True):
    """A moderator lets somebody come back who was banned."""

    room: RoomId
    user_id: _User
    id: RequestId | None = None


class InviteRevoke(Event, frozen=True, kw_only=True):
    """An owner withdraws an invitation, or without a code all of a room."""

    room: RoomId
    code: str | None = None
    id: RequestId | None = None

    def __repr__(self) -> str:
        return f"InviteRevoke(room={self.room!r})"


class RoomClose(Event, frozen=True, kw_only=True):
    """An owner closes a room: everybody leaves, and nobody comes in any more."""

    room: RoomId
    id: RequestId | None = None


MemberRequest = Admit | Deny | RoleSet | Kick | Ban | Unban
Decision = MemberRequest | RoleRequest | InviteRevoke | RoomClose
"""What somebody says who is in the room."""

ModerationRequest = Knock | Decision


class Knocked(Event, frozen=True, kw_only=True, tag="knock"):
    """Somebody wants to come in."""

    room: RoomId
    user_id: int | str
    name: str


class Admitted(Event, frozen=True, kw_only=True, tag="admit"):
    """The user may join the room now."""

    room: RoomId
    user_id: int | str
    perm: str


class Denied(Event, frozen=True, kw_only=True, tag="deny"):
    """The user is not let in."""

    room: RoomId
    user_id: int | str


class RoleChanged(Event, frozen=True, kw_only=True, tag="role_set"):
    """What somebody in the room was granted; their rights are its union with the rest."""

    room: RoomId
    user_id: int | str
    perm: str


class RoleRequested(Event, frozen=True, kw_only=True, tag="role_request"):
    """Somebody in the room wants other rights."""

    room: RoomId
    user_id: int | str
    name: str
    perm: str


ModerationNews = Knocked | Admitted | Denied | RoleChanged | RoleRequested
