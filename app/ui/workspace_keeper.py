"""Keeps what is open, so that the next start brings it back.

Knows no window: it asks for their places. Source: EDITOR.md (safety: session file), issue 4.3.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.model.workspace import WindowPlace, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.storage.workspace_store import WorkspaceStore
    from app.tasks import TaskOwner

logger = logging.getLogger(__name__)

_SAVE_MS = 1000


def _write(store: WorkspaceStore, workspace: Workspace, number: int) -> None:
    try:
        store.save(workspace, number=number)
    except OSError as error:
        # Nothing that a person typed is lost; the next save may do.
        logger.warning("what is open could not be written down: %s", error)


class WorkspaceKeeper(QObject):
    """The workspace of this process.

    Invariant: what is on the disk is at most a second behind; once `freeze` was called, windows
    that close one after the other are not taken out, until somebody works in one again.
    """

    recent_changed = Signal()

    def __init__(
        self,
        store: WorkspaceStore | None = None,
        *,
        tasks: TaskOwner | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Read what was open.

        Args:
            store: where it is kept; None: nowhere.
            tasks: owns the writing, which is done in a worker; None: it is done at once.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._store = store
        self._tasks = tasks
        self._gather: Callable[[], tuple[WindowPlace, ...]] = tuple
        self._is_frozen = False
        self._number = 0  # of the newest look
        self.set_aside: Path | None = None  # where a file is that could not be read
        self._workspace = Workspace()
        if store is not None:
            loaded = store.load()
            self._workspace, self.set_aside = loaded.workspace, loaded.set_aside
        self._timer = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._timer.timeout.connect(self._on_due)

    @property
    def workspace(self) -> Workspace:
        """What was open, as it was read or saved last, with the newest recent files."""
        return self._workspace

    def gather_from(self, gather: Callable[[], tuple[WindowPlace, ...]]) -> None:
        """Ask here for the windows' places from now on."""
        self._gather = gather

    def note_file(self, path: Path) -> None:
        """Take in that a file was opened."""
        self._workspace = self._workspace.with_file(str(path))
        self.recent_changed.emit()
        self.touch()

    def note_folder(self, path: Path) -> None:
        """Take in that a folder was opened."""
        self._workspace = self._workspace.with_folder(str(path))
        self.recent_changed.emit()
        self.touch()

    @Slot()
    def touch(self) -> None:
        """Take in that something has changed; it is saved soon."""
        self._is_frozen = False
        if not self._timer.isActive():
            self._timer.start()

    def save_now(self) -> None:
        """Write what is open, and wait for the disk."""
        self._timer.stop()
        if self._look() and self._store is not None:
            _write(self._store, self._workspace, self._number)

    @Slot()
    def _on_due(self) -> None:
        if self._tasks is None or self._store is None:
            self.save_now()
        elif self._look():
            # The disk may take its time, and somebody is typing.
            saving = asyncio.to_thread(_write, self._store, self._workspace, self._number)
            self._tasks.start(saving, name="keep what is open")

    def _look(self) -> bool:
        """Find out what is open; tell whether it is to be written."""
        if not self._is_frozen:
            self._number += 1
            self._workspace = replace(self._workspace, windows=self._gather())
        return not self._is_frozen

    def freeze(self) -> None:
        """Write what is open, and keep it so while the windows close."""
        if not self._is_frozen:
            self.save_now()
            self._is_frozen = True
