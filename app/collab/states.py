"""The states of a session and of its documents, and every way from one to another.

Knows nothing else: what is done on the way stands in `client_session` and `document_channel`. What
is not in a table cannot happen; if it does, it is our own mistake. Source: PROTOCOL.md §3 and §5.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, TypeVar

from app.model.connection import LinkPhase
from collab_server.protocol.errors import LocalProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping


class SessionState(Enum):
    """What a session is doing about its connection."""

    IDLE = auto()  # not yet started
    CONNECTING = auto()  # a socket is being opened
    GREETING = auto()  # it is open; the server has not yet said who we are
    LIVE = auto()
    CLOSING = auto()  # this side closes the socket, to try again
    WAITING = auto()  # for the next try
    CLOSED = auto()  # over, until started again


class SessionInput(Enum):
    """What moves a session."""

    START = auto()
    SOCKET_OPENED = auto()
    WELCOMED = auto()
    BROKEN = auto()  # the server broke the protocol, or is silent
    SOCKET_LOST = auto()
    RETRY_DUE = auto()
    REFUSED = auto()  # for good
    LEFT = auto()  # by the user


SESSION_TRANSITIONS: Mapping[SessionState, Mapping[SessionInput, SessionState]] = {
    SessionState.IDLE: {
        SessionInput.START: SessionState.CONNECTING,
        SessionInput.LEFT: SessionState.CLOSED,
    },
    SessionState.CONNECTING: {
        SessionInput.SOCKET_OPENED: SessionState.GREETING,
        SessionInput.SOCKET_LOST: SessionState.WAITING,
        SessionInput.REFUSED: SessionState.CLOSED,
        SessionInput.LEFT: SessionState.CLOSED,
    },
    SessionState.GREETING: {
        SessionInput.WELCOMED: SessionState.LIVE,
        SessionInput.BROKEN: SessionState.CLOSING,
        SessionInput.SOCKET_LOST: SessionState.WAITING,
        SessionInput.REFUSED: SessionState.CLOSED,
        SessionInput.LEFT: SessionState.CLOSED,
    },
    SessionState.LIVE: {
        SessionInput.BROKEN: SessionState.CLOSING,
        SessionInput.SOCKET_LOST: SessionState.WAITING,
        SessionInput.REFUSED: SessionState.CLOSED,
        SessionInput.LEFT: SessionState.CLOSED,
    },
    SessionState.CLOSING: {
        SessionInput.SOCKET_LOST: SessionState.WAITING,
        SessionInput.REFUSED: SessionState.CLOSED,
        SessionInput.LEFT: SessionState.CLOSED,
    },
    SessionState.WAITING: {
        SessionInput.RETRY_DUE: SessionState.CONNECTING,
        SessionInput.LEFT: SessionState.CLOSED,
    },
    SessionState.CLOSED: {
        SessionInput.START: SessionState.CONNECTING,
        SessionInput.SOCKET_LOST: SessionState.CLOSED,  # the socket that was closed with it
        SessionInput.REFUSED: SessionState.CLOSED,
        SessionInput.LEFT: SessionState.CLOSED,
    },
}

LINK_PHASES: Mapping[SessionState, LinkPhase] = {
    SessionState.IDLE: LinkPhase.OFFLINE,
    SessionState.CONNECTING: LinkPhase.CONNECTING,
    SessionState.GREETING: LinkPhase.CONNECTING,
    SessionState.LIVE: LinkPhase.LIVE,
    SessionState.CLOSING: LinkPhase.OFFLINE,
    SessionState.WAITING: LinkPhase.OFFLINE,
    SessionState.CLOSED: LinkPhase.CLOSED,
}
"""What a person is told of each state."""


class DocumentState(Enum):
    """What a document is doing about the server's copy."""

    OFFLINE = auto()  # there is no connection
    OPENING = auto()  # step 1 is sent; nothing of ours goes out before the epoch is known
    JOINED = auto()  # the epoch is the one we know; the server's step 1 is still to come
    LIVE = auto()  # every local update is sent at once
    REFUSED = auto()  # the server does not take what is made here, which is kept
    REBASING = auto()  # the server's whole state is asked for, to go on with
    SHUT = auto()  # the server closed the document; another try follows
    ENDED = auto()  # for good


class DocumentInput(Enum):
    """What moves a document."""

    LINK_UP = auto()
    LINK_DOWN = auto()
    EPOCH_KNOWN = auto()
    ANSWERED = auto()  # we answered the server's step 1
    REFUSED = auto()
    SHUT = auto()
    RETRY_DUE = auto()
    REBASE = auto()
    REBASED = auto()
    DENIED = auto()


_OPEN: Mapping[DocumentInput, DocumentState] = {
    DocumentInput.LINK_DOWN: DocumentState.OFFLINE,
    DocumentInput.REFUSED: DocumentState.REFUSED,
    DocumentInput.SHUT: DocumentState.SHUT,
    DocumentInput.REBASE: DocumentState.REBASING,
    DocumentInput.DENIED: DocumentState.ENDED,
}

DOCUMENT_TRANSITIONS: Mapping[DocumentState, Mapping[DocumentInput, DocumentState]] = {
    DocumentState.OFFLINE: {
        DocumentInput.LINK_UP: DocumentState.OPENING,
        DocumentInput.LINK_DOWN: DocumentState.OFFLINE,
        DocumentInput.DENIED: DocumentState.ENDED,
    },
    DocumentState.OPENING: {**_OPEN, DocumentInput.EPOCH_KNOWN: DocumentState.JOINED},
    DocumentState.JOINED: {
        **_OPEN,
        DocumentInput.EPOCH_KNOWN: DocumentState.JOINED,
        DocumentInput.ANSWERED: DocumentState.LIVE,
    },
    DocumentState.LIVE: {
        **_OPEN,
        DocumentInput.EPOCH_KNOWN: DocumentState.LIVE,
        DocumentInput.ANSWERED: DocumentState.LIVE,
    },
    DocumentState.REFUSED: {
        **_OPEN,
        DocumentInput.RETRY_DUE: DocumentState.JOINED,
    },
    DocumentState.REBASING: {
        **_OPEN,
        DocumentInput.EPOCH_KNOWN: DocumentState.REBASING,
        DocumentInput.REBASED: DocumentState.JOINED,
    },
    DocumentState.SHUT: {
        DocumentInput.RETRY_DUE: DocumentState.OPENING,
        DocumentInput.LINK_DOWN: DocumentState.OFFLINE,
        DocumentInput.DENIED: DocumentState.ENDED,
        DocumentInput.SHUT: DocumentState.SHUT,
    },
    DocumentState.ENDED: {
        DocumentInput.SHUT: DocumentState.ENDED,
        DocumentInput.LINK_UP: DocumentState.ENDED,
        DocumentInput.LINK_DOWN: DocumentState.ENDED,
        DocumentInput.DENIED: DocumentState.ENDED,
    },
}

OPEN_STATES = frozenset(
    {
        DocumentState.OPENING,
        DocumentState.JOINED,
        DocumentState.LIVE,
        DocumentState.REFUSED,
        DocumentState.REBASING,
    }
)
"""In these the server has the document open for us, as far as we know."""

REFUSED_STATES = frozenset({DocumentState.REFUSED, DocumentState.ENDED})

StateT = TypeVar("StateT")
InputT = TypeVar("InputT", bound=Enum)


def step(
    table: Mapping[StateT, Mapping[InputT, StateT]], state: StateT, moved_by: InputT
) -> StateT:
    """Return the next state.

    Raises:
        LocalProtocolError: the table has no such way.
    """
    try:
        return table[state][moved_by]
    except KeyError as error:
        raise LocalProtocolError(f"{moved_by.name} in {state}") from error
