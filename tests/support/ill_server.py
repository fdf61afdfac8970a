"""The real server with a disk or a clock that goes wrong while it runs.

Run as `python ill_server.py FOLDER serve …`. While FOLDER holds a file `read-only`, SQLite refuses
to write documents as on a disk that became read-only; the number in `clock`, if there is one, is
how many seconds the wall clock is off. Both are put around the server's own functions here, so that
nothing of it is in the program that ships.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

READ_ONLY = "read-only"
CLOCK = "clock"


def shift_the_clock(folder: Path) -> None:
    """Let `time.time` be off by what a file says; the monotonic clock stays what it is."""
    real, file = time.time, folder / CLOCK

    def time_s() -> float:
        try:
            return real() + float(file.read_text())
        except (OSError, ValueError):  # none, or one that is being written
            return real()

    time.time = time_s


def let_writing_fail(folder: Path) -> None:
    """Let appending to documents fail as SQLite itself does on a read-only disk."""
    from collab_server.storage import documents

    append_rows, file = documents.append_rows, folder / READ_ONLY

    def passing(connection: sqlite3.Connection, **arguments: Any) -> Any:
        connection.execute(f"PRAGMA query_only = {'ON' if file.exists() else 'OFF'}")
        try:
            return append_rows(connection, **arguments)
        finally:
            connection.execute("PRAGMA query_only = OFF")

    documents.append_rows = passing


def main() -> int:
    """Serve."""
    folder, *arguments = sys.argv[1:]
    shift_the_clock(Path(folder))  # before anything takes the function for a default
    let_writing_fail(Path(folder))

    from collab_server.cli import main as run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
