"""What the hub asks of the world, as one ordered list of imperatives.

The core decides and never acts: it knows no socket, disk or clock. The transport's pump performs
these in order and feeds each answer back into the hub by the method an effect's docstring names
(DESIGN.md, decision 3): of `Hub.client_answers`, `Hub.document_answers`, or the hub itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NewType

from collab_server.core.room_effects import Published, RoomStoreEffect
from collab_server.core.version_effects import AskVersions

if TYPE_CHECKING:
    from collab_server.protocol.names import DocumentName, RoomId
    from collab_server.protocol.room_facts import NewTerms

ClientId = NewType("ClientId", str)
"""One of our connections, for its life (PROTOCOL.md: client id)."""


class Door(Enum):
    """The path a connection came in by: it decides framing and close codes (PROTOCOL.md §1)."""

    MAIN = "main"
    YJS = "yjs"


@dataclass(frozen=True, slots=True)
class Caller:
    """What a browser says of itself in the handshake, as far as it tells callers apart."""

    origin: str = ""
    user_agent: str = ""


UNKNOWN_CALLER = Caller()


class Level(Enum):
    """How much an operator should care about an `Announce`."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Send:
    """Put one frame into one client's outbox. No answer."""

    client: ClientId
    frame: str | bytes  # str: a text frame, bytes: a binary frame
    ephemeral: bool = False  # shed first when the outbox is full (cursors, presence)
    times: int = 1  # how often, each a message: a client counts statuses


@dataclass(frozen=True, slots=True)
class Relay:
    """Put frames into the outboxes of a room's members, each serialised once. No answer.

    One effect a room and turn, so that every member is written to once, however many frames there
    are.
    """

    members: tuple[ClientId, ...]
    frames: tuple[
        tuple[ClientId | None, str | bytes], ...
    ]  # (who must not get it back, frame), in order
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    """Close a connection after what is in its outbox. Answer: `Hub.disconnect`."""

    client: ClientId
    code: int
    reason: str  # at most 123 bytes of UTF-8, never content or tokens


@dataclass(frozen=True, slots=True)
class Resume:
    """Feed a held client's waiting frames again (`Hub.is_held` is false from now on). No answer."""

    client: ClientId


@dataclass(frozen=True, slots=True)
class DocumentAppend:
    """The accepted updates of one document that go into one row of its log."""

    document: DocumentName
    epoch: str
    seq_from: (
        int  # 1 for a document's first update; a row covers seq_from … seq_from + len(updates) - 1
    )
    updates: tuple[bytes, ...]  # raw, as they came, in order; none: the document begins empty
    authors: tuple[str, ...]  # the user ids that sent them, sorted, distinct
    new_authors: tuple[tuple[int, str], ...] = ()  # (author id, the user it belongs to from now on)
    is_nested: bool = False  # whether there are nested types in the document


@dataclass(frozen=True, slots=True)
class Persist:
    """Commit these rows, all or none, with fsync.

    Answer: `stored(batch)` after the commit (the pump has added the updates to the documents'
    views by then), or `store_failed(batch, reason)`, or `changed_elsewhere(document,
    reason, refused=batch)` when one of the rows does not continue its document. At most one batch
    is under way.
    """

    batch: int
    appends: tuple[DocumentAppend, ...]
    accepted_s: float = field(default=0.0, compare=False)  # the oldest of it; on the hub's clock


@dataclass(frozen=True, slots=True)
class LoadDocument:
    """Read a document's log and build its view.

    Answer: `document_loaded` (also for one that does not exist: last_seq 0, epoch ""), or
    `document_load_failed`.
    """

    document: DocumentName


@dataclass(frozen=True, slots=True)
class ReadUpdate:
    """Let a worker process read a large update. Answer: `update_read` or `update_unread`."""

    client: ClientId
    update: bytes
    max_items: int
    measures: bytes  # `KnownState.measures` of the document
    may_be_stored: bool = False  # its client may write there, so it can be written beforehand


@dataclass(frozen=True, slots=True)
class ContinueLarge:
    """Let the event loop go round once. Answer: `go_on`."""

    document: DocumentName


@dataclass(frozen=True, slots=True)
class UnloadDocument:
    """Forget a document's view: nobody has it open and everything of it is durable. No answer."""

    document: DocumentName


@dataclass(frozen=True, slots=True)
class AnswerSync:
    """Send a step 2 with what the stored document has beyond `state_vector`, then `then`.

    Answer: none, or `sync_failed` when the view cannot tell.
    """

    client: ClientId
    document: DocumentName
    state_vector: bytes  # encoded, has passed `parse_state_vector`
    prefix: bytes  # what stands before the type of a sync frame (0) on this door
    then: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Send, as one update, what the stored document has beyond `state_vector`.

    Answer: none, or `sync_failed` when the view cannot tell.
    """

    client: ClientId
    document: DocumentName
    state_vector: bytes  # encoded, of a state that the document was in
    prefix: bytes  # what stands before the type of a sync frame (0) on this door


@dataclass(frozen=True, slots=True)
class BindNonce:
    """Bind a token's nonce to a session, atomically, in the shared store (PROTOCOL.md §2, replay).

    Answer: `nonce_bound` with the binding that now stands: this one, or an earlier one.
    """

    client: ClientId
    nonce: str
    session_id: str
    key_hash: bytes
    expires_at_s: int  # unix time; the row may be forgotten after it


@dataclass(frozen=True, slots=True)
class RedeemInvitation:
    """Use an invitation once. Answer: `invitation_redeemed` or `invitation_refused`.

    Merely looked at, it is not used. Answer: `invitation_looked_at` or `invitation_refused`.
    """

    client: ClientId
    code: str
    is_look: bool = False


@dataclass(frozen=True, slots=True)
class CreateInvitation:
    """Store an invitation, of its code only a hash.

    Answer: `invitation_created` or `request_failed`.
    """

    client: ClientId
    request_id: str | int | None
    code: str
    room: RoomId
    perm: str
    expires_at_s: int  # unix time
    max_uses: int
    created_by: str


@dataclass(frozen=True, slots=True)
class CreateRoom:
    """Store a room and its owner's grant. Answer: `room_stored` or `request_failed`."""

    client: ClientId
    request_id: str | int | None
    room: RoomId
    owner: str
    terms: NewTerms | None = None


@dataclass(frozen=True, slots=True)
class FindGrants:
    """Look up what a user was granted in a room; "" for nothing. Answer: `grants_found`."""

    client: ClientId
    room: RoomId
    user_id: str
    number: int = 1  # of this client's questions; an answer to an older one counts no more


@dataclass(frozen=True, slots=True)
class Announce:
    """Write one log line: identity and reason, never content or secrets. No answer."""

    level: Level
    text: str
    client: ClientId | None = None
    room: str | None = None


Effect = (
    Send
    | Relay
    | Close
    | Resume
    | Persist
    | LoadDocument
    | ReadUpdate
    | ContinueLarge
    | UnloadDocument
    | AnswerSync
    | CatchUp
    | BindNonce
    | RedeemInvitation
    | CreateInvitation
    | CreateRoom
    | FindGrants
    | Announce
    | RoomStoreEffect
    | Published
    | AskVersions
)
