"""Signed tokens (JWT, HS256; and the PHP products' own), the strength of secrets, room patterns.

Knows neither which nonce was used nor what a right allows; the clock is an argument. The signature
is checked before any claim is looked at. Source: PROTOCOL.md §2; RFC 7515, RFC 7519.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from collab_server.protocol.errors import InvalidToken, LocalProtocolError, WeakSecret
from collab_server.protocol.jws import jwt
from collab_server.protocol.legacy_tokens import check_life, is_legacy_token, read_legacy_token
from collab_server.protocol.names import clean_name

if TYPE_CHECKING:
    from collections.abc import Mapping

JWT_AUDIENCE = "collab"
DEFAULT_KEY_ID = "default"
RIGHTS = "rwhmo"
"""Join and read, publish and edit, history, moderate, own."""

MAX_TOKEN_BYTES = 8192
MAX_LIFE_S = 24 * 3600
LEEWAY_S = 30
MIN_SECRET_BYTES = 32

_ALGORITHM = "HS256"
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_PATTERN = re.compile(r"\*|[A-Za-z0-9][A-Za-z0-9_.:~-]{0,99}\*?")
_MAX_ID_CHARS = 256
_MIN_DISTINCT_BYTES = 5

_KNOWN_SAMPLES = (
    b"default-secret-change-me",
    b"your-256-bit-secret",
    b"a-string-secret-at-least-256-bits-long",
    b"your-secret-key",
    b"your-secret-here",
    b"secret",
    b"changeme",
    b"change-me",
    b"change-this",
    b"0123456789abcdef",
    b"password",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenClaims:
    """What a token says about its bearer."""

    user_id: str  # 1..256 printable characters
    issued_at_s: int  # unix time; 0 for a legacy token, which does not say
    expires_at_s: int  # unix time, at most 24 h after issued_at_s, or ahead
    nonce: str  # 1..256 printable characters, 128 bits of chance
    name: str | None = None  # 1..64 printable characters
    color: str | None = None  # "#rrggbb"
    roles: tuple[str, ...] = ()
    rooms: Mapping[str, str] = field(default_factory=dict[str, str])  # pattern → letters of RIGHTS
    is_legacy: bool = False  # made by the PHP products


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token whose signature and shape are right; its times are to be checked at each use."""

    claims: TokenClaims
    begins_s: float  # unix time
    ends_s: float  # unix time

    def claims_at(self, now_s: float) -> TokenClaims:
        """Return what it says, if it holds at a unix time.

        Raises:
            InvalidToken: It has ended, or has not begun.
        """
        if self.claims.is_legacy:
            check_life(self.claims.expires_at_s, now_s)
            return self.claims
        if self.ends_s + LEEWAY_S < now_s:
            raise InvalidToken("token_expired", "the token has expired")
        if self.begins_s > now_s + LEEWAY_S:
            raise InvalidToken("invalid_token", "the token is not valid yet")
        return self.claims


class _Header(msgspec.Struct):
    """What of a token's header is read before its signature is checked."""

    kid: str = DEFAULT_KEY_ID


class _Payload(msgspec.Struct):
    aud: str
    sub: str
    iat: int | float
    exp: int | float
    jti: str
    nbf: int | float = 0
    name: str | None = None
    color: str | None = None
    roles: tuple[str, ...] = ()
    rooms: dict[str, str] = {}


_HEADER = msgspec.json.Decoder(_Header)
_PAYLOAD = msgspec.json.Decoder(_Payload)
_SIGNER = jwt.PyJWS(algorithms=[_ALGORITHM])


def sign_token(claims: TokenClaims, key: bytes, *, key_id: str = DEFAULT_KEY_ID) -> str:
    """Return the token that says these claims.

    Raises:
        LocalProtocolError: no server would take it.
    """
    if not is_user_id(claims.user_id) or not is_user_id(claims.nonce):
        raise LocalProtocolError("a user id and a nonce have 1 to 256 printable characters")
    if not 0 < claims.expires_at_s - claims.issued_at_s <= MAX_LIFE_S:
        raise LocalProtocolError("a token lives between 1 second and 24 hours")
    for pattern, letters in claims.rooms.items():
        if not is_pattern(pattern) or not are_rights(letters):
            raise LocalProtocolError(f"not a room pattern with letters of {RIGHTS}: {pattern}")
    payload: dict[str, object] = {
        "aud": JWT_AUDIENCE,
        "sub": claims.user_id,
        "iat": claims.issued_at_s,
        "exp": claims.expires_at_s,
        "jti": claims.nonce,
    }
    optional = {
        "name": claims.name,
        "color": claims.color,
        "roles": claims.roles,
        "rooms": claims.rooms,
    }
    payload |= {name: value for name, value in optional.items() if value}
    headers = None if key_id == DEFAULT_KEY_ID else {"kid": key_id}
    token = _SIGNER.encode(msgspec.json.encode(payload), key, _ALGORITHM, headers=headers)
    if len(token) > MAX_TOKEN_BYTES:
        raise LocalProtocolError("the token is too long: too many rooms or roles")
    return token


def verify_token(token: str, keys: Mapping[str, bytes], *, now_s: float) -> TokenClaims:
    """Return what a token of either format says, once its signature and its times are right.

    Raises:
        InvalidToken: with the slug of the `error` to answer with.
    """
    return read_token(token, keys).claims_at(now_s)


def read_token(token: str, keys: Mapping[str, bytes]) -> SignedToken:
    """Return what a token of either format says, whenever, once its signature is right.

    Args:
        token: what a client showed, of any length and content.
        keys: key id → secret; a token without a key id means "default".

    Raises:
        InvalidToken: with the slug of the `error` to answer with.
    """
    if not token:
        raise InvalidToken("token_required", "no token")
    if is_legacy_token(token):
        legacy = _legacy_claims(token, keys)
        return SignedToken(legacy, begins_s=0, ends_s=legacy.expires_at_s)
    payload = _verified_payload(token, keys)
    try:
        claims = _PAYLOAD.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidToken("invalid_token", "the token lacks a claim") from error
    if claims.aud != JWT_AUDIENCE:
        raise InvalidToken("invalid_token", "the token is for somebody else")
    if not is_user_id(claims.sub) or not is_user_id(claims.jti):
        raise InvalidToken("invalid_token", "the token's user id or nonce is none")
    if not 0 < claims.exp - claims.iat <= MAX_LIFE_S or claims.iat < 0:
        raise InvalidToken("invalid_token", "the token lives longer than 24 hours")
    color = claims.color or ""
    said = TokenClaims(
        user_id=claims.sub,
        issued_at_s=int(claims.iat),
        expires_at_s=int(claims.exp),
        nonce=claims.jti,
        name=clean_name(claims.name or ""),
        color=color if _COLOR.fullmatch(color) else None,
        roles=claims.roles,
        rooms=_known_rights(claims.rooms),
    )
    return SignedToken(said, begins_s=max(claims.iat, claims.nbf), ends_s=claims.exp)


def check_secret(secret: bytes) -> None:
    """Refuse to sign or check with a secret that can be guessed.

    Raises:
        WeakSecret: it is short, or publicly known.
    """
    text = secret.strip()
    if len(text) < MIN_SECRET_BYTES:
        raise WeakSecret(f"the secret has {len(text)} bytes; it needs at least {MIN_SECRET_BYTES}")
    rest = text.lower()
    for sample in _KNOWN_SAMPLES:
        rest = rest.replace(sample, b"")
    if len(rest) < MIN_SECRET_BYTES // 2 or len(set(text)) < _MIN_DISTINCT_BYTES:
        raise WeakSecret("the secret is a known sample")


def pattern_matches(pattern: str, room: str) -> bool:
    """Tell whether a room is meant by a pattern; only a last `*` stands for anything."""
    if pattern.endswith("*"):
        return room.startswith(pattern[:-1])
    return room == pattern


def is_pattern(text: str) -> bool:
    """Tell whether a text can stand for rooms: a name, or the beginning of one and `*`."""
    return _PATTERN.fullmatch(text) is not None


def is_user_id(text: str) -> bool:
    """Tell whether a text can be a user's id, or a nonce."""
    return 0 < len(text) <= _MAX_ID_CHARS and text.isprintable()


def are_rights(letters: str) -> bool:
    """Tell whether a text has letters of `RIGHTS` only."""
    return set(letters) <= set(RIGHTS)


def _legacy_claims(token: str, keys: Mapping[str, bytes]) -> TokenClaims:
    claims = read_legacy_token(token, keys[DEFAULT_KEY_ID])
    return TokenClaims(
        user_id=claims.user_id,
        issued_at_s=0,
        expires_at_s=claims.expires_at_s,
        nonce=f"legacy:{claims.nonce}",  # never the nonce of a JWT
        is_legacy=True,
    )


def _verified_payload(token: str, keys: Mapping[str, bytes]) -> bytes:
    """Return what was signed, with a key of ours and HS256, by exactly these characters."""
    compact = _COMPACT.fullmatch(token) if len(token) <= MAX_TOKEN_BYTES else None
    if compact is None:
        raise InvalidToken("invalid_token", "not a token")
    signature = compact[1]
    padded = signature + "=" * (-len(signature) % 4)
    try:
        written_again = base64.urlsafe_b64encode(base64.urlsafe_b64decode(padded))
        if written_again.rstrip(b"=") != signature.encode():
            raise InvalidToken("invalid_token", "the signature is not as it was written")
        key = keys.get(_key_id(token))
        if key is None:
            raise InvalidToken("invalid_token", "the token's key is unknown")
        return bytes(_SIGNER.decode(token, key, algorithms=[_ALGORITHM]))
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise InvalidToken("invalid_token", "the token's signature is wrong") from error


def _key_id(token: str) -> str:
    """Read which key is meant, and only that: PyJWT would read all of the token for it, twice.

    Raises:
        ValueError: the header is none.
    """
    header = token.partition(".")[0]
    return _HEADER.decode(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))).kid


def _known_rights(rooms: Mapping[str, str]) -> dict[str, str]:
    """Keep the letters and patterns that this version understands; the others give nothing."""
    return {
        pattern: "".join(letter for letter in RIGHTS if letter in letters)
        for pattern, letters in rooms.items()
        if is_pattern(pattern)
    }
