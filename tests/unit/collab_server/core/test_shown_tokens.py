"""A token that was shown before is verified without its signature, and by nothing less."""

import pytest

from collab_server.core.shown_tokens import ShownTokens
from collab_server.protocol.errors import InvalidToken
from collab_server.protocol.legacy_tokens import sign_legacy_token
from collab_server.protocol.tokens import (
    LEEWAY_S,
    MAX_LIFE_S,
    TokenClaims,
    sign_token,
    verify_token,
)

KEY = bytes(range(64, 112))
OTHER_KEY = bytes(range(100, 148))
NOW_S = 1_800_000_000
LIFE_S = 3600


def token(number: int = 0, *, key: bytes = KEY, rooms: int = 1) -> str:
    claims = TokenClaims(
        user_id="ada",
        issued_at_s=NOW_S,
        expires_at_s=NOW_S + LIFE_S,
        nonce=f"{number:032x}",
        rooms={f"codexpro_project_{room}": "rw" for room in range(rooms)},
    )
    return sign_token(claims, key)


def legacy_token() -> str:
    return sign_legacy_token(7, KEY, expires_at_s=NOW_S + LIFE_S, nonce="3a" * 16)


def refusal(tokens: ShownTokens, shown: str, *, now_s: float) -> str:
    with pytest.raises(InvalidToken) as caught:
        tokens.verify(shown, now_s=now_s)
    return caught.value.slug


@pytest.mark.parametrize("shown", [token(), legacy_token()], ids=["jwt", "legacy"])
def test_a_token_says_the_same_the_second_time(shown: str) -> None:
    tokens = ShownTokens({"default": KEY})

    first, second = (tokens.verify(shown, now_s=NOW_S) for _ in range(2))

    assert first == verify_token(shown, {"default": KEY}, now_s=NOW_S)
    assert second is first
    assert len(tokens) == 1


@pytest.mark.parametrize("shown", [token(), legacy_token()], ids=["jwt", "legacy"])
def test_a_token_that_was_shown_ends_all_the_same_and_is_forgotten(shown: str) -> None:
    tokens = ShownTokens({"default": KEY})
    tokens.verify(shown, now_s=NOW_S + LIFE_S + LEEWAY_S)

    assert refusal(tokens, shown, now_s=NOW_S + LIFE_S + LEEWAY_S + 1) == "token_expired"
    assert len(tokens) == 0
    assert refusal(tokens, shown, now_s=NOW_S + LIFE_S + LEEWAY_S + 1) == "token_expired"


def test_a_clock_that_was_set_back_makes_a_shown_token_too_early() -> None:
    tokens = ShownTokens({"default": KEY})
    for shown in (token(), legacy_token()):
        tokens.verify(shown, now_s=NOW_S)

    assert refusal(tokens, token(), now_s=NOW_S - LEEWAY_S - 1) == "invalid_token"
    assert refusal(tokens, legacy_token(), now_s=NOW_S - MAX_LIFE_S) == "invalid_token"


@pytest.mark.parametrize(
    "shown",
    [
        token(key=OTHER_KEY),
        token()[:-4] + "AAAA",
        token() + "=",
        "",
        "nonsense",
        "e" * 100_000,
        "ey\N{CYRILLIC SMALL LETTER IE}J" + token()[4:],
        "\ud800",
    ],
    ids=["forged", "changed", "longer", "none", "no token", "endless", "foreign", "surrogate"],
)
def test_what_is_no_token_of_ours_is_refused_each_time_and_not_remembered(shown: str) -> None:
    tokens = ShownTokens({"default": KEY})
    tokens.verify(token(), now_s=NOW_S)

    slugs = {refusal(tokens, shown, now_s=NOW_S) for _ in range(2)}

    assert slugs == {"invalid_token" if shown else "token_required"}
    assert len(tokens) == 1


def test_new_keys_make_everything_forgotten() -> None:
    keys = {"default": KEY}
    tokens = ShownTokens(keys)
    tokens.verify(token(), now_s=NOW_S)

    keys["default"] = OTHER_KEY

    assert refusal(tokens, token(), now_s=NOW_S) == "invalid_token"
    assert tokens.verify(token(key=OTHER_KEY), now_s=NOW_S).user_id == "ada"
    assert len(tokens) == 1


def test_the_token_that_was_shown_last_longest_ago_goes_first() -> None:
    tokens = ShownTokens({"default": KEY}, most=2)
    first = tokens.verify(token(1), now_s=NOW_S)
    second = tokens.verify(token(2), now_s=NOW_S)
    tokens.verify(token(1), now_s=NOW_S)

    tokens.verify(token(3), now_s=NOW_S)

    assert len(tokens) == 2
    assert tokens.verify(token(1), now_s=NOW_S) is first
    assert tokens.verify(token(2), now_s=NOW_S) is not second


def test_long_tokens_are_remembered_up_to_so_many_bytes() -> None:
    long = [token(number, rooms=100) for number in range(5)]
    tokens = ShownTokens({"default": KEY}, most_bytes=3 * len(long[0]))

    for shown in long:
        tokens.verify(shown, now_s=NOW_S)

    assert len(tokens) == 3
