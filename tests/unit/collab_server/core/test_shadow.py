"""A live document against what the store would give back."""

import pytest

from collab_server.core.compaction import merge_checked
from collab_server.core.shadow import Fault, compare
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.updates import encode_text, parse_update
from tests.support.writer import Writer

BAD = b"\x01\x01\x07\x00\x04\x01\x07content\x05cut"


def history() -> list[bytes]:
    writer = Writer()
    return [writer.insert(0, "one two"), writer.delete(0, 4), writer.insert(3, " three")]


def known_by(*updates: bytes) -> KnownState:
    known = KnownState()
    for update in updates:
        known.advance(parse_update(update))
    return known


def test_what_is_live_is_what_is_stored_however_it_is_merged() -> None:
    log = history()
    piece = merge_checked((), log[:2])

    found = compare(known_by(*log).digest(), log, [piece, log[2]])

    assert found.fault is Fault.NOWHERE


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ([BAD], "cannot be made a document of"),
        (history()[1:], "something is missing"),
    ],
    ids=["no update", "a hole"],
)
def test_a_log_of_which_no_document_can_be_made_is_at_fault(log: list[bytes], reason: str) -> None:
    found = compare(b"", [], log)

    assert found.fault is Fault.LOG
    assert reason in found.reason


def test_a_log_whose_merge_has_other_clocks_is_at_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    log = history()
    monkeypatch.setattr("collab_server.core.shadow.parse_state_vector", lambda _: {1: 1})

    found = compare(known_by(*log).digest(), log, log)

    assert found.fault is Fault.LOG
    assert "other clocks" in found.reason


def test_clocks_in_memory_that_are_not_those_stored_are_at_fault() -> None:
    log = history()

    found = compare(known_by(*log[:2]).digest(), log, log)

    assert found.fault is Fault.LIVE
    assert found.live == merge_checked((), log)


def test_another_text_in_memory_is_at_fault() -> None:
    log = [encode_text(7, "content", "stored")]
    live = [encode_text(7, "content", "rotten")]

    found = compare(known_by(*log).digest(), live, log)

    assert (found.fault, found.live) == (Fault.LIVE, live[0])
    assert "text in memory" in found.reason


def test_what_cannot_be_merged_in_memory_is_at_fault() -> None:
    log = history()

    found = compare(known_by(*log).digest(), [*log, BAD], log)

    assert (found.fault, found.live) == (Fault.LIVE, b"")
