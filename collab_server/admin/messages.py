"""What is asked of the API and what it answers, as types; the OpenAPI document is made of them.

Unknown fields are refused, so that a misspelt one is not silently nothing. Source: PROTOCOL.md §7.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from collab_server.protocol.client_events import KeepSeconds, MaxUsers, Password, UnixSeconds
from collab_server.protocol.room_events import MessagePosted
from collab_server.protocol.room_facts import NewTerms

UserId = Annotated[str, msgspec.Meta(min_length=1, max_length=255)] | int
"""As tokens have it; a number is the same user as its digits."""

RoomName = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Letters = Annotated[str, msgspec.Meta(pattern="^[rwhmo]{0,5}$")]
LONGEST_USER_CHARS = 255
MOST_MEMBERS = 5000
MOST_ROOMS = 1000
LARGEST_OFFSET = 2**53


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody asks."""


class Nothing(Asked, frozen=True, kw_only=True):
    """A request that says nothing beside its path."""


class Broadcast(Asked, frozen=True, kw_only=True):
    """A message to a room or to several."""

    message: Any  # any JSON value
    room: RoomName | None = None
    rooms: Annotated[tuple[RoomName, ...], msgspec.Meta(max_length=MOST_ROOMS)] | None = None
    type: str = "message"  # as the products publish it over Redis; nothing else is taken
    idempotency_key: Key | None = None  # the same again in a room is the same message
    owner: UserId | None = None  # who may see the room from now on


class Kick(Asked, frozen=True, kw_only=True):
    """Take a user out of a room."""

    room: RoomName
    user: UserId


class Disconnect(Asked, frozen=True, kw_only=True):
    """Close a user's connections, or one."""

    user: UserId | None = None
    client: Key | None = None
    reconnect: bool = False  # whether the client may come back by itself


class Revoke(Asked, frozen=True, kw_only=True):
    """Take back a user's tokens issued up to now, a session, or one token by its `jti`."""

    user: UserId | None = None
    session: Key | None = None
    nonce: Annotated[str, msgspec.Meta(min_length=1, max_length=256)] | None = None


class MakeToken(Asked, frozen=True, kw_only=True):
    """A token for a user."""

    user: UserId
    name: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    rooms: dict[RoomName, Letters] = {}  # pattern → letters
    ttl_s: Annotated[int, msgspec.Meta(ge=1, le=86_400)] | None = None  # the server's, if not given


class PutRoom(Asked, frozen=True, kw_only=True):
    """All grants of a room; who is not named loses theirs."""

    owner: UserId | None = None  # None: stays
    members: dict[str, Letters] = {}  # user id → letters of rwhmo
    # Of a ProShare room; one that is not given stays, null lets it hold no more.
    password: Password | msgspec.UnsetType | None = msgspec.UNSET
    max_users: MaxUsers | msgspec.UnsetType | None = msgspec.UNSET
    expires_at: UnixSeconds | msgspec.UnsetType | None = msgspec.UNSET  # the room closes then
    keep_s: KeepSeconds | msgspec.UnsetType | None = msgspec.UNSET  # how long messages stay

    def __repr__(self) -> str:
        return f"PutRoom(owner={self.owner!r}, members={self.members!r})"

    @property
    def terms(self) -> NewTerms:
        """What is to hold in the room beside rights."""
        return NewTerms(
            password=self.password,
            max_users=self.max_users,
            expires_at_s=self.expires_at,
            keep_s=self.keep_s,
        )


class OfRoom(Asked, frozen=True, kw_only=True):
    """Something of one room."""

    room: RoomName


class OfRoomOrAll(Asked, frozen=True, kw_only=True):
    """Something of one room, or of all."""

    room: RoomName | None = None


class OfUserOrAll(Asked, frozen=True, kw_only=True):
    """Something of one user, or of all."""

    user: Key | None = None


class OfHistory(Asked, frozen=True, kw_only=True):
    """A page of a room's history: the newest, or what stands around an offset."""

    room: RoomName
    before: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_OFFSET)] | None = None
    after: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_OFFSET)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class Delivered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a message in one room."""

    room: str
    error: str | None = None  # a slug; then nothing else is told
    offset: int | None = None  # None in a room without history, as the next
    epoch: str | None = None
    delivered: int = 0  # connections that were told
    duplicate: bool = False


class BroadcastDone(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message; `ok` when it was taken in every room."""

    ok: bool
    results: list[Delivered]


class HistoryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was said in a room, ascending; `more` when there is more beyond it."""

    room: str
    epoch: str  # "" when nothing was ever said
    messages: list[MessagePosted]
    more: bool


class Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """How many connections something concerned."""

    ok: bool = True
    connections: int


class TokenMade(msgspec.Struct, frozen=True, kw_only=True):
    """A token and its end."""

    token: str
    expires_at: int  # unix time


class RoomShown(msgspec.Struct, frozen=True, kw_only=True):
    """A room as it is stored, and how many users are in it."""

    room: str
    owner: str | None
    members: dict[str, str]  # user id → letters
    users: int
    closed: bool = False  # nobody may come in until it is put again
    has_password: bool = False  # of a ProShare room, as the next three
    max_users: int | None = None
    expires_at: int | None = None
    keep_s: int | None = None


class RoomListed(msgspec.Struct, frozen=True, kw_only=True):
    """A room that somebody is in."""

    room: str
    users: int


class RoomsShown(msgspec.Struct, frozen=True, kw_only=True):
    """The rooms that somebody is in."""

    rooms: list[RoomListed]


class PersonShown(msgspec.Struct, frozen=True, kw_only=True):
    """A user in a room."""

    user_id: int | str
    client_id: str
    name: str
    status: str


class PresenceShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who is in a room."""

    room: str
    users: list[PersonShown]


class ConnectionShown(msgspec.Struct, frozen=True, kw_only=True):
    """A connection."""

    client_id: str
    user_id: str | None
    name: str | None
    door: str
    address: str
    rooms: list[str]
    documents: list[str]


class ConnectionsShown(msgspec.Struct, frozen=True, kw_only=True):
    """Connections, in the order in which they came; `more` when some were left out."""

    connections: list[ConnectionShown]
    more: bool


class DocumentShown(msgspec.Struct, frozen=True, kw_only=True):
    """A document in memory."""

    document: str
    epoch: str
    seq: int
    connections: int


class DocumentsShown(msgspec.Struct, frozen=True, kw_only=True):
    """The documents in memory."""

    documents: list[DocumentShown]


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """The server in a few numbers; `/metrics` has more."""

    uptime_s: float
    connections: int
    signed_in: int
    users: int
    rooms: int
    live_documents: int
    dirty_documents: int
    frames_in: int
    frames_out: int
    bytes_in: int
    bytes_out: int
    outbox_bytes: int
    store_failing: bool
    draining: bool
    away: list[str]  # what does not work, and the server works without


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why not."""

    code: int  # as in PROTOCOL.md §9
    slug: str
    message: str


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to what could not be done."""

    error: Failure
