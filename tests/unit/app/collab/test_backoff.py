import pytest

from app.collab.backoff import Backoff


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff(lambda: 1.0)

    waits = [backoff.next_wait_s() for _ in range(9)]

    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_wait_may_be_anything_below_its_limit() -> None:
    assert Backoff(lambda: 0.0).next_wait_s() == 0
    assert Backoff(lambda: 0.5, first_s=4.0).next_wait_s() == 2


def test_after_a_reset_the_waits_are_short_again() -> None:
    backoff = Backoff(lambda: 1.0)
    backoff.next_wait_s()
    backoff.next_wait_s()

    backoff.reset()

    assert backoff.next_wait_s() == 0.5


@pytest.mark.parametrize(("asked", "wait"), [(2.0, 1.0), (-1.0, 0.0), (1e9, 15.0)])
def test_a_server_s_spread_is_kept_within_bounds(asked: float, wait: float) -> None:
    assert Backoff(lambda: 0.5).spread_s(asked) == wait
