"""Secrets that are planted, and looked for where they must not be."""

from collab_server.protocol.tokens import TokenClaims, sign_token

PLANTED_TEXT = "the-planted-text-of-a-document-93bd"
PLANTED_NAME = "planted-name-of-a-person-51ac"
PLANTED_TOKEN = sign_token(
    TokenClaims(
        user_id="planted-user",
        issued_at_s=1_800_000_000,
        expires_at_s=1_800_003_600,
        nonce="the-planted-nonce-of-a-token-7f02",
        rooms={},
    ),
    b"a secret of tests, which is long enough",
)
PLANTED = (PLANTED_TEXT, PLANTED_NAME, PLANTED_TOKEN, PLANTED_TOKEN.split(".")[1])


def fail_with(kind: type[Exception]) -> None:
    """Fail as code does that has secrets at hand: in variables, in the error, in its cause."""
    token, text = PLANTED_TOKEN, PLANTED_TEXT
    try:
        raise kind(f"{text!r} is not {token}")
    except kind as error:
        raise kind(token, text, {"name": PLANTED_NAME}) from error
