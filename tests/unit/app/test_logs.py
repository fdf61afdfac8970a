"""What the app writes down of an error: its kind and place, never what was at hand."""

import io
import logging
from collections.abc import Iterator

import pytest

from app.logs import Line
from tests.planted import PLANTED, PLANTED_TOKEN, fail_with

pytestmark = pytest.mark.allow_warnings


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Line())
    logger = logging.getLogger("app.main")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


@pytest.mark.parametrize("kind", [ValueError, KeyError, RuntimeError, AssertionError])
def test_of_an_error_only_its_kind_and_place_are_written(
    written: io.StringIO, kind: type[Exception]
) -> None:
    try:
        fail_with(kind)
    except kind:
        logging.getLogger("app.main").exception("an error that nobody expected")

    text = written.getvalue()
    assert not any(secret in text for secret in PLANTED)
    assert f"{kind.__name__} ← {kind.__name__}" in text
    assert "planted.py" in text
    assert "fail_with" in text


def test_a_token_in_a_message_is_cut_out(written: io.StringIO) -> None:
    logging.getLogger("app.main").warning("signing in with %s failed", PLANTED_TOKEN)

    assert PLANTED_TOKEN not in written.getvalue()
    assert "signing in with eyJ… failed" in written.getvalue()
