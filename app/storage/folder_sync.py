"""Making what happened in a folder outlive the machine: a file there was renamed.

Source: fsync(2), "calling fsync() does not necessarily ensure that the entry in the directory …".
"""

import contextlib
import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Wait until a folder's entries are on the disk, where a folder can be synced at all."""
    with contextlib.suppress(OSError):  # not on Windows, not on every network disk
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
