"""A whole process of the app that ends as soon as its first window has been painted."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from app import main as app_main


class _WatchedApplication(QApplication):
    """Ends the process, without clean-up, when an editor's text has been painted."""

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at what is painted."""
        if event.type() == QEvent.Type.Paint and isinstance(watched.parent(), QPlainTextEdit):
            os._exit(0)
        return False


def main() -> None:
    """Run the app as `codexpro FILE` does."""
    app_main.QApplication = _WatchedApplication  # pyright: ignore[reportPrivateImportUsage]
    app_main.main(sys.argv[1:])


main()
