"""Parts of files that are too large to be read whole.

Knows no widget. Source: EDITOR.md (limits).
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from app.storage.file_errors import NotAFile
from app.storage.files import as_file_error

if TYPE_CHECKING:
    from pathlib import Path

PART_BYTES = 1024 * 1024

_LONGEST_LINE = 10_000
"""A line of more characters is broken: a widget is slow with it."""


def read_part(path: Path, number: int) -> str:
    """Return a part of a file as text, with LF line ends; what is no UTF-8 becomes U+FFFD.

    Args:
        path: of the file.
        number: of the part, counted from 0; one behind the end is empty.

    Raises:
        FileError: it cannot be read.
    """
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NotAFile(path)
            file.seek(number * PART_BYTES)
            raw = file.read(PART_BYTES)
    except OSError as error:
        raise as_file_error(path, error) from error
    text = raw.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(
        line[at : at + _LONGEST_LINE]
        for line in text.split("\n")
        for at in range(0, max(1, len(line)), _LONGEST_LINE)
    )
