import pytest

from collab_server.protocol.close_codes import CloseCode, is_terminal
from collab_server.protocol.errors import (
    BadEvent,
    ErrorCode,
    InvalidToken,
    MalformedUpdate,
    RemoteProtocolError,
)


def test_a_slug_is_the_codes_name_in_small_letters() -> None:
    assert ErrorCode.LIMIT_EXCEEDED.slug == "limit_exceeded"


def test_three_errors_are_temporary() -> None:
    assert [code for code in ErrorCode if code.temporary] == [1020, 1050, 1051]


def test_a_remote_error_closes_by_the_protocols_code_unless_it_says_otherwise() -> None:
    assert MalformedUpdate("x").close_code is CloseCode.PROTOCOL
    assert RemoteProtocolError("x", CloseCode.KICKED).close_code is CloseCode.KICKED
    assert str(MalformedUpdate("a reason")) == "a reason"


def test_a_refused_token_carries_its_error() -> None:
    error = InvalidToken("token_expired", "x")

    assert error.code is ErrorCode.TOKEN_EXPIRED
    assert error.slug == "token_expired"
    assert error.close_code is CloseCode.INVALID_TOKEN


def test_a_bad_event_carries_its_answer() -> None:
    error = BadEvent(ErrorCode.UNKNOWN_TYPE, "x", re=0)

    assert (error.code, error.re) == (ErrorCode.UNKNOWN_TYPE, 0)


@pytest.mark.parametrize(
    ("code", "main", "yjs"),
    [
        (1000, False, False),
        (1006, False, False),
        (1012, False, False),
        (4000, False, False),
        (4400, False, True),
        (4499, False, True),
        (4500, True, False),
        (4999, True, False),
        (5000, False, False),
    ],
)
def test_a_client_comes_back_unless_the_code_is_terminal(code: int, main: bool, yjs: bool) -> None:
    assert is_terminal(code) is main
    assert is_terminal(code, yjs=True) is yjs
