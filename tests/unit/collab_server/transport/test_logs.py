import logging

import pytest

from collab_server.transport.logs import FORMAT, OneLine


def line_of(message: str, error: BaseException | None = None) -> str:
    told = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("server", logging.ERROR, "x.py", 1, message, None, told)
    return OneLine(FORMAT).format(record)


@pytest.mark.parametrize("message", ["two\nlines", "two\r\nlines"])
def test_an_event_stays_on_its_line(message: str) -> None:
    assert "two\\" in line_of(message)
    assert line_of(message).splitlines() == [line_of(message)]


def test_a_traceback_stays_on_the_line_of_its_event() -> None:
    try:
        raise ValueError("what happened")
    except ValueError as error:
        line = line_of("broke", error)

    assert "\n" not in line
    assert "ValueError: what happened" in line
