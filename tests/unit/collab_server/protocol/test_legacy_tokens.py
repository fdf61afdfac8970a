"""The PHP products' token: byte for byte what PHP makes, and nothing else."""

import base64
import hashlib
import hmac
import json
import shutil
import subprocess

import pytest

from collab_server.protocol.errors import InvalidToken, LocalProtocolError
from collab_server.protocol.legacy_tokens import read_legacy_token, sign_legacy_token
from collab_server.protocol.tokens import verify_token

KEY = b"default-secret-change-me"
GOLDEN = (
    "eyJ1c2VyX2lkIjo0MiwiZXhwaXJlcyI6MTc5NTQwNzQwMywicmFuZG9tIjoiM2EyY2E3Mjk1Y2RhMTE4ZmVhYWMxOGY5"
    "YTUzMGRjOGUifS5jMjU4YjdjYjdmNzZjZDViOGM5ZGMwNzY1NTU2ZjViZjY4MGYwZjE1MGFjMzFmM2I2MGY3YzA1Y2Ix"
    "MTgzNmNh"
)
EXPIRES_S = 1_795_407_403
NOW_S = EXPIRES_S - 1800
NONCE = "3a2ca7295cda118feaac18f9a530dc8e"
PHP = """
$secret = 'default-secret-change-me';
$json = json_encode(['user_id' => $argv[1] === 'int' ? 42 : $argv[2],
    'expires' => 1795407403, 'random' => '3a2ca7295cda118feaac18f9a530dc8e']);
echo base64_encode($json . '.' . hash_hmac('sha256', $json, $secret));
"""


def forged(said: bytes | dict[str, object], *, key: bytes = KEY, dot: bytes = b".") -> str:
    """Sign anything, without the code under test."""
    raw = said if isinstance(said, bytes) else json.dumps(said).encode()
    return base64.b64encode(
        raw + dot + hmac.new(key, raw, hashlib.sha256).hexdigest().encode()
    ).decode()


def changed(**fields: object) -> str:
    """A rightly signed token with other fields; None takes one away."""
    payload = {"user_id": 42, "expires": EXPIRES_S, "random": NONCE} | fields
    return forged({name: value for name, value in payload.items() if value is not None})


def refusal(token: str, *, now_s: float = NOW_S, key: bytes = KEY) -> str:
    with pytest.raises(InvalidToken) as caught:
        verify_token(token, {"default": key}, now_s=now_s)
    return caught.value.slug


def test_the_golden_token_is_verified_and_made_again() -> None:
    claims = read_legacy_token(GOLDEN, KEY)

    assert (claims.user_id, claims.expires_at_s, claims.nonce) == ("42", EXPIRES_S, NONCE)
    assert sign_legacy_token(42, KEY, expires_at_s=EXPIRES_S, nonce=NONCE) == GOLDEN


def test_one_function_verifies_both_formats() -> None:
    claims = verify_token(GOLDEN, {"default": KEY}, now_s=NOW_S)

    assert claims.is_legacy
    assert (claims.user_id, claims.expires_at_s, claims.issued_at_s) == ("42", EXPIRES_S, 0)
    assert claims.nonce == f"legacy:{NONCE}"
    assert claims.rooms == {}


@pytest.mark.parametrize("user_id", ["ada.lovelace@example.org", "a/b", "Ünïcode 😀", "7"])
def test_what_php_escapes_is_the_same_user(user_id: str) -> None:
    php = shutil.which("php")
    if php is None:
        pytest.skip("no php here: apt install php-cli")

    golden, other = (
        subprocess.run([php, "-r", PHP, *arguments], capture_output=True, text=True, check=True)
        for arguments in (["int"], ["text", user_id])
    )

    assert golden.stdout == GOLDEN
    assert read_legacy_token(other.stdout, KEY).user_id == user_id


@pytest.mark.parametrize(
    ("now_s", "slug"),
    [(EXPIRES_S + 30, None), (EXPIRES_S + 31, "token_expired"), (EXPIRES_S + 600, "token_expired")],
)
def test_a_token_ends_with_thirty_seconds_for_clocks(now_s: int, slug: str | None) -> None:
    if slug is None:
        assert verify_token(GOLDEN, {"default": KEY}, now_s=now_s).user_id == "42"
    else:
        assert refusal(GOLDEN, now_s=now_s) == slug


def test_a_token_that_lives_longer_than_a_day_is_refused() -> None:
    assert refusal(GOLDEN, now_s=EXPIRES_S - 86_400 - 31) == "invalid_token"


@pytest.mark.parametrize(
    "token",
    [
        "not base64!",
        "é",
        "AAAA",
        base64.b64encode(b"no signature").decode(),
        base64.b64encode(b"{}.short").decode(),
        GOLDEN[:-1],
        GOLDEN + "=",
        GOLDEN + "\n",
        GOLDEN.replace("MTgzNmNh", "MTgzNmNi"),
        base64.b64encode(base64.b64decode(GOLDEN)[:-64] + b"C258" + b"0" * 60).decode(),
        base64.urlsafe_b64encode(base64.b64decode(GOLDEN) + b"\xff\xff").decode(),
        "A" * 4097,
        forged(b"[]"),
        forged(b"not json"),
        forged(b"\xff\xfe"),
        forged({"user_id": 42, "expires": EXPIRES_S, "random": NONCE}, key=b"another secret"),
        forged({"user_id": 42, "expires": EXPIRES_S, "random": NONCE}, dot=b"!"),
        changed(user_id=None),
        changed(user_id=-1),
        changed(user_id=1.5),
        changed(user_id=True),
        changed(user_id=2**53),
        changed(user_id=""),
        changed(user_id="x" * 65),
        changed(user_id="a\nb"),
        changed(user_id=[1]),
        changed(expires=None),
        changed(expires="1795407403"),
        changed(expires=EXPIRES_S + 0.5),
        changed(expires=10**30),
        changed(random=None),
        changed(random="short"),
        changed(random="z" * 32),
        changed(random="a" * 65),
    ],
)
def test_anything_else_is_an_invalid_token(token: str) -> None:
    assert refusal(token) == "invalid_token"


def test_another_secret_does_not_verify() -> None:
    assert refusal(GOLDEN, key=b"another secret of at least 32 bytes") == "invalid_token"


def test_a_token_that_no_server_takes_is_not_made() -> None:
    with pytest.raises(LocalProtocolError):
        sign_legacy_token("", KEY, expires_at_s=EXPIRES_S, nonce=NONCE)
    with pytest.raises(LocalProtocolError):
        sign_legacy_token(42, KEY, expires_at_s=EXPIRES_S, nonce="no hex at all!!!")
