"""Which session a token's nonce belongs to: its first use binds it (PROTOCOL.md §2, replay).

Only a hash of the nonce is stored. Does not know what a session is.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

FORGET_AFTER_S = 120  # beyond a token's end and the clocks' tolerance
FORGET_A_TIME = 100  # so that no bind has to pay for a day's nonces

_BIND = """
    INSERT INTO token_nonces (nonce_hash, session_id, key_hash, expires_at_s) VALUES (?, ?, ?, ?)
    ON CONFLICT (nonce_hash) DO NOTHING
"""
_BOUND = "SELECT session_id, key_hash FROM token_nonces WHERE nonce_hash = ?"
_FORGET = """
    DELETE FROM token_nonces WHERE nonce_hash IN
        (SELECT nonce_hash FROM token_nonces WHERE expires_at_s < ? LIMIT ?)
"""


@dataclass(frozen=True, slots=True)
class NonceBinding:
    """The one binding that stands for a nonce."""

    session_id: str
    key_hash: bytes
    is_new: bool  # bound by this call


def bind_nonce(
    connection: sqlite3.Connection, nonce: str, binding: NonceBinding, expires_at_s: int
) -> NonceBinding:
    """Bind the nonce as wanted, unless it is bound; return what stands now."""
    nonce_hash = blake2b(nonce.encode(), digest_size=32).digest()
    wanted = (nonce_hash, binding.session_id, binding.key_hash, expires_at_s)
    if connection.execute(_BIND, wanted).rowcount == 1:
        return binding
    session_id, key_hash = connection.execute(_BOUND, (nonce_hash,)).fetchone()
    return NonceBinding(session_id, key_hash, is_new=False)


def forget_nonces(connection: sqlite3.Connection, now_s: int) -> None:
    """Delete some nonces of tokens that have long expired."""
    connection.execute(_FORGET, (now_s - FORGET_AFTER_S, FORGET_A_TIME))
