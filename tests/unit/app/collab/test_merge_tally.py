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

    assert tally.end(NAMES) == MergeReport(3, ("Ana", "Ben"), ((4, 5), (11, 12), (22, 22)))


def test_own_changes_move_the_place_and_count_for_nothing() -> None:
    tally = counting()
    tally.note([TextEdit(9, 0, "own")], {1}, is_own=True)
    tally.note([TextEdit(10, 0, "a")], {ANA}, is_own=False)

    tally.note([TextEdit(0, 0, "own ")], {1}, is_own=True)

    assert tally.end(NAMES) == MergeReport(1, ("Ana",), ((14, 15),))


def test_who_is_not_known_has_no_name() -> None:
    tally = counting()

    tally.note([TextEdit(0, 0, "a")], {99}, is_own=False)
    tally.note([TextEdit(5, 0, "a")], {99}, is_own=False)

    assert tally.end(NAMES) == MergeReport(2, (), ((0, 1), (5, 6)))


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
    assert tally.end(NAMES) == MergeReport(1, ("Ana",), ((0, 1),))
    tally.note([TextEdit(0, 0, "a")], {ANA}, is_own=False)
    tally.begin()

    assert tally.end(NAMES) is None


def test_a_word_that_comes_letter_by_letter_is_one_place() -> None:
    tally = counting()

    for offset, letter in enumerate("wörd😀"):
        tally.note([TextEdit(3 + offset, 0, letter)], {ANA}, is_own=False)

    assert tally.end(NAMES) == MergeReport(5, ("Ana",), ((3, 9),))


def test_places_follow_what_is_changed_before_between_and_inside_them() -> None:
    tally = counting()
    tally.note([TextEdit(10, 0, "abcd"), TextEdit(20, 0, "ef")], {ANA}, is_own=False)

    tally.note([TextEdit(0, 2, ""), TextEdit(12, 0, "--"), TextEdit(20, 0, "!")], {1}, is_own=True)

    assert tally.end(NAMES) == MergeReport(2, ("Ana",), ((8, 14), (25, 27)))


def test_a_place_that_is_deleted_again_stays_where_it_was() -> None:
    tally = counting()
    tally.note([TextEdit(10, 0, "abcd")], {ANA}, is_own=False)

    tally.note([TextEdit(5, 12, "")], {1}, is_own=True)

    assert tally.end(NAMES) == MergeReport(1, ("Ana",), ((5, 5),))


def test_more_places_than_anybody_looks_through_end_in_one() -> None:
    tally = counting()

    for line in range(300):
        tally.note([TextEdit(line * 10, 0, "x")], {ANA}, is_own=False)

    report = tally.end(NAMES)
    assert report is not None
    assert len(report.places) == 200
    assert report.places[198:] == ((1980, 1981), (1990, 2991))
