"""The files on the disk that previewed pages were made of, and that one of them is another now.

Another program may write them: a compiler of styles, git. Files of tabs are the tabs' matter. Knows
no page and no server. Source: EDITOR.md (preview: live reload).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.services.documents import FolderWatch

if TYPE_CHECKING:
    from pathlib import Path

    from app.tasks import TaskOwner

MOST_FILES = 1_000
"""Of more than these the earlier ones are forgotten."""

_Stamp = tuple[int, int] | None
"""When a file was changed, in nanoseconds, and its size; None: there is none."""


class PreviewedFiles(QObject):
    """Watches what was handed out, and what was asked for and is not there yet.

    Invariant: a change after a file was noted is told, once.
    """

    changed = Signal()

    def __init__(self, *, tasks: TaskOwner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stamps: dict[Path, _Stamp] = {}
        self._watch = FolderWatch(tasks=tasks, parent=self)
        self._watch.changed.connect(self._on_changed)

    def note(self, path: Path) -> None:
        """Take in that a page is about to get this file."""
        if path not in self._stamps and len(self._stamps) >= MOST_FILES:
            self._stamps.clear()
        self._stamps[path] = _stamp_of(path)
        self._watch.set_folders({each.parent for each in self._stamps})

    def stop(self) -> None:
        """Watch nothing any more."""
        self._watch.stop()
        self._stamps.clear()

    @Slot(object)
    def _on_changed(self, changed: frozenset[Path]) -> None:
        touched = [each for each in self._stamps if each in changed or each.parent in changed]
        stamps = {each: _stamp_of(each) for each in touched}
        others = {each: stamp for each, stamp in stamps.items() if stamp != self._stamps[each]}
        if others:
            self._stamps |= others
            self.changed.emit()


def _stamp_of(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size
