from app.model.toasts import AFTER_HOVER_S, MOST_AT_ONCE, SHOWN_S, Toasts


def shown(toasts: Toasts) -> list[str]:
    return [toast.text for toast in toasts.shown]


def filled(count: int) -> Toasts:
    toasts = Toasts()
    for number in range(count):
        toasts.add("", f"{number}", float(number))
    return toasts


def test_three_are_shown_and_the_next_waits_for_room() -> None:
    toasts = filled(4)
    at_first = shown(toasts)

    toasts.tick(SHOWN_S)

    assert at_first == ["0", "1", "2"]
    assert shown(toasts) == ["1", "2", "3"]
    assert len(toasts.shown) == MOST_AT_ONCE


def test_one_that_is_looked_at_stays_and_a_little_longer() -> None:
    toasts = filled(1)
    toasts.hover(1, 1.0)
    while_hovered = toasts.due_s()
    toasts.tick(100.0)
    stays = shown(toasts)

    toasts.hover(None, 100.0)

    assert while_hovered is None
    assert stays == ["0"]
    assert toasts.due_s() == 100.0 + AFTER_HOVER_S


def test_one_that_was_looked_at_early_keeps_its_time() -> None:
    toasts = filled(1)
    toasts.hover(1, 0.5)

    toasts.hover(None, 1.0)

    assert toasts.due_s() == SHOWN_S


def test_one_can_be_taken_away() -> None:
    toasts = filled(4)
    toasts.hover(1, 1.0)

    toasts.dismiss(1, 2.0)
    toasts.dismiss(99, 2.0)

    assert shown(toasts) == ["1", "2", "3"]
    assert toasts.due_s() == 1.0 + SHOWN_S


def test_all_can_be_taken_away_those_that_wait_too() -> None:
    toasts = filled(5)

    toasts.clear()

    assert shown(toasts) == []
    assert toasts.due_s() is None
