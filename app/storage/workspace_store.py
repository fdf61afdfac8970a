"""The file that says what was open: written by rename, with the generation before kept.

A file that cannot be read is set aside, never deleted, and the generation before is taken. Knows
nothing of what a workspace means. Source: EDITOR.md (safety: session file).
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.model.workspace import (
    BrokenWorkspace,
    Workspace,
    workspace_from_json,
    workspace_to_json,
)

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

LARGEST_BYTES = 4 * 1024 * 1024
_MOST_SET_ASIDE = 9
_MODE = 0o600  # paths are nobody else's business


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found."""

    workspace: Workspace
    set_aside: Path | None = None  # where a broken file is now; None: none was broken


class WorkspaceStore:
    """One workspace on disk.

    Invariant: at every moment `path` or `path.previous` holds a whole workspace, once one was
    saved; a text that cannot be read is in `path.broken-N`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._previous = path.with_name(f"{path.name}.previous")
        self._written = ""
        self._number = 0
        self._lock = threading.Lock()

    def load(self) -> Loaded:
        """Return the newest workspace that can be read; an empty one when there is none."""
        set_aside: Path | None = None
        for path in (self._path, self._previous):
            try:
                return Loaded(workspace_from_json(_read(path)), set_aside)
            except FileNotFoundError:
                continue
            except (OSError, UnicodeDecodeError, BrokenWorkspace) as error:
                logger.info("a session file cannot be read: %s", error)
                set_aside = self._set_aside(path) or set_aside
        return Loaded(Workspace(), set_aside)

    def save(self, workspace: Workspace, *, number: int | None = None) -> None:
        """Write a workspace; one that stands there already is not written again. In any thread.

        Args:
            workspace: what to write.
            number: of the call: one that comes later than a greater one is out of date, and is
                not written. None: it is the newest.

        Raises:
            OSError: nothing was changed, or the generation before is there.
        """
        text = workspace_to_json(workspace)
        with self._lock:
            number = self._number if number is None else number
            if text != self._written and number >= self._number:
                self._number = number
                self._write(text)

    def _write(self, text: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(f"{self._path.name}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with open(os.open(fresh, flags, _MODE), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):  # the first one
            self._path.replace(self._previous)
        fresh.replace(self._path)
        self._written = text

    def _set_aside(self, path: Path) -> Path | None:
        """Rename a broken file so that it is kept; return where to, None when it cannot be."""
        for number in range(1, _MOST_SET_ASIDE + 1):
            aside = self._path.with_name(f"{self._path.name}.broken-{number}")
            if not aside.exists() or number == _MOST_SET_ASIDE:
                with contextlib.suppress(OSError):  # it is left where it is, and is written over
                    path.replace(aside)
                    return aside
        return None


def _read(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(LARGEST_BYTES + 1)
    if len(raw) > LARGEST_BYTES:
        raise BrokenWorkspace("it is too large")
    return raw.decode()
