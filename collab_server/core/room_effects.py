"""What the hub asks of the world about what is said in rooms (see `effects`).

Answers are methods of `Hub.room_answers`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collab_server.core.effects import ClientId
    from collab_server.protocol.errors import ErrorCode
    from collab_server.protocol.event_base import RequestId
    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_facts import NewEvent


@dataclass(frozen=True, slots=True)
class StoreEvents:
    """Commit these events in this order, all or none, with fsync.

    Answer: `events_stored(batch, outcomes)` after the commit, or `events_refused(batch)`. At most
    one batch is under way at a time.
    """

    batch: int
    events: tuple[NewEvent, ...]  # never empty
    epoch: str  # what a stream that begins now is called


@dataclass(frozen=True, slots=True)
class OpenStream:
    """Read where a room's stream stands, and its last events.

    Answer: `stream_opened`, or `stream_failed`. In the order of `StoreEvents`.
    """

    room: RoomId
    count: int
    epoch: str  # what it is called when it begins now


@dataclass(frozen=True, slots=True)
class FindReader:
    """Look up how far a user has read.

    Answer: `reader_found(asked, mark, unread)`, or `request_failed` of the client's; it is held
    meanwhile.
    """

    client: ClientId
    room: RoomId
    user_id: str
    up_to: int  # messages beyond are not counted as unread
    counted: int  # the stream's count of messages now
    mark: int | None  # how far, when that is known and only the count is not


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """Read a page of messages. Answer: `history_read`, or `history_failed`."""

    client: ClientId
    request_id: RequestId | None
    room: RoomId
    before: int | None
    after: int | None
    limit: int


@dataclass(frozen=True, slots=True)
class SaveReadMarks:
    """Store how far users have read. Answer: `marks_saved(are_saved)`."""

    marks: tuple[tuple[RoomId, str, int], ...]  # room, user id, offset


@dataclass(frozen=True, slots=True)
class ForgetOld:
    """Delete some of what is too old. No answer."""

    keeps: tuple[tuple[str, int], ...]  # prefix of a room's name, how long in ms


@dataclass(frozen=True, slots=True)
class ChangeGrant:
    """Store what a user is granted in a room, unless the room is that user's own.

    Answer: `grant_changed(change, letters)`, letters None for an owner; or `request_failed`.
    """

    client: ClientId
    request_id: RequestId | None
    room: RoomId
    user_id: str
    perm: str  # letters, "" for none, BANNED
    kind: str  # the event that asked for it
    spares_members: bool = False  # who was granted something keeps it; only a ban gives way


@dataclass(frozen=True, slots=True)
class RevokeInvitations:
    """Withdraw an invitation of a room, or all. Answer: `invitations_revoked`."""

    client: ClientId
    request_id: RequestId | None
    room: RoomId
    code: str | None  # None: all


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """Store that a room is closed, and withdraw its invitations. Answer: `room_closed`."""

    client: ClientId
    request_id: RequestId | None
    room: RoomId
    user_id: str


@dataclass(frozen=True, slots=True)
class FindTerms:
    """Look up what holds in a room beside rights; the client is held meanwhile.

    Answer: `terms_found(asked, terms)`, or `request_failed`.
    """

    client: ClientId
    room: RoomId


@dataclass(frozen=True, slots=True)
class CheckPassword:
    """Tell whether this is a room's password, and make who knows it a member, durably.

    Takes its time on purpose. Answer: `password_checked(asked, letters)`, what the user is granted
    now, or None for a wrong one; or `request_failed`. The client is held meanwhile.
    """

    client: ClientId
    request_id: RequestId | None
    room: RoomId
    user_id: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Published:
    """Tell who published by `Hub.publish` what became of it. No answer."""

    ticket: str
    room: str
    error: ErrorCode | None = None
    epoch: str | None = None  # None in a room without history, as the next two
    offset: int | None = None
    message_id: int | None = None
    is_duplicate: bool = False
    listeners: int = 0  # connections that were told


RoomStoreEffect = (
    StoreEvents
    | OpenStream
    | FindReader
    | ReadHistory
    | SaveReadMarks
    | ForgetOld
    | ChangeGrant
    | RevokeInvitations
    | CloseRoom
    | FindTerms
    | CheckPassword
)
