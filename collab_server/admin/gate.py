"""Who may use the API: the key itself, or a signature made with it.

A signature covers the time, a nonce, the method, the target and the body, so it is good for one
request, once. Pure: the time is an argument; nonces are kept in memory, and a signature from before
this life of the server is refused, so that a restart replays nothing. Does not know what is asked.
Source: PROTOCOL.md §7.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collab_server.protocol.request_signatures import (
    SIGNATURE_HEADER,
    digest_of,
    parse_signature,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_HEADER = "x-api-key"
FORWARDING_HEADERS = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
)
"""What a proxy adds: then the request is not from this machine, whoever the peer is."""

LEEWAY_S = 300
MOST_NONCES = 100_000


class Unauthorized(Exception):
    """The request is not by somebody who has the key; the text says what to do, never a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, as far as it matters to who may make it."""

    method: str
    target: str  # path and query, as they came
    headers: Mapping[str, str]  # names in small letters
    body: bytes


class Gate:
    """Lets in who has the key. Invariant: no nonce is taken twice while its signature is good."""

    def __init__(self, key: bytes | None, *, started_s: float) -> None:
        self._key = key
        self._started_s = int(started_s)
        self._nonces: dict[str, float] = {}  # → when it may be forgotten; oldest first

    def check(self, asked: Asked, now_unix_s: float) -> None:
        """Let a request through.

        Raises:
            Unauthorized: It is not to be carried out.
        """
        if self._key is None:
            raise Unauthorized("The API is shut: the server has no API key (--api-key-file).")
        shown = asked.headers.get(KEY_HEADER)
        signature = asked.headers.get(SIGNATURE_HEADER)
        if shown is not None:
            if not hmac.compare_digest(_digest(shown.encode()), _digest(self._key)):
                raise Unauthorized("The API key is wrong.")
        elif signature is not None:
            self._check_signature(signature, asked, now_unix_s)
        else:
            raise Unauthorized("Show the API key in X-API-Key, or sign (X-Collab-Signature).")

    def _check_signature(self, signature: str, asked: Asked, now_unix_s: float) -> None:
        assert self._key is not None
        found = parse_signature(signature)
        if found is None:
            raise Unauthorized("X-Collab-Signature must be t=SECONDS,n=NONCE,v1=HEX.")
        made_s, nonce = found.made_s, found.nonce
        wanted = digest_of(
            self._key, made_s, nonce, method=asked.method, target=asked.target, body=asked.body
        )
        if not hmac.compare_digest(found.digest, wanted):
            raise Unauthorized("The signature is wrong.")
        if abs(now_unix_s - made_s) > LEEWAY_S:
            raise Unauthorized("The signature is too old, or the clocks differ.")
        if made_s < self._started_s:
            raise Unauthorized("The signature is from before the server started: sign again.")
        self._take(nonce, made_s, now_unix_s)

    def _take(self, nonce: str, made_s: int, now_unix_s: float) -> None:
        if len(self._nonces) >= MOST_NONCES:
            self._nonces = {key: end for key, end in self._nonces.items() if end >= now_unix_s}
        if nonce in self._nonces:
            raise Unauthorized("The signature has been used: sign each request anew.")
        if len(self._nonces) >= MOST_NONCES:
            raise Unauthorized("Too many signed requests at once: come back in a few minutes.")
        self._nonces[nonce] = made_s + LEEWAY_S


def is_forwarded(headers: Mapping[str, str]) -> bool:
    """Tell whether a proxy has handed the request on."""
    return any(name in headers for name in FORWARDING_HEADERS)


def _digest(text: bytes) -> bytes:
    """Make lengths equal, so that comparing tells nothing of the key's."""
    return hashlib.sha256(text).digest()
