import pytest

from app.model.prefix_sums import PrefixSums


@pytest.mark.parametrize(
    ("offset", "found"),
    [(0, (0, 0)), (2, (0, 2)), (3, (1, 0)), (4, (2, 0)), (8, (3, 0)), (13, (4, 4)), (14, (4, 5))],
)
def test_an_offset_is_found_in_the_length_it_falls_into(offset: int, found: tuple) -> None:
    assert PrefixSums([3, 1, 4, 1, 5]).find(offset) == found


def test_sums_follow_a_changed_length() -> None:
    sums = PrefixSums([3, 1, 4, 1, 5])

    sums.add(2, 6)

    assert [sums.before(index) for index in range(6)] == [0, 3, 4, 14, 15, 20]
    assert sums.total == 20


def test_lengths_can_be_put_in_the_place_of_others() -> None:
    sums = PrefixSums([3, 1, 4, 1, 5])

    sums.replace(1, 3, [7, 7, 7])

    assert [sums.before(index) for index in range(7)] == [0, 3, 10, 17, 24, 25, 30]
    assert sums.find(24) == (4, 0)
