"""Invitation links, as people paste them.

Knows no invitation: a code is only a word here. Source: PROTOCOL.md §2 (invitations).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from collab_server.protocol.errors import InvalidLink, LocalProtocolError

SCHEME = "codexpro"
DEFAULT_PORT = 8080
"""Where a server listens that was not told otherwise; a link without TLS may leave it out."""

_MAX_LINK_CHARS = 2048
_SECURE_PORT = 443
_PLAIN_PORT = 80
_CODE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_PLACE = re.compile(
    r"(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?))(?::([0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class InvitationLink:
    """Where an invitation leads."""

    host: str  # lower case; an IPv6 address without brackets
    port: int  # 1..65535
    code: str  # secret: never logged
    secure: bool  # wss rather than ws

    def __repr__(self) -> str:
        return f"InvitationLink(host={self.host!r}, port={self.port}, secure={self.secure})"

    @property
    def is_loopback(self) -> bool:
        """Whether it leads to this very machine."""
        return _is_loopback(self.host)

    @property
    def socket_url(self) -> str:
        """Where to connect."""
        return f"{'wss' if self.secure else 'ws'}://{_bracketed(self.host)}:{self.port}/ws"


def parse_invitation_link(text: str) -> InvitationLink:
    """Read `codexpro://join/HOST[:PORT]/CODE` or `https://HOST[:PORT]/pair/PROJECT#CODE`.

    The first kind is secure unless it leads to this machine; `?tls=0` and `?tls=1` say otherwise.

    Raises:
        InvalidLink: it is neither.
    """
    link = text.strip()
    if len(link) > _MAX_LINK_CHARS or not link.isascii() or not link.isprintable() or " " in link:
        raise InvalidLink("not an invitation link")
    try:
        parts = urlsplit(link)
    except ValueError as error:
        raise InvalidLink("not an address") from error
    if parts.scheme == SCHEME and parts.netloc.lower() == "join":
        return _from_app_link(parts)
    if parts.scheme in ("http", "https") and parts.path.startswith("/pair/"):
        secure = parts.scheme == "https"
        host, port = _host_and_port(parts.netloc)
        port = port or (_SECURE_PORT if secure else _PLAIN_PORT)
        return InvitationLink(host, port, _checked_code(parts.fragment), secure)
    raise InvalidLink("not an invitation link")


def format_invitation_link(link: InvitationLink) -> str:
    """Write the link that opens the desktop app."""
    port = "" if link.port == _usual_port(link.secure) else f":{link.port}"
    tls = "" if link.secure != link.is_loopback else f"?tls={int(link.secure)}"
    return f"{SCHEME}://join/{_bracketed(link.host)}{port}/{link.code}{tls}"


def format_web_link(link: InvitationLink, project: str) -> str:
    """Write the link that opens a project in a browser, or there offers the desktop app."""
    scheme, usual = ("https", _SECURE_PORT) if link.secure else ("http", _PLAIN_PORT)
    port = "" if link.port == usual else f":{link.port}"
    return f"{scheme}://{_bracketed(link.host)}{port}/pair/{project}#{link.code}"


def invitation_at(public_url: str, code: str) -> InvitationLink:
    """Return the invitation to a server that is reached by `public_url` (ws, wss, http or https).

    Raises:
        LocalProtocolError: the URL is none that a client could connect to.
    """
    try:
        parts = urlsplit(public_url)
        if parts.scheme not in ("ws", "wss", "http", "https"):
            raise LocalProtocolError("a public URL begins with ws, wss, http or https")
        secure = parts.scheme in ("wss", "https")
        host, port = _host_and_port(parts.netloc)
    except (ValueError, InvalidLink) as error:
        raise LocalProtocolError("the public URL has no host that can be reached") from error
    port = port or (_SECURE_PORT if secure else _PLAIN_PORT)
    return InvitationLink(host, port, code, secure)


def _from_app_link(parts: SplitResult) -> InvitationLink:
    place, _, code = parts.path.removeprefix("/").partition("/")
    host, port = _host_and_port(place)
    secure = not _is_loopback(host)
    if parts.query in ("tls=0", "tls=1"):
        secure = parts.query == "tls=1"
    return InvitationLink(host, port or _usual_port(secure), _checked_code(code), secure)


def _host_and_port(place: str) -> tuple[str, int | None]:
    """Take `HOST[:PORT]` apart."""
    found = _PLACE.fullmatch(place.lower())
    if found is None:
        raise InvalidLink("the link has no host that can be reached")
    address, name, port = found.groups()
    if address is not None:
        try:
            ipaddress.IPv6Address(address)
        except ValueError as error:
            raise InvalidLink("the link has no IPv6 address in its brackets") from error
    if port is not None and not 0 < int(port) < 65_536:
        raise InvalidLink("the link's port is out of range")
    return address or name, None if port is None else int(port)


def _checked_code(code: str) -> str:
    if _CODE.fullmatch(code) is None:
        raise InvalidLink("the link has no invitation code")
    return code


def _usual_port(secure: bool) -> int:
    return _SECURE_PORT if secure else DEFAULT_PORT


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
