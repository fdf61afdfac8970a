"""What was taken back before its time: a user's tokens, a session, one token.

A user is revoked up to a moment: a token that is issued later lets in again. A legacy token does
not say when it was issued, so all of that user's are refused while the revocation lasts. Knows
neither connections nor the store; time is an argument. Source: PROTOCOL.md §2.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collab_server.protocol.tokens import TokenClaims

LASTS_S = 24 * 60 * 60 + 60
"""No token lives longer than a day, and clocks differ a little."""


class Revoked(Enum):
    """What a revocation names."""

    USER = "user"
    SESSION = "session"
    NONCE = "nonce"


@dataclass(frozen=True, slots=True)
class Revocation:
    """One thing that was taken back."""

    kind: Revoked
    digest: bytes  # of what it names; the name itself is kept nowhere
    at_s: int  # unix time; of a user, tokens issued up to here are refused
    until_s: int  # unix time; nothing it could refuse lives longer


def revocation_of(kind: Revoked, name: str, now_unix_s: float) -> Revocation:
    """Revoke something from now on."""
    now_s = int(now_unix_s)
    return Revocation(kind, digest_of(kind, name), now_s, now_s + LASTS_S)


def digest_of(kind: Revoked, name: str) -> bytes:
    """Return what stands for a name."""
    return hashlib.blake2b(f"{kind.value}\0{name}".encode(), digest_size=32).digest()


class Revocations:
    """All that hold. Invariant: at most one a name, the latest."""

    def __init__(self, revocations: Iterable[Revocation] = ()) -> None:
        self._held: dict[bytes, Revocation] = {}
        for revocation in revocations:
            self.add(revocation)

    def __len__(self) -> int:
        return len(self._held)

    def add(self, revocation: Revocation) -> None:
        """Let one hold from now on."""
        held = self._held.get(revocation.digest)
        if held is None or held.at_s < revocation.at_s:
            self._held[revocation.digest] = revocation

    def holds(self, revocation: Revocation) -> bool:
        """Tell whether this one holds already, or a later one of the same name."""
        held = self._held.get(revocation.digest)
        return held is not None and held.at_s >= revocation.at_s

    def forget(self, now_unix_s: float) -> None:
        """Drop those that can refuse nothing any more."""
        over = [digest for digest, held in self._held.items() if held.until_s < now_unix_s]
        for digest in over:
            del self._held[digest]

    def refuse_token(self, claims: TokenClaims) -> bool:
        """Tell whether a token was taken back, by itself or with its user's others."""
        if not self._held:
            return False
        of_user = self._held.get(digest_of(Revoked.USER, claims.user_id))
        if of_user is not None and claims.issued_at_s <= of_user.at_s:
            return True
        return digest_of(Revoked.NONCE, claims.nonce) in self._held

    def refuse_session(self, session_id: str) -> bool:
        """Tell whether a session was taken back."""
        return bool(self._held) and digest_of(Revoked.SESSION, session_id) in self._held
