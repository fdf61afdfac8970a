"""Of a log with something bad in it, everything else is kept."""

import pytest

from collab_server.core import salvage
from collab_server.core.replicas import text_of
from collab_server.core.salvage import salvaged
from collab_server.core.views import ViewError
from collab_server.protocol.updates import EMPTY_UPDATE
from tests.support.writer import Writer

NO_UPDATE = b"\x01\x01\x01"


def test_of_a_good_log_nothing_is_lost() -> None:
    writer = Writer()
    log = [writer.insert(0, "x") for _ in range(250)]

    good, bad = salvaged(log)

    assert (text_of(good), bad) == ("x" * 250, [])


def test_what_is_no_update_is_left_out() -> None:
    writer = Writer()
    log = [writer.insert(0, "a"), NO_UPDATE, writer.insert(1, "b")]

    good, bad = salvaged(log)

    assert (text_of(good), bad) == ("ab", [1])


def test_what_stands_on_something_bad_is_left_out_too() -> None:
    ada, bob = Writer(), Writer()
    first, second = ada.insert(0, "a"), bob.insert(0, "b")
    bob.apply(first)
    after = bob.insert(1, "c")

    good, bad = salvaged([second, NO_UPDATE, after])

    assert (text_of(good), bad) == ("b", [1, 2])


def test_what_the_library_cannot_show_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(update: bytes) -> str:
        if "bad" in text_of(update):
            raise ViewError("panic")
        return ""

    monkeypatch.setattr(salvage, "text_of", shown)
    ada, bob = Writer(), Writer()

    good, bad = salvaged([ada.insert(0, "good"), bob.insert(0, "bad"), ada.insert(0, "more ")])

    assert (text_of(good), bad) == ("more good", [1])


def test_an_empty_log_is_an_empty_document() -> None:
    assert salvaged([]) == (EMPTY_UPDATE, [])
