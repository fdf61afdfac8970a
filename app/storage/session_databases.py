"""Where the app's own servers keep their sessions, and which of these are forgotten.

A session is some files of one name: the database, what SQLite writes beside it, and a lock that is
held for as long as a server has it open. Knows no server. Source: README (kept for two weeks).
"""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

from app.storage.locks import FileLock

if TYPE_CHECKING:
    from pathlib import Path

KEPT_S = 14 * 24 * 3600
"""A session's files, after the last change of any of them."""

_SUFFIX = ".db"


def new_session_database(folder: Path, *, now_s: float) -> Path:
    """Return where a new session is kept; those of long ago are forgotten.

    Args:
        folder: of all sessions; made when it is missing.
        now_s: unix time.

    Raises:
        OSError: there can be no such folder.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    sessions: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        sessions.setdefault(path.name.partition(".")[0], []).append(path)
    for name, paths in sessions.items():
        with contextlib.suppress(OSError):  # another process forgets it too, or it cannot be
            _forget_if_old(folder / f"{name}{_SUFFIX}.lock", paths, now_s)
    return folder / f"{secrets.token_hex(8)}{_SUFFIX}"


def _forget_if_old(lock_path: Path, paths: list[Path], now_s: float) -> None:
    """Remove a session's files, unless one was changed lately or a server has them open.

    Raises:
        OSError: something of it is left.
    """
    if now_s - max(path.stat().st_mtime for path in paths) <= KEPT_S:
        return
    lock = FileLock(lock_path)
    if not lock.try_acquire():
        return
    try:
        for path in (*paths, lock_path):
            path.unlink(missing_ok=True)
    finally:
        lock.release()
