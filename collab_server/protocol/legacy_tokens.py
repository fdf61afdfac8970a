"""The token of the PHP products, as their `generateToken` has always made it.

`base64(json + "." + hex)`: json says `user_id`, `expires` and `random`, hex is the lower-case
HMAC-SHA256 of exactly those bytes. Nothing is written again before it is compared, so it does not
matter how PHP escapes. Knows neither rights nor which nonce was used; the clock is an argument.
Source: PROTOCOL.md §2.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from typing import Annotated

import msgspec

from collab_server.protocol.errors import InvalidToken, LocalProtocolError

MAX_LIFE_S = 24 * 3600
LEEWAY_S = 30
MAX_TOKEN_BYTES = 4096

_SIGNATURE = re.compile(rb"[0-9a-f]{64}")
_RANDOM = re.compile(r"[0-9a-f]{16,64}")
_LARGEST_ID = 2**53 - 1
_MAX_ID_CHARS = 64


class _Payload(msgspec.Struct):
    user_id: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_ID)] | str
    expires: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_ID)]
    random: str


_PAYLOAD = msgspec.json.Decoder(_Payload)


@dataclass(frozen=True, slots=True)
class LegacyClaims:
    """What such a token says."""

    user_id: str  # 1..64 printable characters; a number as it is written
    expires_at_s: int  # unix time, at most 24 h ahead
    nonce: str  # 16..64 hexadecimal digits


def is_legacy_token(token: str) -> bool:
    """Tell whether a text may be one: a JWT has dots, base64 has none."""
    return "." not in token


def sign_legacy_token(user_id: int | str, key: bytes, *, expires_at_s: int, nonce: str) -> str:
    """Return the token that the PHP products would make.

    Raises:
        LocalProtocolError: no server would take it.
    """
    if _user(user_id) is None or _RANDOM.fullmatch(nonce) is None:
        raise LocalProtocolError("not a user id of 1 to 64 characters, or no hexadecimal nonce")
    said = msgspec.json.encode({"user_id": user_id, "expires": expires_at_s, "random": nonce})
    return base64.b64encode(said + b"." + _signature(said, key)).decode()


def read_legacy_token(token: str, key: bytes) -> LegacyClaims:
    """Return what a token says, once its signature is right; `check_life` is for each use.

    Raises:
        InvalidToken: with the slug of the `error` to answer with.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise InvalidToken("invalid_token", "not a token")
    try:
        raw = base64.b64decode(token.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise InvalidToken("invalid_token", "not a token") from error
    if base64.b64encode(raw).decode() != token:
        raise InvalidToken("invalid_token", "the token is not as it was written")
    said, dot, signature = raw.rpartition(b".")
    if not dot or _SIGNATURE.fullmatch(signature) is None:
        raise InvalidToken("invalid_token", "the token has no signature")
    if not hmac.compare_digest(signature, _signature(said, key)):
        raise InvalidToken("invalid_token", "the token's signature is wrong")
    return _claims(said)


def check_life(expires_at_s: int, now_s: float) -> None:
    """Refuse such a token when it has ended, or ends too late: it does not say when it began.

    Raises:
        InvalidToken: with the slug of the `error` to answer with.
    """
    if expires_at_s + LEEWAY_S < now_s:
        raise InvalidToken("token_expired", "the token has expired")
    if expires_at_s - now_s > MAX_LIFE_S + LEEWAY_S:
        raise InvalidToken("invalid_token", "the token lives longer than 24 hours")


def _claims(said: bytes) -> LegacyClaims:
    try:
        payload = _PAYLOAD.decode(said)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidToken("invalid_token", "the token lacks a field") from error
    user_id = _user(payload.user_id)
    if user_id is None or _RANDOM.fullmatch(payload.random) is None:
        raise InvalidToken("invalid_token", "the token's user id or nonce is none")
    return LegacyClaims(user_id, payload.expires, payload.random)


def _user(user_id: int | str) -> str | None:
    text = str(user_id)
    return text if 0 < len(text) <= _MAX_ID_CHARS and text.isprintable() else None


def _signature(said: bytes, key: bytes) -> bytes:
    return hmac.digest(key, said, "sha256").hex().encode()
