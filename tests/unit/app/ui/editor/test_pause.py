"""A pause is told once, after the last touch and not before."""

from PySide6.QtCore import QObject

from app.ui.editor.pause import Pause


def test_a_pause_is_told_once_after_the_last_touch(qtbot) -> None:
    owner = QObject()
    pause = Pause(50, parent=owner)
    told: list[bool] = []
    pause.over.connect(lambda: told.append(True))

    with qtbot.waitSignal(pause.over, timeout=10_000):
        for _ in range(3):
            pause.touch()
    with qtbot.waitSignal(pause.over, timeout=10_000):
        pause.touch()

    assert len(told) == 2


def test_a_pause_that_is_stopped_is_not_told(qtbot) -> None:
    owner = QObject()
    stopped, other = Pause(1, parent=owner), Pause(30, parent=owner)
    told: list[bool] = []
    stopped.over.connect(lambda: told.append(True))

    stopped.touch()
    stopped.stop()
    with qtbot.waitSignal(other.over, timeout=10_000):
        other.touch()

    assert told == []
