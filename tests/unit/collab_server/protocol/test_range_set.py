import itertools
import random

import pytest

from collab_server.protocol.range_set import BLOCK, RangeSet, Runs
from tests.seeds import seeds

MANY: Runs = [(3 * at, 3 * at + 2) for at in range(4 * BLOCK)]


def numbers(ranges: Runs) -> set[int]:
    return {number for low, high in ranges for number in range(low, high)}


def test_it_holds_what_it_was_made_of() -> None:
    assert list(RangeSet(MANY)) == MANY
    assert list(RangeSet([])) == []


def test_the_first_range_of_an_empty_set() -> None:
    ranges = RangeSet([])

    ranges.add([(3, 5), (4, 9)])

    assert list(ranges) == [(3, 9)]


@pytest.mark.parametrize(
    ("asked", "is_covered"),
    [
        pytest.param([], True, id="nothing"),
        pytest.param([(3, 5)], True, id="one of them"),
        pytest.param([(3, 4), (3 * BLOCK, 3 * BLOCK + 2)], True, id="in two blocks"),
        pytest.param([(3, 6)], False, id="a gap in it"),
        pytest.param([(5, 6)], False, id="a gap"),
        pytest.param([(12 * BLOCK, 12 * BLOCK + 1)], False, id="behind the last"),
    ],
)
def test_what_is_covered(asked: Runs, is_covered: bool) -> None:
    assert RangeSet(MANY).covers(asked) is is_covered


def test_what_stands_before_the_first_is_not_covered() -> None:
    assert not RangeSet([(5, 6)]).covers([(4, 6)])
    assert not RangeSet([]).covers([(4, 6)])


def test_a_range_over_many_blocks_replaces_them() -> None:
    ranges = RangeSet(MANY)

    ranges.add([(1, 3 * 3 * BLOCK)])

    assert list(ranges) == [(0, 3 * 3 * BLOCK + 2), *MANY[3 * BLOCK + 1 :]]


def test_a_copy_goes_its_own_way() -> None:
    ranges = RangeSet([(0, 1)])
    copy = ranges.copy()

    copy.add([(1, 2)])
    ranges.add([(5, 6)])

    assert (list(ranges), list(copy)) == ([(0, 1), (5, 6)], [(0, 2)])


@pytest.mark.parametrize("seed", seeds(40))
def test_it_is_the_set_of_its_numbers(seed: int) -> None:
    chance = random.Random(seed)
    ranges = RangeSet(MANY[: chance.randrange(len(MANY))])
    expected = numbers(list(ranges))

    for _ in range(800):
        low = chance.randrange(13 * BLOCK)
        high = low + chance.choice((1, 1, 2, 5, 700))
        ranges.add([(low, high)])
        expected |= numbers([(low, high)])

    runs = list(ranges)
    assert numbers(runs) == expected
    assert all(one[1] < other[0] for one, other in itertools.pairwise(runs))
    assert ranges.covers(runs)
