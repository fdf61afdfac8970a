"""How things stand with the server, in the words that a status bar needs.

Knows no socket and no session; these are the facts, and the UI words them. Source: EDITOR.md
("saved means saved", offline).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class LinkPhase(Enum):
    """What the connection to the server is doing."""

    OFFLINE = "offline"  # none wanted, or waiting for the next try
    CONNECTING = "connecting"  # a try is under way
    LIVE = "live"  # signed in
    CLOSED = "closed"  # over, and not tried again by itself


class ClosedReason(Enum):
    """Why a connection is not tried again."""

    LEFT = "left"  # by this user's wish
    REFUSED_TOKEN = "refused_token"  # the token or invitation is not, or no longer, good
    KICKED = "kicked"
    SUPERSEDED = "superseded"  # the same session goes on elsewhere
    TOO_MANY_CONNECTIONS = "too_many_connections"
    VERSION = "version"  # the server speaks another protocol
    PROTOCOL = "protocol"  # one of the two broke it
    INSECURE = "insecure"  # the server's address would send everything in clear


@dataclass(frozen=True, slots=True)
class Link:
    """The connection to the server."""

    phase: LinkPhase
    reason: ClosedReason | None = None  # only when CLOSED
    retry_at_s: float | None = None  # monotonic; the next try, while one is waited for


class SavePhase(Enum):
    """Where the own changes are."""

    SAVED = "saved"  # all of them in the server's store
    SAVING = "saving"  # on the way, or not yet acknowledged
    WAITING = "waiting"  # kept here until the connection comes back
    REFUSED = "refused"  # the server did not take them; they are kept here


@dataclass(frozen=True, slots=True)
class SaveState:
    """Where the own changes are, and how many are not saved."""

    phase: SavePhase
    unsaved: int = 0  # local updates without a durable acknowledgement


OFFLINE = Link(LinkPhase.OFFLINE)
SAVED = SaveState(SavePhase.SAVED)
