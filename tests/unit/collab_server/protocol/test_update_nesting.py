"""How deep types stand in each other when many updates nest them."""

import pytest

from collab_server.protocol.errors import MalformedUpdate
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.updates import parse_update
from tests.unit.collab_server.protocol.update_bytes import (
    block,
    gc,
    identity,
    item,
    one,
    text,
    update,
    var,
)

ARRAY = var(0)


def root_array() -> bytes:
    return item(7, ARRAY)


def array_in(author: int, clock: int) -> bytes:
    return b"\x07\x00" + identity(author, clock) + ARRAY


def array_after(author: int, clock: int) -> bytes:
    return b"\x87" + identity(author, clock) + ARRAY


def array_between(left: tuple[int, int], right: tuple[int, int]) -> bytes:
    return b"\xc7" + identity(*left) + identity(*right) + ARRAY


def take(known: KnownState, *updates: bytes) -> KnownState:
    for raw in updates:
        summary = parse_update(raw)
        known.measure(raw, summary)
        known.advance(summary)
    return known


def nest(depth: int, author: int = 7) -> KnownState:
    """Return a document of arrays in arrays, each by an update of its own."""
    known = take(KnownState(), one(root_array(), author=author))
    for at in range(depth - 1):
        take(known, one(array_in(author, at), author=author, clock=at + 1))
    return known


def test_a_text_without_nested_types_keeps_nothing() -> None:
    known = take(KnownState(), one(item(4, text("a"))), one(root_array(), author=2))

    assert not known.types
    assert known.types.places == {}


def test_types_may_stand_sixteen_deep_and_no_deeper_update_by_update() -> None:
    known = nest(16)

    with pytest.raises(MalformedUpdate):
        take(known, one(array_in(7, 15), author=7, clock=16))

    assert known.state == {7: 16}


def test_another_author_gets_no_deeper() -> None:
    known = nest(16)

    with pytest.raises(MalformedUpdate):
        take(known, one(array_in(7, 15), author=8))


def test_beside_a_type_means_as_deep_as_that() -> None:
    known = nest(16)

    take(known, one(array_after(7, 15), author=8), one(array_after(8, 0), author=9))

    assert known.types.around((9, 0)) == 15
    with pytest.raises(MalformedUpdate):
        take(known, one(array_in(9, 0), author=9, clock=1))


def test_of_two_neighbours_the_deeper_counts() -> None:
    known = take(nest(16), one(root_array(), author=8))

    take(known, one(array_between((8, 0), (7, 15)), author=9))

    assert known.types.around((9, 0)) == 15


def test_what_the_document_has_counts_whatever_is_repeated_of_it() -> None:
    known = nest(16)
    lie = update(
        block(7, 0, *[root_array()] * 16),
        block(9, 0, array_in(7, 15)),
    )

    with pytest.raises(MalformedUpdate):
        take(known, lie)


def test_a_struct_that_is_known_in_part_goes_on_where_its_beginning_stands() -> None:
    known = take(nest(3), one(b"\x04\x00" + identity(7, 2) + text("ab"), author=8))

    take(known, one(item(4, text("abcd")), author=8))

    assert known.state[8] == 4
    assert known.types.around((8, 3)) == 3


def test_typing_on_in_one_place_changes_nothing_that_is_kept() -> None:
    known = take(nest(3), one(b"\x04\x00" + identity(7, 2) + text("a"), author=8))
    version, places = known.types.version, known.types.places

    for clock in range(1, 50):
        take(known, one(b"\x84" + identity(8, clock - 1) + text("a"), author=8, clock=clock))

    assert (known.types.version, known.types.places) == (version, places)


def test_an_author_who_comes_back_to_a_root_stands_in_a_root() -> None:
    known = take(nest(2), one(item(4, text("a")), author=7, clock=2))

    assert [known.types.around((7, clock)) for clock in range(3)] == [0, 1, 0]


def test_a_struct_before_the_first_that_is_kept_stands_in_a_root() -> None:
    known = take(
        KnownState(),
        one(root_array(), author=7),
        one(array_in(7, 0), author=7, clock=1),
        one(root_array(), author=8),
        one(array_in(7, 1), author=8, clock=1),
    )

    assert [known.types.around((8, clock)) for clock in range(2)] == [0, 2]


def test_what_was_thrown_away_stands_nowhere() -> None:
    known = take(nest(16), one(gc(3), author=8))

    take(known, one(array_after(8, 2), author=9))

    assert known.types.around((9, 0)) == 0


def test_measures_are_read_back() -> None:
    known = take(nest(5), one(array_after(7, 3), author=2**53 - 1))

    again = KnownState.from_measures(known.measures())

    assert again.state == known.state
    assert again.types.places == known.types.places


def test_a_copy_goes_its_own_way() -> None:
    known = nest(5)
    copy = known.copy()

    take(copy, one(array_after(7, 3), author=8))

    assert known.types.around((8, 0)) == 0
    assert copy.types.around((8, 0)) == 3


def test_authors_whose_blocks_stand_in_any_order_are_measured() -> None:
    known = take(
        KnownState(),
        update(
            block(9, 0, array_in(8, 0), array_in(9, 0)),
            block(8, 0, array_in(7, 0)),
            block(7, 0, root_array()),
        ),
    )

    assert [known.types.around(struct) for struct in ((7, 0), (8, 0), (9, 0), (9, 1))] == [
        0,
        1,
        2,
        3,
    ]
