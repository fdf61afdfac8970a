"""Moving files and folders to the system's trash, from which a person can take them back.

Source: https://doc.qt.io/qt-6/qfile.html#moveToTrash.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QFile, QStandardPaths

from app.storage.file_errors import FileMissing, NoTrash

if TYPE_CHECKING:
    from pathlib import Path


def move_to_trash(path: Path) -> None:
    """Move a file, a link or a folder with everything in it to the trash.

    Raises:
        FileError: it is still where it was.
    """
    if not os.path.lexists(path):
        raise FileMissing(path)
    # Qt makes the trash in the user's data folder, but not that folder.
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    with contextlib.suppress(OSError):  # then there is no trash, which is told below
        os.makedirs(data, mode=0o700, exist_ok=True)
    if not QFile(str(path)).moveToTrash():
        raise NoTrash(path)  # Qt's own reason says nothing: "Bad file descriptor"
