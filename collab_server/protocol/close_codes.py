"""The close codes of both doors, and which of them a client comes back from.

Knows nothing of connections. Source: PROTOCOL.md §9.
"""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """Why a connection was closed; the names that start with YJS_ are spoken on `/yjs` only."""

    NORMAL = 1000
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013

    SHUTDOWN = 4000
    INTERNAL = 4001
    SLOW_CONSUMER = 4002
    NO_PONG = 4003
    INSUFFICIENT_STATE = 4004
    TOKEN_EXPIRED = 4005
    RATE_LIMITED = 4006
    RECONNECT = 4007

    YJS_BAD_MESSAGE = 4400
    YJS_TOKEN = 4401
    YJS_FORBIDDEN = 4403
    YJS_DELETED = 4404
    YJS_EPOCH = 4409
    YJS_TOO_LARGE = 4413
    YJS_FLOOD = 4429

    PROTOCOL = 4500
    INVALID_TOKEN = 4501
    AUTH_TIMEOUT = 4502
    KICKED = 4503
    TOO_MANY_CONNECTIONS = 4504
    VERSION = 4505
    SUPERSEDED = 4508
    TOO_MANY_ERRORS = 4509


_ON_YJS = {
    CloseCode.SHUTDOWN: CloseCode.SERVICE_RESTART,
    CloseCode.INTERNAL: CloseCode.TRY_AGAIN_LATER,
    CloseCode.SLOW_CONSUMER: CloseCode.TRY_AGAIN_LATER,
    CloseCode.NO_PONG: CloseCode.TRY_AGAIN_LATER,
    CloseCode.INSUFFICIENT_STATE: CloseCode.TRY_AGAIN_LATER,
    CloseCode.TOKEN_EXPIRED: CloseCode.YJS_TOKEN,
    CloseCode.RATE_LIMITED: CloseCode.TRY_AGAIN_LATER,
    CloseCode.RECONNECT: CloseCode.SERVICE_RESTART,
    CloseCode.PROTOCOL: CloseCode.YJS_BAD_MESSAGE,
    CloseCode.INVALID_TOKEN: CloseCode.YJS_TOKEN,
    CloseCode.AUTH_TIMEOUT: CloseCode.YJS_TOKEN,
    CloseCode.KICKED: CloseCode.YJS_FORBIDDEN,
    CloseCode.TOO_MANY_CONNECTIONS: CloseCode.TRY_AGAIN_LATER,
    CloseCode.VERSION: CloseCode.YJS_BAD_MESSAGE,
    CloseCode.SUPERSEDED: CloseCode.YJS_FORBIDDEN,
    CloseCode.TOO_MANY_ERRORS: CloseCode.YJS_FLOOD,
}


def yjs_code(code: int) -> int:
    """Return the code that means the same to a stock client on `/yjs`.

    Whom the main door would have come back later gets a code that a stock client comes back from.
    """
    try:
        return int(_ON_YJS.get(CloseCode(code), code))
    except ValueError:  # one of the framing library's own
        return code


def is_terminal(code: int, *, yjs: bool = False) -> bool:
    """Tell whether a client must not come back by itself.

    Args:
        code: any WebSocket close code, ours or another's (1006 for a lost connection).
        yjs: whether the connection came in by `/yjs`, where the stock client decides.
    """
    return 4400 <= code <= 4499 if yjs else 4500 <= code <= 4999
