"""Files that are dropped onto a window are opened, wherever in it they fall.

Knows no file: it tells which were dropped. Source: EDITOR.md (files).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDropEvent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_DRAGS = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)


class FileDrop(QObject):
    """Watches widgets for dropped files.

    Invariant: a drop without files of this disk goes on to the widget, which may take it as text.
    """

    dropped = Signal(object)  # tuple[Path, ...]

    def watch(self, widget: QWidget) -> None:
        """Take files that are dropped onto a widget."""
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take drags and drops of files."""
        if not isinstance(event, QDropEvent) or event.type() not in _DRAGS:
            return False  # asked for every key and every paint of a text
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if not paths:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.dropped.emit(tuple(paths))
        return True
