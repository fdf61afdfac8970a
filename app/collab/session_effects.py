"""What a session asks of the world, as an ordered list of imperatives and facts.

Knows no socket and no Qt: the service performs these in order, on one thread, without awaiting in
between. Source: DESIGN.md, decision 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.collab.browser_carets import BrowserCaret
    from app.collab.caret_log import WireCaret
    from app.model.connection import Link, SaveState
    from app.model.notices import Notice
    from app.model.participants import Participant


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
class RaiseNotice:
    """Tell the person."""

    notice: Notice


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
    | RequestFailed
    | RemoteUpdates
    | DocumentSynced
    | ServerState
    | DocumentEnded
    | AccessChanged
    | PresenceChanged
    | RaiseNotice
)
