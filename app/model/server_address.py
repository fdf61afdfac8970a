"""The address of a collab server, as people write it and as a session needs it.

Knows no socket. Source: PROTOCOL.md §1 (one port, path `/ws`).
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

_SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss", "": "wss"}
_PATH = "/ws"


class InvalidAddress(ValueError):
    """No address of a server."""


def socket_url_of(text: str) -> str:
    """Return where a session connects, for what somebody wrote.

    Without a scheme it is `wss://`; a page's address is the socket's beside it.

    Raises:
        InvalidAddress: nothing can be made of it.
    """
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        scheme, host, _port = _SCHEMES[parts.scheme], parts.hostname, parts.port
    except (ValueError, KeyError) as error:
        raise InvalidAddress("not the address of a server") from error
    if not host or "@" in parts.netloc or any(c.isspace() for c in text):
        raise InvalidAddress("not the address of a server")
    path = _PATH if parts.path in ("", "/") else parts.path
    return urlunsplit((scheme, parts.netloc, path, "", ""))


def host_of(socket_url: str) -> str:
    """Return what people call a server: its host, with the port if it has one."""
    return urlsplit(socket_url).netloc
