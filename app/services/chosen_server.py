"""A server that somebody else runs, chosen by the user to share on.

The counterpart of the embedded one: it is only reached, never started or stopped, and the token
was handed out by its operator (`collab-server token`). Source: DESIGN.md, decision 8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from app.services.hosting import HostingFailed

_SCHEMES = {"ws", "wss"}


class Place(Protocol):
    """Where a server listens."""

    @property
    def socket_url(self) -> str:
        """Where a session connects."""
        ...


class SharingServer(Protocol):
    """What a session of ours is shared on."""

    async def start(self) -> Place:
        """Return where it listens, once it does.

        Raises:
            HostingFailed: it cannot be used; `reason` is one sentence.
        """
        ...

    async def stop(self) -> None:
        """Hear that nothing is shared any more."""
        ...

    def token_for(self, user_id: str, name: str) -> str:
        """Return the token that signs this user in."""
        ...


@dataclass(frozen=True, slots=True)
class ChosenServer:
    """A server by its address, and perhaps a token for it, which is kept in memory only."""

    socket_url: str  # ws:// or wss://
    token: str = field(default="", repr=False)  # empty: this person has signed in, see `sign_in`

    async def start(self) -> Place:
        """Return where it listens; whether it answers, the session finds out.

        Raises:
            HostingFailed: the address is none.
        """
        if not is_socket_url(self.socket_url):
            raise HostingFailed("The server's address must begin with ws:// or wss://.")
        return self

    async def stop(self) -> None:
        """Leave it running: it is not ours."""

    def token_for(self, user_id: str, name: str) -> str:
        """Return the token as it was given; it says itself who its bearer is."""
        return self.token


def is_socket_url(text: str) -> bool:
    """Tell whether something is the address that a session can connect to."""
    try:
        parts = urlsplit(text)
        scheme, host, _port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        return False
    return scheme in _SCHEMES and bool(host)
