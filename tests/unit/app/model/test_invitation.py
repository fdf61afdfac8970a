"""An invitation as it is shown before one joins."""

import pytest

from app.model.invitation import hours_and_minutes


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, (0, 1)), (0, (0, 1)), (59, (0, 1)), (120, (0, 2)), (3600, (1, 0)), (86_399, (23, 59))],
)
def test_a_time_is_said_in_hours_and_minutes(seconds: int, shown: tuple[int, int]) -> None:
    assert hours_and_minutes(seconds) == shown
