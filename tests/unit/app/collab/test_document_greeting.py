import pytest

from app.collab.document_greeting import Greeting, Refusal, parse_stateless
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.limits import Limits


def test_a_greeting_says_which_history_and_what_right() -> None:
    text = '{"type":"document","epoch":"e1","perm":"rw"}'

    assert parse_stateless(text, Limits()) == Greeting("e1", is_writable=True)
    assert parse_stateless(text.replace("rw", "r"), Limits()) == Greeting("e1", is_writable=False)


def test_a_refusal_says_why() -> None:
    assert parse_stateless('{"type":"refused","reason":"foreign"}', Limits()) == Refusal("foreign")


@pytest.mark.parametrize(
    "text", ["[]", "1", '{"type":"beacon"}', '{"type":"refused"}', '{"type":"refused","reason":1}']
)
def test_what_is_for_others_is_nothing(text: str) -> None:
    assert parse_stateless(text, Limits()) is None


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        '{"type":"document"}',
        '{"type":"document","epoch":1,"perm":"r"}',
        '{"type":"document","epoch":"e"}',
        '{"type":"document","epoch":"' + "e" * 129 + '","perm":"r"}',
    ],
)
def test_what_breaks_the_protocol_is_told(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_stateless(text, Limits())
