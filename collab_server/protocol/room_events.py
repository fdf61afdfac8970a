"""The JSON events of rooms: chat, cursors, typing, read marks, presence; of clients, then to them.

What legacy pages know comes first in each. It knows no rights and no rooms' state. Source:
PROTOCOL.md §3.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from collab_server.protocol.event_base import Event, RequestId
from collab_server.protocol.names import RoomId

MAX_PAGE = 200
MAX_MENTIONS = 50
MAX_OFFSET = 2**53 - 1

Offset = Annotated[int, msgspec.Meta(ge=0, le=MAX_OFFSET)]
MessageId = Annotated[int, msgspec.Meta(ge=1, le=MAX_OFFSET)]
Mid = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9._:-]{1,64}$")]
"""A message's name that its sender chose, unique for ever a room and user; a uuid."""

Emoji = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
FileName = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Status = Literal["active", "idle", "dnd"]


# From clients.


class PostMessage(Event, frozen=True, kw_only=True, tag="message"):
    """A client says something to a room."""

    room: RoomId
    message: object  # any JSON, falsy values too
    mid: Mid | None = None
    reply_to: MessageId | None = None
    mentions: Annotated[tuple[int | str, ...], msgspec.Meta(max_length=MAX_MENTIONS)] = ()
    id: RequestId | None = None

    def __repr__(self) -> str:
        return f"PostMessage(room={self.room!r}, mid={self.mid!r})"


class EditMessage(Event, frozen=True, kw_only=True, tag="message_edit"):
    """An author changes what a message says."""

    room: RoomId
    message_id: MessageId
    message: object
    id: RequestId | None = None

    def __repr__(self) -> str:
        return f"EditMessage(room={self.room!r}, message_id={self.message_id})"


class DeleteMessage(Event, frozen=True, kw_only=True, tag="message_delete"):
    """An author, or a moderator, takes a message away."""

    room: RoomId
    message_id: MessageId
    id: RequestId | None = None


class React(Event, frozen=True, kw_only=True, tag="reaction"):
    """A client puts an emoji under a message, or takes its own away."""

    room: RoomId
    message_id: MessageId
    emoji: Emoji
    op: Literal["add", "remove"] = "add"
    id: RequestId | None = None


class SetTyping(Event, frozen=True, kw_only=True, tag="typing"):
    """A client begins or stops to write a message."""

    room: RoomId
    state: Literal["start", "stop"] = "start"
    id: RequestId | None = None


class MarkRead(Event, frozen=True, kw_only=True, tag="read"):
    """A user has read a room up to here."""

    room: RoomId
    offset: Offset
    id: RequestId | None = None


class MoveCursor(Event, frozen=True, kw_only=True, tag="cursor"):
    """A client points somewhere."""

    room: RoomId
    position: object  # any JSON; legacy `{line, ch}`
    id: RequestId | None = None


class RelayEdit(Event, frozen=True, kw_only=True, tag="edit"):
    """A page has changed its text; the others are told, and nothing is applied."""

    room: RoomId
    changes: object  # any JSON; legacy `{from, to, text[], removed[]}`
    file: FileName | None = None
    seq: Annotated[int, msgspec.Meta(ge=1, le=MAX_OFFSET)] | None = None
    seen: Offset | None = None
    id: RequestId | None = None

    def __repr__(self) -> str:
        return f"RelayEdit(room={self.room!r})"


class SetPresence(Event, frozen=True, kw_only=True, tag="presence"):
    """A client says how present its user is; in one room, or in all it is in."""

    status: Status
    room: RoomId | None = None
    meta: object = msgspec.UNSET  # any JSON, at most as large as a cursor
    id: RequestId | None = None


class FindHistory(Event, frozen=True, kw_only=True, tag="history"):
    """A client wants a page of older or newer messages; with neither bound, the newest."""

    room: RoomId
    before: Offset | None = None
    after: Offset | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = 50
    id: RequestId | None = None


RoomRequest = (
    PostMessage
    | EditMessage
    | DeleteMessage
    | React
    | SetTyping
    | MarkRead
    | MoveCursor
    | RelayEdit
    | SetPresence
    | FindHistory
)


# To clients.


class MessagePosted(Event, frozen=True, kw_only=True, tag="message"):
    """Somebody said something; the sender hears it too."""

    user_id: int | str | None  # None: a back-end
    client_id: str | None
    message: msgspec.Raw  # null once deleted
    timestamp: int  # unix seconds
    room: RoomId
    id: int | None = None  # None in a room without history, as the next two
    offset: int | None = None
    ts: int  # unix milliseconds
    mid: str | None = None
    name: str | None = None
    reply_to: int | None = None
    mentions: tuple[int | str, ...] = ()
    edited_at: int | None = None  # unix seconds
    deleted: bool = False
    reactions: Mapping[str, tuple[int | str, ...]] = {}  # emoji → users

    def __repr__(self) -> str:
        return f"MessagePosted(room={self.room!r}, id={self.id}, offset={self.offset})"


class MessageUpdated(Event, frozen=True, kw_only=True):
    """A message says something else now."""

    room: RoomId
    message_id: int
    user_id: int | str
    message: msgspec.Raw
    edited_at: int  # unix seconds
    offset: int

    def __repr__(self) -> str:
        return f"MessageUpdated(room={self.room!r}, message_id={self.message_id})"


class MessageDeleted(Event, frozen=True, kw_only=True):
    """A message is gone; it keeps its place."""

    room: RoomId
    message_id: int
    user_id: int | str  # who took it away
    offset: int


class Reacted(Event, frozen=True, kw_only=True, tag="reaction"):
    """An emoji came under a message, or went."""

    room: RoomId
    message_id: int
    user_id: int | str
    emoji: str
    op: Literal["add", "remove"]
    offset: int


class Ack(Event, frozen=True, kw_only=True):
    """What was asked is stored; `id` is the message's."""

    room: RoomId
    id: int | None = None
    mid: str | None = None
    offset: int | None = None
    timestamp: int  # unix seconds
    duplicate: bool = False  # it was stored before, and nobody is told again
    seq: int | None = None  # of a numbered edit: the room's number after it
    own: int | None = None  # of a numbered edit: its author's own number
    file: str | None = None
    re: RequestId | None = None


class TypingChanged(Event, frozen=True, kw_only=True, tag="typing"):
    """Somebody begins or stops to write; without news it has stopped after `ttl` seconds."""

    room: RoomId
    user_id: int | str
    state: Literal["start", "stop"]
    ttl: int
    name: str | None = None


class ReadMarked(Event, frozen=True, kw_only=True, tag="read"):
    """A user has read a room up to here."""

    room: RoomId
    user_id: int | str
    offset: int
    re: RequestId | None = None


class CursorMoved(Event, frozen=True, kw_only=True, tag="cursor"):
    """Somebody else points somewhere."""

    user_id: int | str
    client_id: str
    position: msgspec.Raw
    room: RoomId
    name: str | None = None
    color: str | None = None


class EditRelayed(Event, frozen=True, kw_only=True, tag="edit"):
    """Somebody else's page has changed its text."""

    user_id: int | str
    client_id: str
    changes: msgspec.Raw
    timestamp: float  # unix seconds
    room: RoomId
    file: str | None = None
    seq: int | None = None  # the room's number of this change, where pages number them

    def __repr__(self) -> str:
        return f"EditRelayed(room={self.room!r}, seq={self.seq})"


class PresenceChanged(Event, frozen=True, kw_only=True, tag="presence"):
    """How present a user is in a room."""

    room: RoomId
    user_id: int | str
    status: Status
    meta: object = msgspec.UNSET
    perm: str | None = None  # letters, where rights can be given


class HistoryPage(Event, frozen=True, kw_only=True, tag="history"):
    """Messages as they are now, ascending; `more` lie beyond in the direction asked."""

    room: RoomId
    messages: tuple[msgspec.Raw, ...]
    epoch: str
    more: bool
    re: RequestId | None = None

    def __repr__(self) -> str:
        return f"HistoryPage(room={self.room!r}, {len(self.messages)} messages)"


RoomNews = (
    MessagePosted
    | MessageUpdated
    | MessageDeleted
    | Reacted
    | Ack
    | TypingChanged
    | ReadMarked
    | CursorMoved
    | EditRelayed
    | PresenceChanged
    | HistoryPage
)
