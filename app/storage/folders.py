"""What is in a folder, and which of it a person wants to see.

What no editor shows is left out, what is hidden or ignored is marked. Knows no widget. Sources:
EDITOR.md (project tree), https://git-scm.com/docs/gitignore, by pathspec.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

from app.storage.file_errors import FileError
from app.storage.files import as_file_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST_ENTRIES = 10_000
"""Of one folder; what is beyond is not listed."""

MOST_FILES = 20_000
"""Of a folder and all below it, for going to files."""

LEFT_OUT = frozenset(
    {
        ".DS_Store",
        ".git",
        ".hg",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".venv",
        "__pycache__",
        "node_modules",
    }
)
"""Made by programs for programs; one who wants to edit in there opens that very folder or file."""

_IGNORE_FILE = ".gitignore"
_LARGEST_IGNORE_BYTES = 64 * 1024
_MOST_STARS = 8  # in a pattern: more would let a hostile file make matching slow
_MOST_DEPTH = 40
_MOST_FOLDERS = 10_000  # looked into in one walk


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One thing in a folder."""

    name: str
    is_folder: bool  # a link to a folder is one
    is_dim: bool  # hidden, or ignored by version control


class IgnoreRules:
    """What the .gitignore files of a folder and those below it say.

    Invariant: a file of rules is read once; `forget` lets it be read again.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._specs: dict[Path, GitIgnoreSpec | None] = {}

    def forget(self) -> None:
        """Read the rules again when they are asked for."""
        self._specs.clear()

    def is_ignored(self, path: Path, *, is_folder: bool) -> bool:
        """Tell whether version control ignores what lies at a path below the root."""
        folder = path.parent
        while True:
            spec = self._spec(folder)
            if spec is not None:
                relative = path.relative_to(folder).as_posix() + ("/" if is_folder else "")
                found = spec.check_file(relative).include
                if found is not None:
                    return found
            if folder == self._root or self._root not in folder.parents:
                return False
            folder = folder.parent

    def _spec(self, folder: Path) -> GitIgnoreSpec | None:
        if folder not in self._specs:
            self._specs[folder] = _read_rules(folder / _IGNORE_FILE)
        return self._specs[folder]


def list_folder(folder: Path, rules: IgnoreRules) -> list[FolderEntry]:
    """Return what is in a folder, folders first, by name.

    Raises:
        FileError: it cannot be read.
    """
    try:
        with os.scandir(folder) as found:
            entries = [
                _entry(folder, each, rules)
                for _, each in zip(range(MOST_ENTRIES), found, strict=False)
                if each.name not in LEFT_OUT
            ]
    except OSError as error:
        raise as_file_error(folder, error) from error
    return sorted(entries, key=_order)


def walk_files(
    root: Path, rules: IgnoreRules, *, is_cancelled: Callable[[], bool] = lambda: False
) -> list[str]:
    """Return the files below a folder that are not ignored, as `each_file` does.

    At most MOST_FILES. It reads the disk for as long as that takes: to be called in a worker.
    """
    return list(islice(each_file(root, rules, is_cancelled=is_cancelled), MOST_FILES))


def each_file(
    root: Path, rules: IgnoreRules, *, is_cancelled: Callable[[], bool] = lambda: False
) -> Iterator[str]:
    """Yield the files below a folder that are not ignored, as paths parted by "/" from there.

    Those near the root come first. Links to folders are not followed. It ends when it is cancelled,
    and reads the disk as it goes on: to be used in a worker.
    """
    folders = 0
    level = [root]
    for _ in range(_MOST_DEPTH):
        following: list[Path] = []
        for folder in level:
            folders += 1
            if is_cancelled() or folders > _MOST_FOLDERS:
                return
            for entry in _listed(folder, rules):
                path = folder / entry.name
                if entry.is_folder and not entry.is_dim and not path.is_symlink():
                    following.append(path)
                elif not entry.is_folder and not entry.is_dim:
                    yield path.relative_to(root).as_posix()
        level = following


def _listed(folder: Path, rules: IgnoreRules) -> list[FolderEntry]:
    try:
        return list_folder(folder, rules)
    except FileError:
        return []


def _entry(folder: Path, found: os.DirEntry[str], rules: IgnoreRules) -> FolderEntry:
    try:
        is_folder = found.is_dir()
    except OSError:  # a link in a circle
        is_folder = False
    is_dim = found.name.startswith(".") or rules.is_ignored(
        folder / found.name, is_folder=is_folder
    )
    return FolderEntry(found.name, is_folder, is_dim)


def _order(entry: FolderEntry) -> tuple[bool, str, str]:
    return not entry.is_folder, entry.name.casefold(), entry.name


def _read_rules(path: Path) -> GitIgnoreSpec | None:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_IGNORE_BYTES)
    except OSError:
        return None
    lines = raw.decode(errors="replace").splitlines()
    usable = [line for line in lines if line.count("*") <= _MOST_STARS]
    try:
        return GitIgnoreSpec.from_lines(usable)
    except ValueError:  # a pattern that is none
        return None
