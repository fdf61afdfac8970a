"""Finds a text in the files of a folder, a part at a time.

It reads the disk and may take long: each part is to be made in a worker, and whoever wants no more
makes no further part. Knows no widget. Source: EDITOR.md (find in project).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.model.line_matches import line_matches
from app.model.text_edit import normalise
from app.storage.files import LARGEST_FILE_BYTES
from app.storage.folders import IgnoreRules, each_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from app.model.line_matches import LineMatch
    from app.model.search import SearchQuery

MOST_MATCHES = 5_000
"""In all files; a list that is longer is read by nobody."""

_MOST_IN_FILE = 500
_BINARY_BYTES = 8192  # a NUL in the first ones tells that a file is no text
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class FileMatches:
    """What was found in one file."""

    path: Path
    name: str  # the path from the folder, parted by "/"
    lines: tuple[LineMatch, ...]  # ascending; at least one
    is_cut: bool  # whether there may be more


class FolderSearch:
    """One search through a folder, which ignores what its tree shows in grey.

    Invariant: each file is looked into once; a file that cannot be read as UTF-8 text is left out.
    """

    def __init__(
        self,
        root: Path,
        query: SearchQuery,
        *,
        open_texts: Mapping[Path, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare.

        Args:
            root: the folder.
            query: what to look for.
            open_texts: what stands in the editor's tabs, which counts instead of the disk.
            clock: monotonic seconds.
        """
        self._root = root
        self._query = query
        self._open_texts = open_texts
        self._clock = clock
        self._files = each_file(root, IgnoreRules(root))
        self.searched = 0  # files
        self.matches = 0
        self.is_over = False
        self.is_cut = False  # whether there may be more than was found

    def step(self, within_s: float) -> list[FileMatches]:
        """Look through some files more, for about so long; return what was found in them.

        Raises:
            SearchFailed: the pattern is none, or takes too long.
        """
        until_s = self._clock() + within_s
        found: list[FileMatches] = []
        for name in self._files:
            self.searched += 1
            path = self._root / name
            lines = self._lines_of(path)
            if lines:
                is_cut = len(lines) == _MOST_IN_FILE
                found.append(FileMatches(path, name, tuple(lines), is_cut))
                self.matches += len(lines)
                self.is_cut |= is_cut
            if self.matches >= MOST_MATCHES:
                self.is_cut = True
                break
            if self._clock() >= until_s:
                return found
        self.is_over = True
        return found

    def _lines_of(self, path: Path) -> list[LineMatch]:
        text = self._open_texts.get(path)
        if text is None:
            text = self._read(path)
        most = min(_MOST_IN_FILE, MOST_MATCHES - self.matches)
        return line_matches(self._query, text, most=most) if text else []

    def _read(self, path: Path) -> str:
        """Return a file's text; empty for what is no text that this editor edits."""
        try:
            if path.stat().st_size > LARGEST_FILE_BYTES or not path.is_file():
                return ""
            raw = path.read_bytes()
        except OSError:
            return ""
        if b"\0" in raw[:_BINARY_BYTES] or not self._may_be_in(raw):
            return ""
        try:
            return normalise(raw.decode().removeprefix(_MARK))
        except UnicodeDecodeError:
            return ""

    def _may_be_in(self, raw: bytes) -> bool:
        """Tell whether it is worth while to look closer; most files do not have most words."""
        query = self._query
        is_simple = query.has_case and not query.is_regex and "\n" not in query.text
        return not is_simple or query.text.encode("utf-8", "replace") in raw
