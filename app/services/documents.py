"""Watching the folders of open files: something in them has changed.

Says where, and never what: whoever listens looks at the disk. Knows no text and no widget. Source:
EDITOR.md (files: external change), https://watchfiles.helpmanual.io/
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType] - trio is not here

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.tasks import TaskOwner

logger = logging.getLogger(__name__)

MOST_FOLDERS = 512
"""More are not watched; what lies in them is looked at when the window is."""

_DEBOUNCE_MS = 200  # a program that writes by rename makes three changes of one
_STEP_MS = 40
_LOOK_MS = 60


class FolderWatch(QObject):
    """Tells of changes in some folders, but not in those below them.

    The waiting is done by a thread of watchfiles that belongs to a task. Invariant: at most one
    such task runs that has not been told to stop; after another set of folders was given, all of
    it is told once as changed, because something may have been missed in between.
    """

    changed = Signal(object)  # frozenset[Path]: files, or whole folders

    def __init__(self, *, tasks: TaskOwner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._folders: frozenset[Path] = frozenset()
        self._is_stopped = False
        self._stop = asyncio.Event()
        self._look_timer = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._look_timer.timeout.connect(self._on_look_due)

    @property
    def folders(self) -> frozenset[Path]:
        """What is watched."""
        return self._folders

    def set_folders(self, folders: Iterable[Path]) -> None:
        """Watch these folders from now on; what is no folder is left out."""
        wanted = frozenset(sorted(f for f in set(folders) if f.is_dir())[:MOST_FOLDERS])
        if wanted == self._folders or self._is_stopped:
            return
        self._stop.set()
        self._look_timer.stop()
        self._folders = wanted
        if wanted:
            self._stop = asyncio.Event()
            self._tasks.start(self._watch(wanted, self._stop), name="watch folders")
            self._look_timer.start()

    def stop(self) -> None:
        """Watch nothing any more, whatever is asked for later."""
        self._is_stopped = True
        self._stop.set()
        self._folders = frozenset()
        self._look_timer.stop()

    @Slot()
    def _on_look_due(self) -> None:
        self.changed.emit(self._folders)

    async def _watch(self, folders: frozenset[Path], stop: asyncio.Event) -> None:
        try:
            async for changes in awatch(
                *folders,
                watch_filter=None,
                debounce=_DEBOUNCE_MS,
                step=_STEP_MS,
                stop_event=stop,
                recursive=False,
            ):
                if not stop.is_set():
                    self.changed.emit(frozenset(Path(path) for _, path in changes))
        except OSError as error:
            # A folder went away, or the system watches no more: the window looks when it is used.
            logger.info("folders are not watched: %s", error)
