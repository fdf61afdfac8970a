"""Tokens that were shown before: their signature and shape need not be checked a second time.

Pages and editors come back with the token they had, many at once after a restart, and to verify one
costs more than everything else about a connection. Times, revocations and replay are looked at each
time, by whoever asks.

A token is remembered by its SHA-256 and never itself, and only once it has proved to be ours, so
that strangers can neither fill the memory nor read it; how fast one is found says nothing but to
who has all of it. Source: PROTOCOL.md §2.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING

from collab_server.protocol.errors import InvalidToken
from collab_server.protocol.tokens import MAX_TOKEN_BYTES, read_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collab_server.protocol.tokens import SignedToken, TokenClaims

MOST_TOKENS = 4096
MOST_BYTES = 1024 * 1024  # of the tokens as they were written; what they say takes a few times that


class ShownTokens:
    """Verifies tokens, those shown lately faster.

    Invariant: what is remembered was signed with the keys of now; at most so many tokens, and so
    many bytes of them; the one that was shown last longest ago goes first.
    """

    def __init__(
        self,
        keys: Mapping[str, bytes],
        *,
        most: int = MOST_TOKENS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Begin with none.

        Args:
            keys: key id → secret; may change, and then everything is forgotten.
            most: tokens to remember.
            most_bytes: their length together.
        """
        self._keys = keys
        self._keys_then = dict(keys)
        self._most = most
        self._most_bytes = most_bytes
        self._tokens: OrderedDict[bytes, tuple[SignedToken, int]] = OrderedDict()  # by digest
        self._bytes = 0

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._tokens)

    def verify(self, token: str, *, now_s: float) -> TokenClaims:
        """Return what a token says, as `protocol.tokens.verify_token`.

        Args:
            token: what a client showed, of any length and content.
            now_s: unix time.

        Raises:
            InvalidToken: with the slug of the `error` to answer with.
        """
        if self._keys != self._keys_then:
            self._keys_then = dict(self._keys)
            self._tokens.clear()
            self._bytes = 0
        if len(token) > MAX_TOKEN_BYTES or not token.isascii():
            return read_token(token, self._keys).claims_at(now_s)
        digest = hashlib.sha256(token.encode()).digest()
        shown = self._tokens.get(digest)
        if shown is None:
            signed = read_token(token, self._keys)
            claims = signed.claims_at(now_s)
            self._remember(digest, signed, len(token))
            return claims
        self._tokens.move_to_end(digest)
        try:
            return shown[0].claims_at(now_s)
        except InvalidToken:
            self._forget(digest)
            raise

    def _remember(self, digest: bytes, signed: SignedToken, size_bytes: int) -> None:
        self._tokens[digest] = (signed, size_bytes)
        self._bytes += size_bytes
        while len(self._tokens) > self._most or self._bytes > self._most_bytes:
            self._forget(next(iter(self._tokens)))

    def _forget(self, digest: bytes) -> None:
        _, size_bytes = self._tokens.pop(digest)
        self._bytes -= size_bytes
