"""Who is at the other end of a connection, and from which page: addresses, proxies, origins.

A proxy that is listed says whom it speaks for, in `X-Forwarded-For`; what anybody else says there
counts for nothing. Used for HTTP requests and WebSocket upgrades alike. Knows no sockets. Source:
PROTOCOL.md §10, RFC 6454 (origins).
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_HOPS = 32
"""Looked at; a longer chain is nobody's who runs a proxy."""


class TrustedProxies:
    """The proxies whose word counts."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._networks = tuple(networks)

    def address_of(self, peer: str, forwarded_for: Sequence[str]) -> str:
        """Return the address that a request comes from, as far as it can be trusted.

        Args:
            peer: the address at the other end of the socket, or "" (a Unix socket).
            forwarded_for: every `X-Forwarded-For` header, in order; each proxy adds, at the end,
                whom it heard.
        """
        address = _address(peer)
        if address is None or not self._trusts(address):
            return peer
        hops = ",".join(forwarded_for).split(",")
        for hop in reversed(hops[-MOST_HOPS:]):
            heard = _address(hop.strip())
            if heard is None:
                break  # what stands before it is nobody's word either
            address = heard
            if not self._trusts(address):
                break
        return str(address)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


class AllowedOrigins:
    """The origins whose pages may connect; none listed means all."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origins)

    def admit(self, origins: Sequence[str]) -> bool:
        """Tell whether a connection may come in; who names no origin is no browser.

        Args:
            origins: every `Origin` header; more than one is nobody's.
        """
        if not self._origins or not origins:
            return True
        return len(origins) == 1 and origins[0].lower() in self._origins


class Entrance:
    """Both, as a server was configured, and whether it compresses for who asks."""

    def __init__(
        self,
        proxies: Iterable[Network] = (),
        origins: Iterable[str] = (),
        *,
        offers_compression: bool = False,
    ) -> None:
        self.offers_compression = offers_compression
        self.proxies = TrustedProxies(proxies)
        self.origins = AllowedOrigins(origins)


def parse_network(text: str) -> Network:
    """Read an address, or a network such as 10.0.0.0/8.

    Raises:
        ValueError: It is neither.
    """
    return ipaddress.ip_network(text, strict=True)


def _address(text: str) -> Address | None:
    """Read an address as proxies write it, with a port or without; None for anything else."""
    if text.startswith("["):  # [2001:db8::1]:4711
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 192.0.2.1:4711
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
