"""Who may use the API."""

import pytest

from collab_server.admin.gate import (
    LEEWAY_S,
    MOST_NONCES,
    Asked,
    Gate,
    Unauthorized,
    is_forwarded,
)
from collab_server.protocol.request_signatures import signature_of

KEY = b"a key of tests, which is long enough"
NOW_S = 1_800_000_000.5
BODY = b'{"room":"chat_x","message":"hi"}'


def asked(headers: dict[str, str], **other: object) -> Asked:
    values: dict[str, object] = {"method": "POST", "target": "/broadcast", "body": BODY}
    return Asked(headers=headers, **(values | other))  # pyright: ignore[reportArgumentType]


def signature(made_s: int = int(NOW_S), nonce: str = "nonce-of-tests", key: bytes = KEY) -> str:
    return signature_of(key, made_s, nonce, method="POST", target="/broadcast", body=BODY)


def gate(started_s: float = NOW_S - 3600) -> Gate:
    return Gate(KEY, started_s=started_s)


def refusal(gate: Gate, request: Asked, now_s: float = NOW_S) -> str:
    with pytest.raises(Unauthorized) as caught:
        gate.check(request, now_s)
    return str(caught.value)


def test_the_key_lets_in_again_and_again() -> None:
    open_gate = gate()

    for _ in range(2):
        open_gate.check(asked({"x-api-key": KEY.decode()}), NOW_S)


@pytest.mark.parametrize("shown", ["", "wrong", KEY.decode()[:-1], KEY.decode() + "x", "é" * 40])
def test_another_key_does_not(shown: str) -> None:
    assert refusal(gate(), asked({"x-api-key": shown})) == "The API key is wrong."


def test_nothing_does_not() -> None:
    assert refusal(gate(), asked({})).startswith("Show the API key")


def test_without_a_key_nobody_comes_in() -> None:
    shut = Gate(None, started_s=NOW_S)

    assert refusal(shut, asked({"x-api-key": ""})).startswith("The API is shut")


def test_a_wrong_key_is_not_made_good_by_a_signature() -> None:
    headers = {"x-api-key": "wrong", "x-collab-signature": signature()}

    assert refusal(gate(), asked(headers)) == "The API key is wrong."


def test_a_signature_lets_in_once() -> None:
    open_gate = gate()
    request = asked({"x-collab-signature": signature()})
    open_gate.check(request, NOW_S)

    assert "has been used" in refusal(open_gate, request)


@pytest.mark.parametrize(
    "other",
    [
        {"method": "PUT"},
        {"target": "/api/revoke"},
        {"target": "/broadcast?x=1"},
        {"body": BODY + b" "},
        {"body": b""},
    ],
)
def test_a_signature_is_good_for_its_request_only(other: dict[str, object]) -> None:
    request = asked({"x-collab-signature": signature()}, **other)

    assert refusal(gate(), request) == "The signature is wrong."


@pytest.mark.parametrize("drift_s", [-LEEWAY_S - 2, LEEWAY_S + 2])
def test_an_old_signature_and_one_of_the_future_do_not(drift_s: int) -> None:
    request = asked({"x-collab-signature": signature(int(NOW_S) + drift_s)})

    assert "too old" in refusal(gate(), request)


@pytest.mark.parametrize("drift_s", [1 - LEEWAY_S, -30, 30, LEEWAY_S])
def test_clocks_may_differ_a_little(drift_s: int) -> None:
    gate().check(asked({"x-collab-signature": signature(int(NOW_S) + drift_s)}), NOW_S)


def test_a_restart_lets_nothing_be_replayed() -> None:
    request = asked({"x-collab-signature": signature(int(NOW_S) - 5)})

    assert "before the server started" in refusal(gate(started_s=NOW_S - 2), request)


def test_a_wrong_signature_uses_up_no_nonce() -> None:
    open_gate = gate()
    refusal(open_gate, asked({"x-collab-signature": signature(key=b"another")}))

    open_gate.check(asked({"x-collab-signature": signature()}), NOW_S)


@pytest.mark.parametrize(
    "text",
    ["", "t=1", "t=x,n=nonce123,v1=" + "0" * 64, "t=1,n=short,v1=" + "0" * 64, "v1=" + "0" * 64],
)
def test_what_is_no_signature_is_refused(text: str) -> None:
    assert "must be t=SECONDS" in refusal(gate(), asked({"x-collab-signature": text}))


def test_nonces_are_bounded_and_forgotten_when_their_time_is_over() -> None:
    open_gate = gate()
    for number in range(MOST_NONCES):
        header = {"x-collab-signature": signature(nonce=f"nonce-{number:06}")}
        open_gate.check(asked(header), NOW_S)

    one_more = asked({"x-collab-signature": signature(nonce="one-too-many")})
    assert "Too many" in refusal(open_gate, one_more)

    later_s = NOW_S + LEEWAY_S + 1
    late = signature(int(later_s), nonce="nonce-000000")
    open_gate.check(asked({"x-collab-signature": late}), later_s)


@pytest.mark.parametrize("header", ["forwarded", "via", "x-forwarded-for", "x-real-ip"])
def test_a_request_that_came_by_a_proxy_is_told_by_its_headers(header: str) -> None:
    assert is_forwarded({header: "203.0.113.7"})
    assert not is_forwarded({"x-api-key": "x"})
