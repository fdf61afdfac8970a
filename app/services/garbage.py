"""Garbage is collected in the window's thread, and nowhere else.

Python's cyclic collector runs in whatever thread happens to allocate. Here that may be a worker of
the keyring or of a file watch, and a Qt object that is part of a cycle would then be deleted in a
thread that it does not belong to, which crashes the process. So the automatic collector is switched
off while the windows live, and a timer of the window's thread does its work.

A window that has closed leaves much at once. Then everything is collected, and what has become free
goes back to the system: glibc would keep it, 15 to 30 MB after each pair of windows.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress

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
        self._is_much_gone = False
        self._timer = QTimer(self, interval=_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._on_due)
        self._timer.start()

    @property
    def is_much_gone(self) -> bool:
        """Whether everything will be collected at the next look."""
        return self._is_much_gone

    def stop(self) -> None:
        """Leave it to Python again; no thread of the app runs any more."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    @Slot()
    def collect_all(self) -> None:
        """Collect everything at the next look: a window is gone, once Qt comes to it."""
        self._is_much_gone = True

    @Slot()
    def _on_due(self) -> None:
        if self._is_much_gone:
            self._is_much_gone = False
            gc.collect()
            _return_free_memory()
            return
        if gc.get_count()[0] < _YOUNG_OBJECTS:
            return
        self._young_collections += 1
        gc.collect(2 if self._young_collections % _OLD_AFTER == 0 else 1)


def _return_free_memory() -> None:
    """Let glibc give free pages back; a few milliseconds. Other libraries do it by themselves."""
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # musl has no such call
        ctypes.CDLL(None).malloc_trim(0)
