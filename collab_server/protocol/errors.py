"""What can be wrong with what somebody said, and the codes that tell them.

Knows no prose for people: `reason` is for logs and close frames, never content or a secret. ::

    ProtocolError
    ├── LocalProtocolError            our own side asked for what the protocol cannot say
    │   └── WeakSecret                a signing secret that must not be used
    └── RemoteProtocolError           the other side's fault; carries a close code
        ├── MalformedFrame            bytes that are no frame of the protocol
        ├── MalformedUpdate           bytes that no Yjs client makes
        ├── TooLarge                  over a limit of limits.py
        ├── InvalidName               a room or document name outside the alphabet
        ├── InvalidLink               an invitation link that is none
        ├── InvalidToken              a token that does not let in; carries the error's slug
        └── BadEvent                  a JSON event to answer with an `error`; closes nothing

Source: PROTOCOL.md §9.
"""

from __future__ import annotations

from enum import IntEnum

from collab_server.protocol.close_codes import CloseCode


class ErrorCode(IntEnum):
    """The codes of the `error` event; the name in small letters is its slug."""

    BAD_REQUEST = 1000
    UNKNOWN_TYPE = 1001
    TOO_LARGE = 1002
    INVALID_ROOM = 1003
    NOT_AUTHENTICATED = 1004
    INVALID_TOKEN = 1005
    TOKEN_REQUIRED = 1006
    TOKEN_EXPIRED = 1007
    TOKEN_REPLAYED = 1008
    PERMISSION_DENIED = 1010
    NOT_IN_ROOM = 1011
    ROOM_CLOSED = 1012
    ROOM_FULL = 1013
    READ_ONLY = 1014
    FEATURE_DISABLED = 1015
    PASSWORD_REQUIRED = 1016
    WRONG_PASSWORD = 1017
    RATE_LIMITED = 1020
    LIMIT_EXCEEDED = 1021
    UNRECOVERABLE_POSITION = 1030
    MESSAGE_NOT_FOUND = 1040
    INTERNAL = 1050
    UNAVAILABLE = 1051

    @property
    def slug(self) -> str:
        """The code's name on the wire."""
        return self.name.lower()

    @property
    def temporary(self) -> bool:
        """Whether the same request may work later."""
        return self in _TEMPORARY


_TEMPORARY = frozenset({ErrorCode.RATE_LIMITED, ErrorCode.INTERNAL, ErrorCode.UNAVAILABLE})


class ProtocolError(Exception):
    """Root of this package's errors; `str()` is the reason, for logs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LocalProtocolError(ProtocolError):
    """Our own side asked for something that the protocol cannot say."""


class WeakSecret(LocalProtocolError):
    """A signing secret that is too short or publicly known."""


class RemoteProtocolError(ProtocolError):
    """The other side broke the protocol."""

    def __init__(self, reason: str, close_code: CloseCode = CloseCode.PROTOCOL) -> None:
        super().__init__(reason)
        self.close_code = close_code


class MalformedFrame(RemoteProtocolError):
    """Bytes that are no frame of the protocol."""


class MalformedUpdate(RemoteProtocolError):
    """Bytes that no Yjs client makes as an update or state vector."""


class TooLarge(RemoteProtocolError):
    """Something over a limit of `limits.py`."""


class InvalidName(RemoteProtocolError):
    """A room or document name outside the alphabet."""


class InvalidLink(RemoteProtocolError):
    """Text that is no invitation link."""


class InvalidToken(RemoteProtocolError):
    """A token that does not let its bearer in."""

    def __init__(self, slug: str, reason: str) -> None:
        super().__init__(reason, CloseCode.INVALID_TOKEN)
        self.code = ErrorCode[slug.upper()]
        self.slug = slug  # invalid_token, token_required, token_expired or token_replayed


class BadEvent(RemoteProtocolError):
    """A JSON event that cannot be acted upon; the answer is `error`, the connection goes on."""

    def __init__(self, code: ErrorCode, reason: str, *, re: str | int | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.re = re  # the request's `id`, as far as it could be read
