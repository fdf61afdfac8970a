"""A lock between processes that cannot be left behind: the system releases it with its holder.

Source: flock(2); on Windows the locks of the C runtime.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HELD = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


class FileLock:
    """A lock on a file, which is made when it is missing.

    Invariant: at most one holder a file. On POSIX the holder is every process that has the
    descriptor, so that a child that was given it goes on holding.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.descriptor: int | None = None  # while it is held

    @property
    def heirloom(self) -> tuple[int, ...]:
        """What to pass to a child process that is to hold it too; nothing on Windows."""
        is_given = self.descriptor is not None and sys.platform != "win32"
        return (self.descriptor,) if is_given and self.descriptor is not None else ()

    def try_acquire(self) -> bool:
        """Take the lock if nobody has it; tell whether it was taken.

        Raises:
            OSError: the file cannot be made, or its disk has no locks.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            is_taken = _try_lock(descriptor) and self._is_still(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        if is_taken:
            self.descriptor = descriptor
        else:
            os.close(descriptor)
        return is_taken

    def release(self) -> None:
        """Give it back; a child that has the descriptor holds on."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def _is_still(self, descriptor: int) -> bool:
        """Tell whether the file is the one at the path: a holder may have removed its folder."""
        try:
            here = self._path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(here, os.fstat(descriptor))


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # each of the two is there on its own systems only

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True
