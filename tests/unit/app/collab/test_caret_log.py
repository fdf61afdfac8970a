import base64

import pytest

from app.collab.caret_log import CaretLog, WireCaret, caret_from_wire, caret_to_wire
from app.model.text_edit import Selection, TextEdit

ADA, GRACE, EDSGER = 1, 2, 3


def insert(at: int, text: str) -> list[TextEdit]:
    return [TextEdit(at, 0, text)]


def delete(at: int, count: int) -> list[TextEdit]:
    return [TextEdit(at, count, "")]


def caret(at: int, length: int, state: dict[int, int] | None) -> WireCaret:
    return WireCaret(Selection(at, at), length, state)


def test_a_caret_moves_over_what_its_author_had_not_seen() -> None:
    log = CaretLog()
    log.note({GRACE: 10}, 0, insert(0, "x" * 10), is_own=False)
    log.note({ADA: 3}, 0, insert(2, "new"), is_own=True)

    found = log.rebase(caret(5, 10, {GRACE: 10}), {GRACE: 10, ADA: 3}, 13)

    assert found == Selection(8, 8)


def test_a_caret_that_has_seen_everything_stays() -> None:
    log = CaretLog()
    log.note({ADA: 3}, 0, insert(2, "new"), is_own=True)

    assert log.rebase(caret(5, 13, {ADA: 3}), {ADA: 3}, 13) == Selection(5, 5)


def test_a_caret_in_text_that_has_not_arrived_cannot_be_told_yet() -> None:
    assert CaretLog().rebase(caret(1, 5, {GRACE: 5}), {GRACE: 4}, 4) is None


def test_a_caret_from_before_the_oldest_change_cannot_be_told() -> None:
    log = CaretLog()
    for clock in range(300):
        log.note({ADA: clock + 1}, 0, insert(0, "x"), is_own=True)

    assert log.rebase(caret(0, 10, {ADA: 10}), {ADA: 300}, 300) is None
    assert log.rebase(caret(0, 100, {ADA: 100}), {ADA: 300}, 300) == Selection(0, 0)


def test_after_a_restart_only_later_changes_count() -> None:
    log = CaretLog()
    log.restart({ADA: 5})

    assert log.rebase(caret(1, 4, {ADA: 4}), {ADA: 5}, 5) is None
    assert log.rebase(caret(1, 5, {ADA: 5}), {ADA: 5}, 5) == Selection(1, 1)


def test_a_change_seen_by_half_makes_the_caret_unknown() -> None:
    log = CaretLog()
    log.note({ADA: 1, GRACE: 1}, 0, insert(0, "xy"), is_own=False)

    assert log.rebase(caret(0, 1, {ADA: 1}), {ADA: 1, GRACE: 1}, 2) is None


def test_a_deletion_made_here_is_told_from_the_lengths() -> None:
    state = {GRACE: 10}
    log = CaretLog()
    log.note(state, 0, insert(0, "x" * 10), is_own=False)
    log.note({}, 4, delete(0, 4), is_own=True)

    assert log.rebase(caret(8, 10, state), state, 6) == Selection(4, 4)
    assert log.rebase(caret(4, 6, state), state, 6) == Selection(4, 4)


def test_of_two_deletions_the_one_made_here_was_not_seen() -> None:
    state = {GRACE: 10}
    log = CaretLog()
    log.note(state, 0, insert(0, "x" * 10), is_own=False)
    log.note({}, 2, delete(0, 2), is_own=True)
    log.note({}, 2, delete(6, 2), is_own=False)

    # Its author has eight characters: the last two are gone, the first two are not.
    assert log.rebase(caret(8, 8, state), state, 6) == Selection(6, 6)


def test_an_unseen_change_is_moved_behind_what_was_seen_after_it() -> None:
    log = CaretLog()
    log.note({GRACE: 10}, 0, insert(0, "x" * 10), is_own=False)
    log.note({ADA: 1}, 0, insert(5, "u"), is_own=True)
    log.note({GRACE: 13}, 0, insert(0, "see"), is_own=False)

    found = [log.rebase(caret(at, 13, {GRACE: 13}), {GRACE: 13, ADA: 1}, 14) for at in (7, 8, 9)]

    assert found == [Selection(7, 7), Selection(8, 8), Selection(10, 10)]


def test_a_caret_beyond_the_text_is_not_shown_at_its_end() -> None:
    assert CaretLog().rebase(caret(9, 9, None), {ADA: 3}, 3) is None


def test_without_a_state_a_caret_is_taken_as_it_is() -> None:
    assert CaretLog().rebase(caret(2, 9, None), {ADA: 3}, 3) == Selection(2, 2)


def test_a_caret_comes_back_from_the_wire_as_it_was() -> None:
    wire = caret_to_wire(Selection(3, 1), {ADA: 7, 2**53 - 1: 9}, 16)

    assert caret_from_wire(wire) == WireCaret(Selection(3, 1), 16, {ADA: 7, 2**53 - 1: 9})


def test_a_state_of_very_many_authors_is_not_sent() -> None:
    wire = caret_to_wire(Selection(0, 0), dict.fromkeys(range(2**40, 2**40 + 1000), 5), 5000)

    assert "state" not in wire
    assert caret_from_wire(wire) == WireCaret(Selection(0, 0), 5000, None)


GOOD = {"anchor_utf16": 1, "head_utf16": 2, "length_utf16": 3, "state": "AA=="}


@pytest.mark.parametrize(
    "wire",
    [
        None,
        "text",
        {},
        {**GOOD, "anchor_utf16": -1},
        {**GOOD, "head_utf16": 1.5},
        {**GOOD, "head_utf16": True},
        {**GOOD, "length_utf16": 2**31},
        {**GOOD, "length_utf16": 1},
        {**GOOD, "state": 7},
        {**GOOD, "state": "no base64!"},
        {**GOOD, "state": base64.b64encode(b"\xff").decode()},
        {**GOOD, "state": "A" * 5000},
        {"type": "relative", "anchor": {"client": 1, "clock": 2}},
    ],
)
def test_a_caret_of_another_kind_is_none(wire: object) -> None:
    assert caret_from_wire(GOOD) is not None
    assert caret_from_wire(wire) is None
