"""What the hub knows of one connection, and the phases it goes through.

Knows no rooms and no documents beyond their names. Source: PROTOCOL.md §2 and §3.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from collab_server.core.effects import Door
from collab_server.protocol.names import GUEST_PREFIX, user_id_on_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collab_server.core.arrivals import Arrival
    from collab_server.core.effects import Caller, ClientId
    from collab_server.protocol.documents import AwarenessFrame, ClientFrame
    from collab_server.protocol.errors import RemoteProtocolError
    from collab_server.protocol.events import ClientEvent, RequestId
    from collab_server.protocol.known_state import Standing
    from collab_server.protocol.names import DocumentName, RoomId
    from collab_server.protocol.room_events import MoveCursor, Status
    from collab_server.protocol.tokens import TokenClaims
    from collab_server.protocol.update_nesting import TypeDepths
    from collab_server.protocol.updates import UpdateSummary


class Phase(Enum):
    """How far a connection has come; it only ever moves forward."""

    GREETING = "greeting"  # may say `auth` and `ping`
    SIGNING_IN = "signing in"  # held, until the store has answered
    SIGNED_IN = "signed in"
    CLOSING = "closing"  # a close is on its way; nothing it says counts any more


NEXT_PHASES: Mapping[Phase, frozenset[Phase]] = {
    Phase.GREETING: frozenset({Phase.SIGNING_IN, Phase.SIGNED_IN, Phase.CLOSING}),
    Phase.SIGNING_IN: frozenset({Phase.SIGNED_IN, Phase.CLOSING}),
    Phase.SIGNED_IN: frozenset({Phase.CLOSING}),
    Phase.CLOSING: frozenset(),
}

# Eight hues that people with the common colour blindnesses can tell apart (after Okabe and Ito).
_COLORS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#b8860b",
    "#56b4e9",
    "#7b52ab",
    "#8c564b",
)


@dataclass(frozen=True, slots=True)
class User:
    """Who is at the other end, as the server vouches for it."""

    id: str
    name: str
    color: str  # "#rrggbb"
    token_rooms: Mapping[str, str]  # pattern → letters

    @property
    def wire_id(self) -> int | str:
        """The id as JSON shows it."""
        return user_id_on_wire(self.id)


def color_of(user_id: str) -> str:
    """Return a user's colour, the same everywhere and always."""
    return _COLORS[hashlib.blake2b(user_id.encode(), digest_size=1).digest()[0] % len(_COLORS)]


def user_of(claims: TokenClaims, rooms: Mapping[str, str], *, name: str | None = None) -> User:
    """Return who a token speaks for.

    Args:
        claims: what the token says.
        rooms: what its tokens give, pattern → letters.
        name: what the client calls itself, if the token has no name.
    """
    known_as = claims.name or name or f"User {claims.user_id[:40]}"
    if claims.user_id.startswith(GUEST_PREFIX) and not claims.name and not name:
        known_as = "Guest"
    color = claims.color or color_of(claims.user_id)
    return User(claims.user_id, known_as, color, rooms)


@dataclass(slots=True)
class SignIn:
    """A sign-in that waits for the store."""

    request_id: RequestId | None
    session_id: str
    session_key: str
    name: str | None  # what the client calls itself
    claims: TokenClaims | None = None  # None while an invitation is being redeemed
    token: str | None = None  # minted for a guest, to be handed over
    rooms: Mapping[str, str] | None = None  # what the invitation opened
    is_refresh: bool = False


@dataclass(frozen=True, slots=True)
class Pass:
    """What one token opened on a connection."""

    claims: TokenClaims
    rooms: Mapping[str, str]  # pattern → letters
    expires_s: float  # on the hub's clock


@dataclass(slots=True)
class LargeUpdate:
    """One that its client waits for; `outline` is there once a worker has read it."""

    update: bytes
    outline: UpdateSummary | None = None
    pieces: tuple[bytes, ...] = ()
    standing: Standing | None = None  # once it has been judged
    measured: tuple[TypeDepths, int, dict[int, int]] | None = None  # for what document it was read
    error: RemoteProtocolError | None = None  # why it is none that could be judged


@dataclass(slots=True)
class Client:
    """One connection. Invariant: `user` is set exactly from SIGNED_IN on."""

    id: ClientId
    arrival: Arrival
    phase: Phase = Phase.GREETING
    user: User | None = None
    sign_in: SignIn | None = None
    session_id: str | None = None
    session_key: str | None = None
    token_nonce: str | None = None  # of the token by which it came in
    nonces: set[str] = field(default_factory=set[str])  # of its bearer tokens
    passes: dict[DocumentName | None, Pass] = field(
        default_factory=dict["DocumentName | None", "Pass"]
    )  # by the document that a bearer token was shown for; None: a name that is none
    is_provider: bool = False  # a stock Hocuspocus provider, which reads no events
    expires_s: float = 0.0  # when the token ends, on the hub's clock
    expiry_due_s: float | None = None  # the moment that is set to see to that
    is_warned: bool = False  # that it ends, or nobody would hear it
    frames_before_auth: int = 0
    errors: int = 0  # answered in the present minute
    errors_since_s: float = 0.0
    perms: dict[RoomId, str] = field(default_factory=dict["RoomId", str])  # resolved rights
    grants: dict[RoomId, str] = field(default_factory=dict["RoomId", str])  # of them, the store's
    authorized: dict[RoomId, str] = field(default_factory=dict["RoomId", str])  # and the hook's
    rooms: set[RoomId] = field(default_factory=set["RoomId"])  # joined
    documents: set[DocumentName] = field(default_factory=set["DocumentName"])  # open
    writes_in: DocumentName | None = None  # to which it wrote last
    grants_asked: int = 0  # how often the store was asked; only the latest answer counts
    waits_for: RoomId | DocumentName | None = None  # grants or a load; the client is held meanwhile
    parked: ClientEvent | ClientFrame | Arrival | None = None  # what it said, to be heard again
    slowed_until_s: float | None = None  # it went too fast, and is not heard until then
    pace_due_s: float | None = None  # the moment that is set to see to that, or to `kept`
    kept: dict[str, MoveCursor | AwarenessFrame] = field(
        default_factory=dict["str", "MoveCursor | AwarenessFrame"]
    )  # room or document → the latest cursor that came too soon
    large: LargeUpdate | None = None  # that it waits for
    status: Status = "active"  # as it says of itself
    meta: object = msgspec.UNSET  # any JSON that it says beside
    is_behind: bool = False  # it reads more slowly than it is written to
    has_keepalive: bool = False  # whether a moment for the next one is set

    def enter(self, phase: Phase) -> None:
        """Move on to a phase that may follow this one."""
        assert phase in NEXT_PHASES[self.phase], (self.phase, phase)
        self.phase = phase

    @property
    def door(self) -> Door:
        """The way it came in."""
        return self.arrival.door

    @property
    def address(self) -> str:
        """Where it comes from, "" when that is unknown."""
        return self.arrival.address

    @property
    def caller(self) -> Caller:
        """What its browser said of itself."""
        return self.arrival.caller

    @property
    def hears_events(self) -> bool:
        """Whether it reads JSON events beside its documents' frames."""
        return self.arrival.door is Door.MAIN and not self.is_provider

    @property
    def is_slowed(self) -> bool:
        """Whether it went too fast and must wait."""
        return self.slowed_until_s is not None

    @property
    def is_held(self) -> bool:
        """Whether nothing more of it is heard until an answer has come."""
        return self.waits_for is not None or self.sign_in is not None
