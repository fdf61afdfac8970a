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


def is_terminal(code: int, *, yjs: bool = False) -> bool:
    """Tell whether a client must not come back by itself.

    Args:
        code: any WebSocket close code, ours or another's (1006 for a lost connection).
        yjs: whether the connection came in by `/yjs`, where the stock client decides.
    """
    return 4400 <= code <= 4499 if yjs else 4500 <= code <= 4999
