"""Going back and forth."""

from app.model.positions import MOST_POSITIONS, NEAR_LINES, Position, PositionHistory

A, FAR_A, B = Position("a", 0, 0), Position("a", 50, 900), Position("b", 3, 20)


def visited(*positions: Position) -> PositionHistory:
    history = PositionHistory()
    for position in positions:
        history.visit(position)
    return history


def test_there_is_no_way_back_from_the_first_position() -> None:
    assert visited(A).back() is None
    assert PositionHistory().forward() is None


def test_back_and_forward_go_through_what_was_visited() -> None:
    history = visited(A, FAR_A, B)

    assert [history.back(), history.back(), history.back()] == [FAR_A, A, None]
    assert [history.forward(), history.forward(), history.forward()] == [FAR_A, B, None]


def test_small_steps_are_no_positions_of_their_own() -> None:
    near = Position("a", NEAR_LINES - 1, 90)

    history = visited(A, near, B)

    assert [history.back(), history.back()] == [near, None]


def test_going_elsewhere_forgets_the_way_forward() -> None:
    history = visited(A, FAR_A)
    history.back()

    history.visit(B)

    assert history.forward() is None
    assert history.back() == A


def test_arriving_is_no_new_position() -> None:
    history = visited(A, FAR_A, B)

    arrived = history.back()
    assert arrived is not None
    history.visit(arrived)

    assert history.can_go_forward


def test_old_positions_are_forgotten() -> None:
    history = visited(*[Position(str(number), 0, 0) for number in range(MOST_POSITIONS + 5)])

    steps = sum(1 for _ in iter(history.back, None))

    assert steps == MOST_POSITIONS - 1


def test_a_text_that_is_gone_is_forgotten() -> None:
    history = visited(A, B, FAR_A)

    history.forget("b")

    assert history.back() == A
    history.forget("a")
    assert not history.can_go_back
    assert not history.can_go_forward


def test_forgetting_the_present_position_leaves_the_newest_one() -> None:
    history = visited(A, B)

    history.forget("b")

    assert history.back() is None
