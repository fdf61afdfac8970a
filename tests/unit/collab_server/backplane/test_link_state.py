"""Gaps of a link are counted, and tries are spread."""

from collab_server.backplane.link_state import FIRST_S, LONGEST_S, LinkState


def test_coming_up_for_the_first_time_ends_no_gap() -> None:
    link = LinkState("pubsub")

    assert link.went_down(1.0) is False  # it never was up
    assert link.came_up(5.0) is None
    assert (link.is_up, link.gaps, link.gap_s) == (True, 0, 0.0)


def test_a_gap_is_counted_once_and_measured_when_it_ends() -> None:
    link = LinkState("pubsub")
    link.came_up(0.0)

    assert link.went_down(10.0) is True
    assert link.went_down(11.0) is False
    assert (link.is_up, link.gaps) == (False, 1)
    assert link.came_up(13.5) == 3.5
    assert link.came_up(14.0) is None
    assert link.gap_s == 3.5


def test_waits_double_up_to_a_limit_and_start_anew_when_it_was_up() -> None:
    link = LinkState("stream")

    waits = [link.next_wait_s(lambda: 1.0) for _ in range(12)]

    assert waits[:3] == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S]
    assert waits[-1] == LONGEST_S
    link.came_up(0.0)
    assert link.next_wait_s(lambda: 0.5) == FIRST_S / 2
