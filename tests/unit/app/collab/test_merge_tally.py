from app.collab.merge_tally import MergeTally
from app.model.outage import MergeReport
from app.model.text_edit import TextEdit

ANA, BEN = 7, 8
NAMES = {ANA: "Ana", BEN: "Ben"}


def counting() -> MergeTally:
    tally = MergeTally()
    tally.begin()
    return tally


def test_changes_of_others_are_counted_with_their_names() -> None:
    tally = counting()

    tally.note([TextEdit(10, 0, "a"), TextEdit(20, 1, "")], {BEN}, is_own=False)
    tally.note([TextEdit(4, 0, "b")], {ANA}, is_own=False)

    assert tally.end(NAMES) == MergeReport(3, ("Ana", "Ben"), 4)


def test_own_changes_move_the_place_and_count_for_nothing() -> None:
    tally = counting()
    tally.note([TextEdit(9, 0, "own")], {1}, is_own=True)
    tally.note([TextEdit(10, 0, "a")], {ANA}, is_own=False)

    tally.note([TextEdit(0, 0, "own ")], {1}, is_own=True)

    assert tally.end(NAMES) == MergeReport(1, ("Ana",), 14)


def test_who_is_not_known_has_no_name() -> None:
    tally = counting()

    tally.note([TextEdit(0, 0, "a")], {99}, is_own=False)
    tally.note([TextEdit(5, 0, "a")], {99}, is_own=False)

    assert tally.end(NAMES) == MergeReport(2, (), 0)


def test_of_nothing_nothing_is_told() -> None:
    tally = counting()
    tally.note([], {ANA}, is_own=False)
    tally.note([TextEdit(0, 0, "own")], set(), is_own=True)

    assert tally.end(NAMES) is None
    assert not tally.is_on


def test_a_count_that_is_on_goes_on_and_the_next_begins_at_nothing() -> None:
    tally = counting()
    tally.note([TextEdit(0, 0, "a")], {ANA}, is_own=False)

    tally.begin()
    assert tally.end(NAMES) == MergeReport(1, ("Ana",), 0)
    tally.note([TextEdit(0, 0, "a")], {ANA}, is_own=False)
    tally.begin()

    assert tally.end(NAMES) is None
