"""The JSON events that the server sends.

Fields that the legacy pages know come first in each. It knows no room. Source: PROTOCOL.md §3,
server to client.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.event_base import Event, RequestId, SessionKey
from collab_server.protocol.moderation_events import ModerationNews
from collab_server.protocol.names import DocumentName, RoomId
from collab_server.protocol.room_events import RoomNews
from collab_server.protocol.version_events import VersionReply


class AuthSuccess(Event, frozen=True, kw_only=True):
    """The client is signed in."""

    user_id: int | str
    client_id: str
    session: SessionKey | None = None
    token: str | None = None  # a guest's own, after an invitation
    expires_at: int  # unix seconds
    server_time: float  # unix seconds
    limits: Mapping[str, int | float] = {}
    ping_interval: float  # seconds
    rooms: Mapping[str, str] | None = None  # what an invitation opened: room → letters
    name: str | None = None  # as the others see this user
    color: str | None = None
    re: RequestId | None = None

    def __repr__(self) -> str:
        return f"AuthSuccess(user_id={self.user_id!r}, client_id={self.client_id!r})"


class AuthRefreshed(Event, frozen=True, kw_only=True):
    """The newer token counts from now on."""

    expires_at: int  # unix seconds
    re: RequestId | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A user in a room, however many connections it has there."""

    client_id: str  # the oldest connection
    user_id: int | str
    name: str
    color: str
    status: str
    meta: object = msgspec.UNSET  # what it said of itself with its status
    perm: str | msgspec.UnsetType = msgspec.UNSET  # letters, where rights can be given


class InvitationInfo(Event, frozen=True, kw_only=True):
    """What an invitation opens, for somebody who looks at it; the connection is closed then."""

    room: RoomId
    perm: str
    expires_at: int  # unix seconds
    uses_left: int
    host: str  # the id of the user who made it
    members: tuple[Member, ...]  # who is there now; of very many some
    re: RequestId | None = None


class RoomJoined(Event, frozen=True, kw_only=True):
    """The client is in the room; a room without history leaves the stream's fields out."""

    room: RoomId
    members: tuple[Member, ...]  # without the own user; in a very large room some of them
    users: int | None = None  # in a very large room: how many there are, with the own one
    epoch: str | None = None
    offset: int | None = None
    recovered: bool | None = None
    events: tuple[msgspec.Raw, ...] | None = None  # ascending
    perm: str
    unread: int | None = None
    read_offset: int | None = None
    max_users: int | None = None  # of a ProShare room, as the next two
    expires_at: int | None = None  # unix seconds; then the room is closed
    keep_s: int | None = None  # how long messages are kept
    re: RequestId | None = None


class UserJoined(Event, frozen=True, kw_only=True):
    """Somebody else came into a room."""

    user_id: int | str
    client_id: str
    room: RoomId
    name: str
    color: str
    perm: str | None = None  # letters, where rights can be given


class UserLeft(Event, frozen=True, kw_only=True):
    """Somebody else is no longer in a room."""

    user_id: int | str
    client_id: str
    room: RoomId
    name: str
    reason: str | None = None


class PresenceCounted(Event, frozen=True, kw_only=True, tag="presence_count"):
    """How many users are in a very large room, of whom nobody is told by name any more."""

    room: RoomId
    users: int


class MembersListed(Event, frozen=True, kw_only=True, tag="members"):
    """Everybody in a room that is not very large any more; it replaces what was known."""

    room: RoomId
    members: tuple[Member, ...]  # with the own user


class Left(Event, frozen=True, kw_only=True):
    """The client is no longer in a room."""

    room: RoomId
    reason: Literal["client", "kicked", "revoked", "closed"]
    re: RequestId | None = None


class RoomCreated(Event, frozen=True, kw_only=True):
    """The room stands and belongs to the user."""

    room: RoomId
    perm: str
    re: RequestId | None = None


class DocumentCreated(Event, frozen=True, kw_only=True):
    """The document stands; `created` is False when it stood before, and then keeps its own text."""

    document: DocumentName
    epoch: str
    created: bool
    re: RequestId | None = None


class Invited(Event, frozen=True, kw_only=True):
    """A link that lets others in."""

    url: str
    code: str
    expires_at: int  # unix seconds
    web_url: str | None = None  # for a browser; of projects only
    re: RequestId | None = None

    def __repr__(self) -> str:
        return f"Invited(expires_at={self.expires_at})"


class Gap(Event, frozen=True, kw_only=True):
    """What back-ends said to a room may be lost: the server did not hear them for a while."""

    room: RoomId


class TokenExpiring(Event, frozen=True, kw_only=True):
    """The client should refresh soon."""

    in_s: int = msgspec.field(name="in")


class Shutdown(Event, frozen=True, kw_only=True):
    """The server goes; come back after a random wait of up to `spread_ms`."""

    spread_ms: int


class Error(Event, frozen=True, kw_only=True):
    """A request was refused, or something went wrong; `message` is for people."""

    message: str
    code: int
    slug: str
    temporary: bool
    retry_after: float | None = None  # seconds
    room: str | None = None
    re: RequestId | None = None


class Pong(Event, frozen=True, kw_only=True):
    """The answer to a ping."""

    t: object = msgspec.UNSET
    server_time: float  # unix seconds
    re: RequestId | None = None


class UnknownEvent(msgspec.Struct, frozen=True):
    """An event of a newer server; to be ignored."""

    type: str


ServerEvent = (
    AuthSuccess
    | AuthRefreshed
    | RoomJoined
    | UserJoined
    | UserLeft
    | PresenceCounted
    | MembersListed
    | Left
    | RoomCreated
    | DocumentCreated
    | Invited
    | InvitationInfo
    | Gap
    | TokenExpiring
    | Shutdown
    | Error
    | Pong
    | RoomNews
    | ModerationNews
    | VersionReply
)

_MESSAGES: Mapping[ErrorCode, str] = {
    # The first two are what the legacy pages compare with.
    ErrorCode.TOKEN_REQUIRED: "Token required",
    ErrorCode.INVALID_TOKEN: "Invalid token",
    ErrorCode.TOKEN_EXPIRED: "Token expired",
    ErrorCode.TOKEN_REPLAYED: "Token already used",
    ErrorCode.NOT_AUTHENTICATED: "Not authenticated",
}


def error_event(
    code: ErrorCode,
    message: str | None = None,
    *,
    retry_after: float | None = None,
    room: str | None = None,
    re: RequestId | None = None,
) -> Error:
    """Return the `error` for a code; without a message, the code's usual one."""
    return Error(
        message=message or _MESSAGES.get(code) or code.slug.replace("_", " ").capitalize(),
        code=int(code),
        slug=code.slug,
        temporary=code.temporary,
        retry_after=retry_after,
        room=room,
        re=re,
    )
