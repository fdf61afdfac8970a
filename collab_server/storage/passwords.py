"""Passwords of rooms as they are stored: what a guess costs is what keeps a stolen table useless.

scrypt with 16 MiB and five passes takes about 0.2 s, so it belongs in a thread of its own; it
gives up the interpreter's lock meanwhile. The parameters stand in front of each hash, so that they
may grow. Source: OWASP Password Storage Cheat Sheet (scrypt); RFC 7914.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from typing import NamedTuple


class Cost(NamedTuple):
    """scrypt's parameters."""

    n: int
    r: int
    p: int


COST = Cost(n=2**14, r=8, p=5)
_SALT_BYTES = 16
_MOST_MEMORY_BYTES = 64 * 2**20


def hash_password(password: str, cost: Cost = COST) -> str:
    """Return what to store: `scrypt$N$r$p$salt$hash`, the last two in hexadecimal."""
    salt = os.urandom(_SALT_BYTES)
    derived = _derived(password, salt, cost)
    return f"scrypt${cost.n}${cost.r}${cost.p}${salt.hex()}${derived.hex()}"


def is_password(password: str, stored: str) -> bool:
    """Tell whether this is the password, in the same time whatever the answer is.

    A row that another program has written, and that is no such hash, is nobody's password.
    """
    try:
        _, n, r, p, salt, derived = stored.split("$")
        cost, expected = Cost(int(n), int(r), int(p)), bytes.fromhex(derived)
        guess = _derived(password, bytes.fromhex(salt), cost)
    except (ValueError, OverflowError):
        return False
    return hmac.compare_digest(guess, expected)


def _derived(password: str, salt: bytes, cost: Cost) -> bytes:
    # One system types é as one character, another as two.
    text = unicodedata.normalize("NFC", password).encode()
    return hashlib.scrypt(text, salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=_MOST_MEMORY_BYTES)
