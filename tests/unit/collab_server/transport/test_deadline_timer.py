from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from collab_server.transport.deadline_timer import AFTER_A_BUG_S, SOONEST_S, DeadlineTimer


@dataclass
class _Handle:
    call: Callable[[], None]
    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True


@dataclass
class _Loop:
    """What of an event loop a timer needs, with a clock that stands still."""

    now_s: float = 100.0
    delays_s: list[float] = field(default_factory=list)
    handles: list[_Handle] = field(default_factory=list)

    def call_later(self, delay_s: float, call: Callable[[], None]) -> _Handle:
        self.delays_s.append(delay_s)
        self.handles.append(_Handle(call))
        return self.handles[-1]


class _Hub:
    """Something with a deadline, that may have a bug."""

    def __init__(self, due_s: float, *, works: bool = True) -> None:
        self.loop = _Loop()
        self.due_s = due_s
        self.works = works
        self.ticks_s: list[float] = []
        self.timer = DeadlineTimer(
            self.loop,  # pyright: ignore[reportArgumentType]
            lambda: self.loop.now_s,
            tick=self._tick,
            after_tick=lambda: self.timer.arm(self.due_s),
        )
        self.timer.arm(due_s)

    def _tick(self, now_s: float) -> bool:
        self.ticks_s.append(now_s)
        return self.works


def test_it_waits_until_the_deadline() -> None:
    hub = _Hub(due_s=107.5)

    assert hub.loop.delays_s == [7.5]


def test_armed_with_the_same_deadline_it_goes_on_waiting() -> None:
    hub = _Hub(due_s=107.5)

    hub.timer.arm(107.5)

    assert hub.loop.delays_s == [7.5]


def test_armed_with_another_it_forgets_the_first() -> None:
    hub = _Hub(due_s=107.5)

    hub.timer.arm(101.0)

    assert [handle.is_cancelled for handle in hub.loop.handles] == [True, False]
    assert hub.loop.delays_s == [7.5, 1.0]


def test_armed_with_nothing_it_waits_for_nothing() -> None:
    hub = _Hub(due_s=107.5)

    hub.timer.arm(None)

    assert [handle.is_cancelled for handle in hub.loop.handles] == [True]


def test_woken_a_moment_early_it_says_that_the_time_is_up() -> None:
    hub = _Hub(due_s=107.5)
    hub.loop.now_s = 107.4996

    hub.loop.handles[0].call()

    assert hub.ticks_s == [107.5]


@pytest.mark.parametrize(
    ("works", "delay_s"), [(True, SOONEST_S), (False, AFTER_A_BUG_S)], ids=["works", "has a bug"]
)
def test_what_stays_due_does_not_make_it_spin(works: bool, delay_s: float) -> None:
    hub = _Hub(due_s=99.0, works=works)

    hub.loop.handles[0].call()

    assert hub.loop.delays_s[1] == pytest.approx(delay_s)
