"""Tells when nothing has happened for a while, at no cost for what happens.

To start a timer anew at each key takes the system longer than to look at the clock. Knows no
editor.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal, Slot


class Pause(QObject):
    """Invariant: after a `touch`, `over` is told once, when `length_ms` have passed since the last.

    The timer runs on meanwhile; when it is due it finds out how much is left.
    """

    over = Signal()

    def __init__(self, length_ms: int, *, parent: QObject) -> None:
        super().__init__(parent)
        self._length_s = length_ms / 1000
        self._touched_s = 0.0
        self._is_running = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._on_due)

    def touch(self) -> None:
        """Take in that something has happened."""
        self._touched_s = time.monotonic()
        if not self._is_running:
            self._is_running = True
            self._wait(self._length_s)

    def stop(self) -> None:
        """Tell nothing before something happens again."""
        self._is_running = False
        self._timer.stop()

    @Slot()
    def _on_due(self) -> None:
        left_s = self._touched_s + self._length_s - time.monotonic()
        if left_s > 0:
            self._wait(left_s)
        else:
            self._is_running = False
            self.over.emit()

    def _wait(self, wait_s: float) -> None:
        self._timer.start(int(wait_s * 1000) + 1)
