from app.model.idle import IDLE_AFTER_S, IdleWatch


def test_who_does_nothing_for_a_while_is_idle_until_something_is_done() -> None:
    watch = IdleWatch(10.0)
    before = watch.is_idle(10.0 + IDLE_AFTER_S - 1)
    idle = watch.is_idle(watch.due_s())

    watch.note(1000.0)

    assert (before, idle) == (False, True)
    assert not watch.is_idle(1001.0)
    assert watch.due_s() == 1000.0 + IDLE_AFTER_S
