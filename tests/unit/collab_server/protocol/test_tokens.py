import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from collab_server.protocol.errors import InvalidToken, LocalProtocolError, WeakSecret
from collab_server.protocol.tokens import (
    TokenClaims,
    check_secret,
    pattern_matches,
    sign_token,
    verify_token,
)

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
KEYS = {"default": KEY, "2026": OTHER_KEY}
NOW_S = 1_800_000_000

CLAIMS = TokenClaims(
    user_id="42",
    issued_at_s=NOW_S,
    expires_at_s=NOW_S + 3600,
    nonce="0123456789abcdef0123456789abcdef",
    name="Ada 😀",
    color="#aabbcc",
    roles=("developer",),
    rooms={"codexpro_project_7": "rw", "ocr_job_*": "r"},
)
PAYLOAD = {
    "aud": "collab",
    "sub": "42",
    "iat": NOW_S,
    "exp": NOW_S + 3600,
    "jti": "n" * 32,
}


def segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def forged(
    payload: object = None,
    *,
    header: object = None,
    key: bytes = KEY,
    digest: str = "sha256",
) -> str:
    """Sign anything, without the code under test."""
    header = {"alg": "HS256", "typ": "JWT"} if header is None else header
    payload = PAYLOAD if payload is None else payload
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signed = f"{segment(head)}.{segment(body)}"
    return f"{signed}.{segment(hmac.new(key, signed.encode(), digest).digest())}"


def changed(**claims: object) -> str:
    """A rightly signed token with other claims; None takes one away."""
    payload = {**PAYLOAD, **claims}
    return forged({name: value for name, value in payload.items() if value is not None})


def verified(token: str, *, now_s: float = NOW_S, keys: Mapping[str, bytes] = KEYS) -> TokenClaims:
    return verify_token(token, keys, now_s=now_s)


def refusal(token: str, *, now_s: float = NOW_S) -> str:
    with pytest.raises(InvalidToken) as caught:
        verified(token, now_s=now_s)
    return caught.value.slug


def test_what_was_signed_is_verified() -> None:
    assert verified(sign_token(CLAIMS, KEY)) == CLAIMS


def test_a_key_is_chosen_by_its_id() -> None:
    token = sign_token(CLAIMS, OTHER_KEY, key_id="2026")

    assert verified(token) == CLAIMS


def test_a_token_of_somebody_elses_library_is_verified() -> None:
    assert verified(forged()) == TokenClaims(
        user_id="42", issued_at_s=NOW_S, expires_at_s=NOW_S + 3600, nonce="n" * 32
    )


def test_no_token_is_asked_for() -> None:
    assert refusal("") == "token_required"


GOOD = forged()
HEAD, BODY, SIGNATURE = GOOD.split(".")
LAST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(SIGNATURE[-1])
TWIN = SIGNATURE[:-1] + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[LAST ^ 1]

FORGERIES = {
    "alg none": forged(header={"alg": "none"}),
    "alg none without a signature": forged(header={"alg": "none"}).rpartition(".")[0] + ".",
    "alg None": forged(header={"alg": "None"}),
    "alg HS512": forged(header={"alg": "HS512"}, digest="sha512"),
    "alg HS384": forged(header={"alg": "HS384"}, digest="sha384"),
    "alg RS256": forged(header={"alg": "RS256"}),
    "alg ES256": forged(header={"alg": "ES256"}),
    "alg hs256": forged(header={"alg": "hs256"}),
    "no alg": forged(header={"typ": "JWT"}),
    "alg in a list": forged(header={"alg": ["HS256"]}),
    "a key in the header": forged(
        header={"alg": "HS256", "jwk": {"kty": "oct", "k": segment(OTHER_KEY)}}, key=OTHER_KEY
    ),
    "an unknown kid": forged(header={"alg": "HS256", "kid": "old"}),
    "a path as kid": forged(header={"alg": "HS256", "kid": "../../dev/null"}, key=b""),
    "an empty kid": forged(header={"alg": "HS256", "kid": ""}),
    "kid null": forged(header={"alg": "HS256", "kid": None}),
    "kid 0": forged(header={"alg": "HS256", "kid": 0}),
    "a kid in a list": forged(header={"alg": "HS256", "kid": ["default"]}),
    "another kid's key": forged(header={"alg": "HS256", "kid": "2026"}),
    "crit": forged(header={"alg": "HS256", "crit": ["exp"]}),
    "b64 false": forged(header={"alg": "HS256", "b64": False, "crit": ["b64"]}),
    "a header that is a list": forged(header=[]),
    "a header that is no JSON": forged(header=b"{"),
    "a header 5,000 deep": forged(header=b'{"a":' + b"[" * 5000),
    "a header with a number of 5,000 digits": forged(header=b'{"alg":' + b"9" * 5000 + b"}"),
    "a header that is no UTF-8": forged(header=b"\xff\xfe"),
    "another key": forged(key=OTHER_KEY),
    "an empty key": forged(key=b""),
    "another body": f"{HEAD}.{segment(json.dumps({**PAYLOAD, 'sub': '1'}).encode())}.{SIGNATURE}",
    "no signature": f"{HEAD}.{BODY}.",
    "half a signature": f"{HEAD}.{BODY}.{SIGNATURE[:-8]}",
    "a signature with other idle bits": f"{HEAD}.{BODY}.{TWIN}",
    "padding": GOOD + "=",
    "a newline after it": GOOD + "\n",
    "a space before it": " " + GOOD,
    "more after it": GOOD + ".e30",
    "a NUL after it": GOOD + "\0",
    "two parts": f"{HEAD}.{BODY}",
    "no parts": "token",
    "dots": "..",
    "plus and slash": GOOD.replace("-", "+").replace("_", "/") + "+/",
    "letters that are not ASCII": "é" + GOOD,
    "half a surrogate pair": GOOD + "\ud83d",
    "full-width letters": GOOD.translate({ord("e"): "ｅ"}),
    "one character of base64": "e.e.e",
    "a megabyte": "a" * 1_000_000,
    "a megabyte in three parts": ".".join(["a" * 350_000] * 3),
    "an empty body": forged(b""),
    "a body that is no JSON": forged(b"{"),
    "a body that is a list": forged([]),
    "a body 2,000 deep": forged(b'{"a":' + b"[" * 2000),
    "no aud": changed(aud=None),
    "another aud": changed(aud="shop"),
    "aud in a list": changed(aud=["collab", "shop"]),
    "aud in capitals": changed(aud="COLLAB"),
    "no sub": changed(sub=None),
    "an empty sub": changed(sub=""),
    "an integer sub": changed(sub=42),
    "a sub with a newline": changed(sub="42\n"),
    "a sub with a NUL": changed(sub="4\0"),
    "a sub with a bidi mark": changed(sub="a\u202eb"),
    "a long sub": changed(sub="a" * 257),
    "half a pair as sub": changed(sub="\ud83d"),
    "no iat": changed(iat=None),
    "no exp": changed(exp=None),
    "exp as text": changed(exp=str(NOW_S + 60)),
    "exp true": changed(exp=True),
    "exp NaN": forged(json.dumps({**PAYLOAD, "exp": float("nan")}).encode()),
    "exp infinity": forged(json.dumps({**PAYLOAD, "exp": float("inf")}).encode()),
    "exp 1e999": forged(json.dumps(PAYLOAD).replace(str(NOW_S + 3600), "1e999").encode()),
    "exp of 400 digits": forged(json.dumps(PAYLOAD).replace(str(NOW_S + 3600), "9" * 400).encode()),
    "exp 1e308": changed(exp=1e308),
    "no jti": changed(jti=None),
    "an empty jti": changed(jti=""),
    "an integer jti": changed(jti=5),
    "exp before iat": changed(iat=NOW_S + 20, exp=NOW_S + 10),
    "exp at iat": changed(exp=NOW_S),
    "more than 24 h": changed(exp=NOW_S + 24 * 3600 + 1),
    "iat of long ago": changed(iat=-1),
    "iat in 31 s": changed(iat=NOW_S + 31),
    "nbf in 31 s": changed(nbf=NOW_S + 31),
    "rooms in a list": changed(rooms=["a"]),
    "roles as text": changed(roles="admin"),
}  # fmt: skip


@pytest.mark.parametrize("token", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_or_broken_token_is_invalid(token: str) -> None:
    assert refusal(token) == "invalid_token"


def test_duplicate_claims_are_read_as_one_reader_reads_them() -> None:
    body = json.dumps(PAYLOAD)[:-1] + ',"sub":"43"}'

    assert verified(forged(body.encode())).user_id == "43"


@pytest.mark.parametrize("late_s", [3600, 3600 + 30])
def test_clocks_may_differ_by_30_seconds_at_the_end(late_s: int) -> None:
    assert verified(GOOD, now_s=NOW_S + late_s).user_id == "42"


def test_an_expired_token_says_so() -> None:
    assert refusal(GOOD, now_s=NOW_S + 3631) == "token_expired"
    assert refusal(GOOD, now_s=NOW_S + 10**9) == "token_expired"


def test_clocks_may_differ_by_30_seconds_at_the_beginning() -> None:
    assert verified(changed(nbf=NOW_S), now_s=NOW_S - 30).user_id == "42"
    assert refusal(GOOD, now_s=NOW_S - 31) == "invalid_token"


def test_24_hours_are_allowed() -> None:
    assert verified(changed(exp=NOW_S + 24 * 3600)).expires_at_s == NOW_S + 24 * 3600


def test_times_may_have_a_fraction() -> None:
    claims = verified(changed(iat=NOW_S - 0.5, exp=NOW_S + 60.5))

    assert (claims.issued_at_s, claims.expires_at_s) == (NOW_S - 1, NOW_S + 60)


def test_what_is_only_for_show_is_made_fit_to_show() -> None:
    claims = verified(changed(name="A\u202eda\n" + "x" * 99, color="red;}", rooms={}))

    assert claims.name == "Ada" + "x" * 61
    assert claims.color is None


def test_rights_that_nobody_knows_give_nothing() -> None:
    claims = verified(changed(rooms={"a": "wxr", "b*c": "rw", "../d": "rw", "*": "r"}))

    assert claims.rooms == {"a": "rw", "*": "r"}


@pytest.mark.parametrize(
    "claims",
    [
        {"user_id": ""},
        {"user_id": "a\n"},
        {"user_id": "a" * 257},
        {"nonce": ""},
        {"expires_at_s": NOW_S},
        {"expires_at_s": NOW_S + 24 * 3600 + 1},
        {"rooms": {"a b": "r"}},
        {"rooms": {"*a": "r"}},
        {"rooms": {"a": "x"}},
        {"rooms": {f"room_{at}": "rwhmo" for at in range(500)}},
    ],
)
def test_a_token_that_no_server_would_take_is_not_signed(claims: dict[str, Any]) -> None:
    with pytest.raises(LocalProtocolError):
        sign_token(replace(CLAIMS, **claims), KEY)


@pytest.mark.parametrize(
    ("pattern", "room", "matches"),
    [
        ("a", "a", True),
        ("a", "ab", False),
        ("a*", "a", True),
        ("a*", "ab", True),
        ("a*", "b", False),
        ("*", "anything", True),
        ("a.c", "abc", False),
        ("a?", "ab", False),
    ],
)
def test_only_a_last_star_stands_for_anything(pattern: str, room: str, matches: bool) -> None:
    assert pattern_matches(pattern, room) is matches


@pytest.mark.parametrize(
    "secret",
    [
        b"",
        b"short",
        b"x" * 31,
        b" " * 64,
        b"x" * 64,
        b"abababababababababababababababababababab",
        b"default-secret-change-me-default-secret-change-me",
        b"your-256-bit-secret-your-256-bit-secret\n",
        b"a-string-secret-at-least-256-bits-long",
        b"CHANGEME-changeme-CHANGEME-changeme-CHANGEME",
        b"0123456789abcdef0123456789abcdef",
    ],
)
def test_a_weak_secret_is_refused(secret: bytes) -> None:
    with pytest.raises(WeakSecret):
        check_secret(secret)


@pytest.mark.parametrize(
    "secret",
    [
        hashlib.sha256(b"chance").hexdigest().encode(),
        hashlib.sha256(b"chance").digest(),
        base64.b64encode(hashlib.sha256(b"chance").digest()) + b"\n",
    ],
)
def test_a_secret_made_by_chance_is_good(secret: bytes) -> None:
    check_secret(secret)
