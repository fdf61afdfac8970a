"""What can be wrong with a file on disk.

Facts only; `app.errors.user_message` words them. ::

    FileError
    ├── FileMissing        there is no such file or folder
    ├── NotAFile           a folder, a device, a pipe
    ├── NoPermission       this user may not read or write there, or the disk is read-only
    ├── DiskFull           nothing more fits; the old file stands
    ├── FileTooLarge       over what the editor opens
    ├── BinaryFile         it holds NUL bytes
    ├── Undecodable        not in the encoding it was read in
    ├── Unencodable        the text has a character that the file's encoding lacks
    ├── NameTaken          something else is called so
    ├── BadName            no file can be called so
    ├── NoTrash            it could not be moved to the trash
    ├── ChangedOnDisk      somebody else has written the file since it was read
    └── FileTrouble        anything else the operating system says
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class FileError(Exception):
    """A file could not be read or written; what was on disk before still is."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.name)
        self.path = path


class FileMissing(FileError):
    """There is no such file, or its folder has gone."""


class NotAFile(FileError):
    """The path leads to a folder, a device or a pipe."""


class NoPermission(FileError):
    """This user may not read or write there, or the disk is read-only."""


class DiskFull(FileError):
    """Nothing more fits on the disk, or the user's quota is used up."""


class FileTooLarge(FileError):
    """The file is over what the editor opens."""

    def __init__(self, path: Path, *, size_bytes: int, largest_bytes: int) -> None:
        super().__init__(path)
        self.size_bytes = size_bytes
        self.largest_bytes = largest_bytes


class BinaryFile(FileError):
    """The file holds NUL bytes, so it is no text."""


class Undecodable(FileError):
    """The file is not in the encoding that it was read in."""

    def __init__(self, path: Path, *, encoding: str, at_byte: int, suggestion: str = "") -> None:
        super().__init__(path)
        self.encoding = encoding  # an id as in `app.storage.encodings`
        self.at_byte = at_byte
        self.suggestion = suggestion  # such an id; empty when nothing fits


class Unencodable(FileError):
    """The text has a character that the file's encoding lacks."""

    def __init__(self, path: Path, *, encoding: str, character: str) -> None:
        super().__init__(path)
        self.encoding = encoding
        self.character = character


class ChangedOnDisk(FileError):
    """Somebody else has written the file since it was read, or written, here."""


class NameTaken(FileError):
    """Something else has that name already; nothing is written over."""


class BadName(FileError):
    """No file or folder can be called so."""

    def __init__(self, path: Path, *, name: str) -> None:
        super().__init__(path)
        self.name = name


class NoTrash(FileError):
    """It could not be moved to the trash, and was not deleted."""


class FileTrouble(FileError):
    """Anything else that the operating system says."""

    def __init__(self, path: Path, *, reason: str) -> None:
        super().__init__(path)
        self.reason = reason
