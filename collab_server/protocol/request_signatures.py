"""How a request between us and a product's back-end is signed, either way.

Pure. Does not know who has which key. Source: PROTOCOL.md §7.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

SIGNATURE_HEADER = "x-collab-signature"
_SIGNATURE = re.compile(
    r"t=(?P<time>[0-9]{1,12}),n=(?P<nonce>[A-Za-z0-9_-]{8,64}),v1=(?P<digest>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Signature:
    """What the header says; nothing of it has been checked."""

    made_s: int  # unix time
    nonce: str
    digest: str  # hex


def parse_signature(text: str) -> Signature | None:
    """Read the header, None when it is none."""
    found = _SIGNATURE.fullmatch(text)
    if found is None:
        return None
    return Signature(int(found["time"]), found["nonce"], found["digest"])


def signature_of(
    key: bytes, made_s: int, nonce: str, *, method: str, target: str, body: bytes
) -> str:
    """Return the header's value for a request; target is path and query, as sent."""
    digest = digest_of(key, made_s, nonce, method=method, target=target, body=body)
    return f"t={made_s},n={nonce},v1={digest}"


def digest_of(key: bytes, made_s: int, nonce: str, *, method: str, target: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of `TIME.NONCE.METHOD.TARGET.` and the body, in hex."""
    head = f"{made_s}.{nonce}.{method}.{target}.".encode()
    return hmac.new(key, head + body, hashlib.sha256).hexdigest()
