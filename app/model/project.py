"""A project's files as its manifest names them.

Knows no CRDT and no disk. What stands in a manifest was written by others: a path is only shown,
and only a language is guessed from it; nothing is ever opened by it. Source: PROTOCOL.md §6.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_KEY = "default"
"""The key under which the manifest names the file that opens first."""

Eol = Literal["lf", "crlf"]

_MAX_PATH_CHARACTERS = 1024
_MAX_FILES = 10_000
_FILE_ID = re.compile(r"[A-Za-z0-9_~-]{1,64}")
_LANGUAGE = re.compile(r"[a-z0-9+#.-]{1,40}")

_UNNAMED = "untitled.txt"


class InvalidPath(ValueError):
    """A path that does not belong in a manifest."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What a manifest says of a file."""

    path: str  # relative, parted by "/", NFC
    eol: Eol = "lf"  # of the copies on people's disks; the shared text has LF
    language: str | None = None  # an id as in `languages`; None: guess it from the path

    def to_wire(self) -> dict[str, str]:
        """Return the entry as the manifest holds it."""
        wire = {"path": self.path, "eol": self.eol, "mode": "text"}
        if self.language is not None:
            wire["language"] = self.language
        return wire


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A file of a session's project."""

    document: str  # its name on the wire
    entry: FileEntry


def new_file_id() -> str:
    """Return an id that no other file has."""
    return secrets.token_hex(16)


def parse_path(text: str) -> str:
    """Return a path as a manifest holds it.

    Raises:
        InvalidPath: it is absolute, empty or too long, climbs, or holds what cannot be printed.
    """
    path = unicodedata.normalize("NFC", text)
    segments = path.split("/")
    if len(path) > _MAX_PATH_CHARACTERS or not path.isprintable():
        raise InvalidPath("the path is too long or cannot be printed")
    if any(segment in ("", ".", "..") or segment != segment.strip() for segment in segments):
        raise InvalidPath("the path is absolute, climbs or has an empty part")
    if "\\" in path or ":" in segments[0]:
        raise InvalidPath("the path is one of another system")
    return path


def file_name_of(path: str) -> str:
    """Return the name under which a file on this disk goes into a manifest.

    Raises:
        InvalidPath: nothing of the name can be kept.
    """
    name = re.split(r"[/\\]", path)[-1]
    printable = "".join([c if c.isprintable() else "_" for c in name]).replace(":", "_").strip()
    return parse_path(printable)


def shared_name_of(path: str) -> str:
    """Return what others are told of a path on this disk: its last part, and nothing else of it."""
    try:
        return file_name_of(path)
    except InvalidPath:
        return _UNNAMED


def files_of(manifest: object) -> dict[str, FileEntry]:
    """Return the lawful entries of a manifest; of two with one path, the first by id."""
    entries: dict[str, FileEntry] = {}
    paths: set[str] = set()
    for file_id, value in sorted(_items(manifest).items())[:_MAX_FILES]:
        entry = _entry(value) if _FILE_ID.fullmatch(file_id) else None
        if entry is not None and file_id != DEFAULT_KEY and entry.path not in paths:
            paths.add(entry.path)
            entries[file_id] = entry
    return entries


def default_of(manifest: object) -> str | None:
    """Return the id of the file that opens first: the named one, else the only one."""
    files = files_of(manifest)
    named = _items(manifest).get(DEFAULT_KEY)
    if isinstance(named, str) and named in files:
        return named
    return next(iter(files)) if len(files) == 1 else None


def _items(manifest: object) -> Mapping[str, object]:
    return cast("dict[str, object]", manifest) if isinstance(manifest, dict) else {}


def _entry(value: object) -> FileEntry | None:
    fields = _items(value)
    path, language = fields.get("path"), fields.get("language")
    if not isinstance(path, str) or fields.get("mode", "text") != "text":
        return None
    try:
        path = parse_path(path)
    except InvalidPath:
        return None
    if not isinstance(language, str) or _LANGUAGE.fullmatch(language) is None:
        language = None
    return FileEntry(path, "crlf" if fields.get("eol") == "crlf" else "lf", language)
