"""What a person had open: windows, files, carets, the folder, and which files were opened lately.

Pure: values, and their form as JSON. What is read back may be from an older version, or broken by a
disk, so every field is checked. Source: EDITOR.md (safety: session file), issue 4.3.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
"""Of the form; a file of another version is not read."""

MOST_RECENT = 30
_MOST_WINDOWS = 32
_MOST_TABS = 200
_LONGEST_TEXT = 32_768  # of a path or a window's state, in characters
_LARGEST_UTF16 = 2**31


class BrokenWorkspace(ValueError):
    """A file that is no workspace, or one of another version."""


@dataclass(frozen=True, slots=True)
class TabPlace:
    """A file in a tab, and where its caret was."""

    path: str  # absolute
    anchor_utf16: int = 0
    head_utf16: int = 0
    top_line: int = 0  # the first visible line, counted from 0
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class WindowPlace:
    """A window."""

    tabs: tuple[TabPlace, ...] = ()
    front: int | None = None  # which of the tabs; None: a page without a file
    folder: str = ""  # absolute; empty for none
    geometry: bytes = b""  # Qt's; empty: where Qt puts it
    state: bytes = b""  # of docks and tool bars, Qt's


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything that a start brings back."""

    windows: tuple[WindowPlace, ...] = ()
    recent_files: tuple[str, ...] = field(default=())  # absolute paths, the newest first
    recent_folders: tuple[str, ...] = field(default=())

    def with_file(self, path: str) -> Workspace:
        """Return a workspace in which a file was opened last."""
        return replace(self, recent_files=_newest_first(path, self.recent_files))

    def with_folder(self, path: str) -> Workspace:
        """Return a workspace in which a folder was opened last."""
        return replace(self, recent_folders=_newest_first(path, self.recent_folders))


def workspace_to_json(workspace: Workspace) -> str:
    """Return a workspace as it is written."""
    return json.dumps(
        {
            "version": VERSION,
            "windows": [_window_to_json(window) for window in workspace.windows],
            "recent_files": list(workspace.recent_files),
            "recent_folders": list(workspace.recent_folders),
        },
        ensure_ascii=True,
        indent=1,
    )


def workspace_from_json(text: str) -> Workspace:
    """Read a workspace.

    Raises:
        BrokenWorkspace: it is none, or of another version.
    """
    try:
        read: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenWorkspace("it is no JSON") from error
    fields = _object(read)
    if fields.get("version") != VERSION:
        raise BrokenWorkspace("it is of another version")
    windows = [_window_from_json(each) for each in _list(fields.get("windows"))[:_MOST_WINDOWS]]
    return Workspace(
        tuple(windows), _paths(fields.get("recent_files")), _paths(fields.get("recent_folders"))
    )


def _newest_first(path: str, before: tuple[str, ...]) -> tuple[str, ...]:
    return (path, *[each for each in before if each != path])[:MOST_RECENT]


def _window_to_json(window: WindowPlace) -> dict[str, object]:
    return {
        "tabs": [
            {
                "path": tab.path,
                "anchor": tab.anchor_utf16,
                "head": tab.head_utf16,
                "top_line": tab.top_line,
                "encoding": tab.encoding,
            }
            for tab in window.tabs
        ],
        "front": window.front,
        "folder": window.folder,
        "geometry": base64.b64encode(window.geometry).decode(),
        "state": base64.b64encode(window.state).decode(),
    }


def _window_from_json(value: object) -> WindowPlace:
    fields = _object(value)
    tabs = tuple([_tab(each) for each in _list(fields.get("tabs"))[:_MOST_TABS]])
    front = fields.get("front")
    return WindowPlace(
        tabs,
        None if front is None else _number(front, below=max(1, len(tabs))),
        _text(fields.get("folder", "")),
        _bytes(fields.get("geometry", "")),
        _bytes(fields.get("state", "")),
    )


def _tab(value: object) -> TabPlace:
    fields = _object(value)
    return TabPlace(
        _text(fields.get("path")),
        _number(fields.get("anchor", 0)),
        _number(fields.get("head", 0)),
        _number(fields.get("top_line", 0)),
        _text(fields.get("encoding", "utf-8")),
    )


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BrokenWorkspace("something is no object")
    return cast("dict[str, object]", value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise BrokenWorkspace("something is no list")
    return cast("list[object]", value)


def _paths(value: object) -> tuple[str, ...]:
    return tuple([_text(each) for each in _list(value)[:MOST_RECENT]])


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or "\0" in value:
        raise BrokenWorkspace("something is no text")
    return value


def _number(value: object, *, below: int = _LARGEST_UTF16) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < below:
        raise BrokenWorkspace("something is no number")
    return value


def _bytes(value: object) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except (ValueError, binascii.Error) as error:
        raise BrokenWorkspace("something is not in base 64") from error
