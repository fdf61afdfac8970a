"""Invitation codes: each opens one room, so many times, until its end (PROTOCOL.md §3, invite).

Only a hash of a code is stored: who reads the database can redeem nothing. Does not know what a
right allows.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from collab_server.storage.errors import InvitationRefused

if TYPE_CHECKING:
    import sqlite3

CODE_BYTES = 16

_CREATE = """
    INSERT INTO invitations (code_hash, room, perm, expires_at_s, max_uses, uses, revoked,
        created_by, created_at_ms) VALUES (?, ?, ?, ?, ?, 0, 0, ?, ?)
"""
_REDEEM = """
    UPDATE invitations SET uses = uses + 1
    WHERE code_hash = ? AND NOT revoked AND uses < max_uses AND expires_at_s > ?
    RETURNING room, perm
"""
_LOOK = """
    SELECT room, perm, expires_at_s, max_uses - uses, created_by FROM invitations
    WHERE code_hash = ? AND NOT revoked AND uses < max_uses AND expires_at_s > ?
"""
_FIND = "SELECT revoked, expires_at_s FROM invitations WHERE code_hash = ?"
_REVOKE = "UPDATE invitations SET revoked = 1 WHERE room = ? AND code_hash = ?"
_REVOKE_ALL = "UPDATE invitations SET revoked = 1 WHERE room = ? AND revoked = 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a code opens."""

    room: str
    perm: str
    expires_at_s: int  # unix time from which on it opens nothing
    max_uses: int  # at least 1
    created_by: str


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What somebody may do who has used a code."""

    room: str
    perm: str


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What a code would open."""

    room: str
    perm: str
    expires_at_s: int
    uses_left: int  # at least 1
    created_by: str  # a user's id


def new_invitation_code() -> str:
    """Return a code nobody can guess: 128 random bits, 22 characters that need no escaping."""
    return secrets.token_urlsafe(CODE_BYTES)


def create_invitation(
    connection: sqlite3.Connection, code: str, invitation: Invitation, now_ms: int
) -> None:
    """Store an invitation under its code's hash."""
    connection.execute(
        _CREATE,
        (
            _hash(code),
            invitation.room,
            invitation.perm,
            invitation.expires_at_s,
            invitation.max_uses,
            invitation.created_by,
            now_ms,
        ),
    )


def redeem_invitation(connection: sqlite3.Connection, code: str, now_s: float) -> Redeemed:
    """Use a code once.

    Raises:
        InvitationRefused: There is no such code (or it was revoked), it is over, or used up.
    """
    code_hash = _hash(code)
    redeemed = connection.execute(_REDEEM, (code_hash, now_s)).fetchall()
    if redeemed:
        room, perm = redeemed[0]
        return Redeemed(room, perm)
    raise _refusal(connection, code_hash, now_s)


def look_at_invitation(connection: sqlite3.Connection, code: str, now_s: float) -> LookedAt:
    """Return what a code would open, without using it.

    Raises:
        InvitationRefused: As `redeem_invitation`.
    """
    code_hash = _hash(code)
    found = connection.execute(_LOOK, (code_hash, now_s)).fetchone()
    if found is None:
        raise _refusal(connection, code_hash, now_s)
    return LookedAt(*found)


def _refusal(connection: sqlite3.Connection, code_hash: bytes, now_s: float) -> InvitationRefused:
    found = connection.execute(_FIND, (code_hash,)).fetchone()
    if found is None or found[0]:
        return InvitationRefused("unknown")
    return InvitationRefused("expired" if found[1] <= now_s else "spent")


def _hash(code: str) -> bytes:
    # Codes come from anyone: surrogates, which UTF-8 refuses, must not be an error of ours.
    return blake2b(code.encode(errors="surrogatepass"), digest_size=32).digest()


def revoke_invitations(connection: sqlite3.Connection, room: str, code: str | None) -> int:
    """Withdraw an invitation of a room, or all of them; return how many."""
    if code is None:
        return connection.execute(_REVOKE_ALL, (room,)).rowcount
    return connection.execute(_REVOKE, (room, _hash(code))).rowcount
