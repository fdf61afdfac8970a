"""The JSON events that clients send.

Knows no rights and no rooms' state. Source: PROTOCOL.md §3, client to server.
"""

from typing import Annotated, Literal

import msgspec

from collab_server.protocol.event_base import Event, RequestId, SessionKey
from collab_server.protocol.moderation_events import ModerationRequest
from collab_server.protocol.names import DocumentName, RoomId
from collab_server.protocol.room_events import RoomRequest
from collab_server.protocol.version_events import VersionRequest

MAX_HISTORY = 200
MOST_USERS = 10_000
LONGEST_KEEP_S = 366 * 86_400

Password = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
MaxUsers = Annotated[int, msgspec.Meta(ge=1, le=MOST_USERS)]
UnixSeconds = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
KeepSeconds = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_KEEP_S)]


class ClientSoftware(msgspec.Struct, frozen=True):
    """What the other side calls itself; for logs."""

    name: str = ""
    version: str = ""


class Position(msgspec.Struct, frozen=True):
    """A place in a room's stream of events."""

    epoch: str
    offset: int


class Auth(Event, frozen=True, kw_only=True):
    """Somebody says who it is: by a token or by an invitation's code."""

    token: str | None = None
    invite: str | None = None
    look: bool = False  # the invitation is not used, only told of
    name: str | None = None
    session: SessionKey | None = None
    client: ClientSoftware | None = None
    caps: tuple[str, ...] = ()
    protocol: tuple[int, int] | None = None  # lowest and highest version it speaks
    id: RequestId | None = None

    def __repr__(self) -> str:
        return f"Auth(name={self.name!r}, client={self.client!r})"


class Refresh(Event, frozen=True, kw_only=True):
    """A newer token for the same user."""

    token: str
    id: RequestId | None = None

    def __repr__(self) -> str:
        return "Refresh()"


class Join(Event, frozen=True, kw_only=True):
    """A client enters a room."""

    room: RoomId
    recover: Position | None = None
    history: Annotated[int, msgspec.Meta(ge=0, le=MAX_HISTORY)] = 0
    password: Password | None = None  # of a room that has one, once
    id: RequestId | None = None

    def __repr__(self) -> str:
        return f"Join(room={self.room!r}, recover={self.recover!r}, history={self.history})"


class Leave(Event, frozen=True, kw_only=True):
    """A client leaves a room."""

    room: RoomId
    id: RequestId | None = None


class RoomCreate(Event, frozen=True, kw_only=True):
    """A user wants a new room, named by the server and owned by the user.

    Whatever else it says is for a ProShare room.
    """

    kind: Literal["project", "proshare"] = "project"
    password: Password | None = None
    max_users: MaxUsers | None = None
    expires_at: UnixSeconds | None = None  # the room is closed from then on
    keep_s: KeepSeconds | None = None  # how long messages stay
    id: RequestId | None = None

    @property
    def has_terms(self) -> bool:
        """Whether it says something that only a ProShare room can have."""
        said = (self.password, self.max_users, self.expires_at, self.keep_s)
        return any(term is not None for term in said)

    def __repr__(self) -> str:
        return f"RoomCreate(kind={self.kind!r})"


class DocumentCreate(Event, frozen=True, kw_only=True):
    """A user brings a document's first text."""

    document: DocumentName
    text: str = ""
    eol: Literal["lf", "crlf"] = "lf"
    language: str | None = None
    id: RequestId | None = None


class Invite(Event, frozen=True, kw_only=True):
    """An owner wants a link that lets others into a room."""

    room: RoomId
    perm: str
    ttl_s: Annotated[int, msgspec.Meta(ge=1, le=366 * 86_400)] = 86_400
    max_uses: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    id: RequestId | None = None


class Ping(Event, frozen=True, kw_only=True):
    """A client asks whether the server is there."""

    t: object = msgspec.UNSET  # any JSON, given back
    id: RequestId | None = None


ClientEvent = (
    Auth
    | Refresh
    | Join
    | Leave
    | RoomCreate
    | DocumentCreate
    | Invite
    | Ping
    | RoomRequest
    | ModerationRequest
    | VersionRequest
)
