"""Making and renaming files and folders, as a person does in a tree.

Nothing is ever written over. Knows no widget. Source: EDITOR.md (project tree).
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from app.storage.file_errors import BadName, NameTaken
from app.storage.files import as_file_error

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_NAME_BYTES = 255
_RESERVED = frozenset('<>:"\\|?*') if sys.platform == "win32" else frozenset[str]()


def path_of(folder: Path, name: str) -> Path:
    """Return where something of that name lies in a folder.

    Raises:
        BadName: no file can be called so, or it would lie elsewhere.
    """
    name = name.strip()
    is_bad = (
        name in ("", ".", "..")
        or "/" in name
        or len(os.fsencode(name)) > _LONGEST_NAME_BYTES
        or any(not character.isprintable() or character in _RESERVED for character in name)
    )
    if is_bad:
        raise BadName(folder / "_", name=name)
    return folder / name


def make_file(path: Path) -> None:
    """Make an empty file.

    Raises:
        FileError: something has that name already, or the system says no.
    """
    try:
        path.open("xb").close()
    except FileExistsError as error:
        raise NameTaken(path) from error
    except OSError as error:
        raise as_file_error(path, error) from error


def make_folder(path: Path) -> None:
    """Make an empty folder.

    Raises:
        FileError: as `make_file`.
    """
    try:
        path.mkdir()
    except FileExistsError as error:
        raise NameTaken(path) from error
    except OSError as error:
        raise as_file_error(path, error) from error


def rename(path: Path, target: Path) -> None:
    """Give a file or a folder another name; of a link the link itself.

    Raises:
        FileError: something has that name already, or the system says no; nothing has changed.
    """
    if os.path.lexists(target) and not _is_same(path, target):
        raise NameTaken(target)
    try:
        path.rename(target)
    except OSError as error:
        raise as_file_error(path, error) from error


def _is_same(path: Path, target: Path) -> bool:
    """Tell whether both are one, on a disk to which case is nothing."""
    try:
        return path.name.casefold() == target.name.casefold() and path.samefile(target)
    except OSError:
        return False
