"""The upgrade request as nearly every client writes it, read in one go.

What every browser and library sends is read and answered here, in a tenth of the time that the
framing library takes. Whatever is out of the ordinary, in any way, is none of ours: the library
gets it whole, and decides. So this reads less than the library, and never otherwise; a test
compares the two. Does not know doors or who may come in. Source: RFC 6455, section 4.2; RFC 9112.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha1
from typing import TYPE_CHECKING

from collab_server.core.effects import Caller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from websockets.http11 import Request

LONGEST_BYTES = 8192  # the library takes lines as long as this
MOST_HEADERS = 64
LONGEST_CALLER_CHARS = 1000
"""Of what a browser says of itself; it is kept as long as its connection."""

_HEAD = re.compile(
    rb"GET ([!-~]+) HTTP/1\.1\r\n((?:[-!#$%&'*+.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*\r\n)+)\r\n"
)
_KEY = re.compile(rb"[0-9A-Za-z+/]{21}[AQgw]==")  # 16 bytes as base64 writes them
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_UPGRADING = frozenset({b"upgrade", b"keep-alive, upgrade"})

_ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %b\r\n\r\n"
)

_READ_ONCE = frozenset(
    {
        b"connection",
        b"upgrade",
        b"sec-websocket-key",
        b"sec-websocket-version",
        b"origin",
        b"user-agent",
        b"x-forwarded-for",
    }
)
_OUT_OF_THE_ORDINARY = frozenset(
    {b"content-length", b"transfer-encoding", b"sec-websocket-protocol"}
)
"""A body, or a choice to make."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What matters of an upgrade request beside its lawfulness."""

    target: str  # path and query as they came
    origins: Sequence[str]  # every header of the kind, as the next two
    agents: Sequence[str]
    forwarded_for: Sequence[str]

    @property
    def caller(self) -> Caller:
        """Who asks, by the headers."""
        told = ("\n".join(each)[:LONGEST_CALLER_CHARS] for each in (self.origins, self.agents))
        return Caller(*told)


def asked_in(request: Request) -> Asked:
    """Return what matters of a request that the library has read."""
    found = map(request.headers.get_all, ("Origin", "User-Agent", "X-Forwarded-For"))
    return Asked(request.path, *found)


def read_upgrade(head: bytes, *, takes_extensions: bool) -> tuple[Asked, bytes] | None:
    """Read an ordinary upgrade request, and return the answer that accepts it, too.

    Args:
        head: what came first, up to and with the empty line; anything.
        takes_extensions: whether an offer of extensions would have to be looked at.

    Returns:
        None when somebody else must read it.
    """
    if len(head) > LONGEST_BYTES:
        return None
    found = _HEAD.fullmatch(head)
    if found is None:
        return None
    lines = found[2].split(b"\r\n")
    if len(lines) > MOST_HEADERS:
        return None
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        name = name.lower()
        if name in _READ_ONCE:
            if name in headers:
                return None
            headers[name] = value.strip(b" \t")
        elif name in _OUT_OF_THE_ORDINARY or (
            takes_extensions and name == b"sec-websocket-extensions"
        ):
            return None
    key = headers.get(b"sec-websocket-key", b"")
    if (
        headers.get(b"connection", b"").lower() not in _UPGRADING
        or headers.get(b"upgrade", b"").lower() != b"websocket"
        or headers.get(b"sec-websocket-version") != b"13"
        or _KEY.fullmatch(key) is None
    ):
        return None
    accept = b64encode(sha1(key + _GUID, usedforsecurity=False).digest())
    return _asked(found[1], headers), _ACCEPTED % accept


def _asked(target: bytes, headers: dict[bytes, bytes]) -> Asked:
    texts = (
        (headers[name].decode("iso-8859-1"),) if name in headers else ()
        for name in (b"origin", b"user-agent", b"x-forwarded-for")
    )
    return Asked(target.decode("ascii"), *texts)
