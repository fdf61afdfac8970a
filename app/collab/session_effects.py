"""What a session asks of the world, as an ordered list of imperatives and facts.

Knows no socket and no Qt: the service performs these in order, on one thread, without awaiting in
between. Source: DESIGN.md, decision 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collab_server.protocol import version_events

if TYPE_CHECKING:
    from app.collab.browser_carets import BrowserCaret
    from app.collab.caret_log import WireCaret
    from app.model.connection import Link, SaveState
    from app.model.notices import Notice
    from app.model.participants import Participant
    from app.model.room_messages import Delivery, RoomChange, RoomMessage


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """Connect to the server; the answer is `connected` or `disconnected`."""


@dataclass(frozen=True, slots=True)
class CloseSocket:
    """Close the connection; the answer is `disconnected`."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class SendFrame:
    """Send one frame: text or binary."""

    frame: str | bytes


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The connection is in another phase."""

    link: Link


@dataclass(frozen=True, slots=True)
class SaveStateChanged:
    """More or fewer of the own changes are saved."""

    save_state: SaveState


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The server knows us; after a first time and after every return."""

    user_id: str
    rooms: tuple[str, ...]  # what an invitation opened
    expires_at_s: float = field(default=0.0, compare=False)  # the token; unix time


@dataclass(frozen=True, slots=True)
class TokenWanted:
    """The token runs out soon; whoever can, gives a newer one to `renew`."""


@dataclass(frozen=True, slots=True)
class ParticipantsChanged:
    """Somebody came or went."""

    room: str
    participants: tuple[Participant, ...]  # this user first


@dataclass(frozen=True, slots=True)
class RoomMade:
    """The room that was asked for stands."""

    request: int
    room: str


@dataclass(frozen=True, slots=True)
class InvitationMade:
    """The link that was asked for stands."""

    request: int
    url: str  # secret: whoever has it may come in

    def __repr__(self) -> str:
        return f"InvitationMade(request={self.request})"


VersionQuestion = (
    version_events.FindVersions
    | version_events.ReadVersion
    | version_events.NameVersion
    | version_events.RestoreVersion
)
"""What is asked of a document's past."""

VersionAnswer = (
    version_events.VersionsFound
    | version_events.VersionText
    | version_events.VersionNamed
    | version_events.VersionRestored
)
"""What answers each."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What was asked of a document's past has been answered, by the event that answers it."""

    request: int
    event: VersionAnswer


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """A request was refused, or the connection went before its answer came."""

    request: int
    slug: str  # of the error; `connection_lost` when there was none


@dataclass(frozen=True, slots=True)
class RemoteUpdates:
    """Apply these to the document's replica, in order; they are unchecked."""

    document: str
    updates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class DocumentSynced:
    """Everything that the server had is in the effects before this one."""

    document: str


@dataclass(frozen=True, slots=True)
class ServerState:
    """Go on with the document's replica in this history; then tell the channel by `rebased`."""

    document: str
    state: bytes  # everything that the server has, as one update; unchecked
    is_same_history: bool  # whether the replica's text is that history's, with own edits


@dataclass(frozen=True, slots=True)
class DocumentEnded:
    """The document is closed for good; its text is the person's own now."""

    document: str


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """The server takes, or no longer takes, what is made here."""

    document: str
    is_writable: bool


@dataclass(frozen=True, slots=True)
class RemotePresence:
    """Another editor of a document, as the server vouches for it."""

    author_id: int
    user_id: str
    name: str
    color: str
    caret: WireCaret | BrowserCaret | None  # None: it shows none
    is_browser: bool = False  # it reads carets as browsers write them


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """Somebody's caret moved, or somebody came or went."""

    document: str
    people: tuple[RemotePresence, ...]


@dataclass(frozen=True, slots=True)
class StreamBegan:
    """A room is joined, and what was shown of its messages, if anything, is to be begun anew."""

    room: str
    messages: tuple[RoomMessage, ...]  # the newest
    has_older: bool  # on the server, for whoever scrolls up
    unread: int  # messages of others
    read_offset: int
    perm: str  # the user's letters


@dataclass(frozen=True, slots=True)
class StreamWentOn:
    """A room is joined again, and what was missed follows; nothing is missing."""

    room: str
    perm: str


@dataclass(frozen=True, slots=True)
class StreamBroken:
    """A room is joined again; messages may be missing that this user cannot read any more."""

    room: str
    perm: str


@dataclass(frozen=True, slots=True)
class MessagesLost:
    """What back-ends said to a room may never have reached the server, and nobody has it."""

    room: str


@dataclass(frozen=True, slots=True)
class RoomSpoke:
    """What happened in a room, in order."""

    room: str
    changes: tuple[RoomChange, ...]


@dataclass(frozen=True, slots=True)
class PageCame:
    """A page of messages that was asked for."""

    room: str
    messages: tuple[RoomMessage, ...]  # ascending
    is_older: bool  # it goes before what is there, else after it
    has_more: bool  # in that direction


@dataclass(frozen=True, slots=True)
class PageFailed:
    """A page does not come; it may be asked for again."""

    room: str
    slug: str


@dataclass(frozen=True, slots=True)
class DeliveryChanged:
    """A message of this user's is somewhere else on its way."""

    room: str
    mid: str
    delivery: Delivery
    failure: str = ""  # the error's slug


@dataclass(frozen=True, slots=True)
class MessageStored:
    """A message of this user's is stored; the room hears of it too, if it did not before."""

    room: str
    mid: str
    message_id: int
    offset: int
    at_s: float  # unix time


@dataclass(frozen=True, slots=True)
class ChangeRefused:
    """An edit, deletion or reaction was not made."""

    room: str
    message_id: int
    slug: str


@dataclass(frozen=True, slots=True)
class ReadMoved:
    """Somebody has read a room up to here; it may be this user, on another device."""

    room: str
    user_id: str
    offset: int


@dataclass(frozen=True, slots=True)
class TypingHeard:
    """Somebody begins or stops to write."""

    room: str
    user_id: str
    name: str  # empty when it stops
    is_typing: bool
    ttl_s: float


@dataclass(frozen=True, slots=True)
class RoleAsked:
    """Somebody asks this user, who may give them, for other rights in a room."""

    room: str
    user_id: str
    name: str  # plain text from others
    perm: str  # letters


@dataclass(frozen=True, slots=True)
class PeopleCounted:
    """A room is so large that the server tells how many are in it, and not who; or no more."""

    room: str
    users: int | None  # this user is one of them; None: all are told by name


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was asked for is done."""

    request: int


@dataclass(frozen=True, slots=True)
class RoomLost:
    """The user may not be in a room, or not any more."""

    room: str
    reason: str


@dataclass(frozen=True, slots=True)
class RaiseNotice:
    """Tell the person."""

    notice: Notice


RoomEffect = (
    StreamBegan
    | StreamWentOn
    | StreamBroken
    | MessagesLost
    | RoomSpoke
    | PageCame
    | PageFailed
    | DeliveryChanged
    | MessageStored
    | ChangeRefused
    | ReadMoved
    | TypingHeard
    | RoleAsked
    | PeopleCounted
    | RoomLost
)
"""What is about what is said in rooms."""

SessionEffect = (
    OpenSocket
    | CloseSocket
    | SendFrame
    | LinkChanged
    | SaveStateChanged
    | SignedIn
    | TokenWanted
    | ParticipantsChanged
    | RoomMade
    | InvitationMade
    | Answered
    | Done
    | RequestFailed
    | RemoteUpdates
    | DocumentSynced
    | ServerState
    | DocumentEnded
    | AccessChanged
    | PresenceChanged
    | RaiseNotice
    | RoomEffect
)
