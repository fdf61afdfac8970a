"""Garbage is collected in the window's thread, and nowhere else.

Python's cyclic collector runs in whatever thread happens to allocate. Here that may be a worker of
the keyring or of a file watch, and a Qt object that is part of a cycle would then be deleted in a
thread that it does not belong to, which crashes the process. So the automatic collector is switched
off while the windows live, and a timer of the window's thread does its work.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

_LOOK_EVERY_MS = 1_000
_YOUNG_OBJECTS = 2_000
_OLD_AFTER = 30  # young collections, so about half a minute of work


class GarbageCollector(QObject):
    """Collects in the thread that made it. Invariant: the automatic collector is off meanwhile."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.collect()
        gc.freeze()  # what stands now stands to the end: it need not be looked at again
        gc.disable()
        self._young_collections = 0
        self._timer = QTimer(self, interval=_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._on_due)
        self._timer.start()

    def stop(self) -> None:
        """Leave it to Python again; no thread of the app runs any more."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    @Slot()
    def _on_due(self) -> None:
        if gc.get_count()[0] < _YOUNG_OBJECTS:
            return
        self._young_collections += 1
        gc.collect(2 if self._young_collections % _OLD_AFTER == 0 else 1)
