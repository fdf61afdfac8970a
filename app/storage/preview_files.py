"""Files of a folder for a page in a browser: never one that lies outside, whatever links say.

Source: EDITOR.md (preview); the issue: no traversal, no links out.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from app.storage.file_errors import FileTooLarge, NotAFile
from app.storage.files import as_file_error

if TYPE_CHECKING:
    from pathlib import Path


def read_inside(folder: Path, path: str, *, most_bytes: int) -> bytes:
    """Return a file's bytes; to be called in a worker.

    Args:
        folder: the root; links are followed as long as they stay below it.
        path: from there, parted by "/".
        most_bytes: that are read.

    Raises:
        FileError: there is none, it lies elsewhere, is hidden there, or is too large.
    """
    asked = folder / path
    try:
        root = folder.resolve(strict=True)
        found = asked.resolve(strict=True)
        inside = found.relative_to(root) if found.is_relative_to(root) else None
        if inside is None or any(part.startswith(".") for part in inside.parts):
            raise NotAFile(asked)
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(found, flags | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise NotAFile(asked)
            if facts.st_size > most_bytes:
                raise FileTooLarge(asked, size_bytes=facts.st_size, largest_bytes=most_bytes)
            return file.read(most_bytes)
    except OSError as error:
        raise as_file_error(asked, error) from error
    except (RuntimeError, ValueError) as error:  # a circle of links; a name that is none
        raise NotAFile(asked) from error
