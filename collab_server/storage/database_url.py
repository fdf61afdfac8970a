"""Where a database is, read from its URL (SQLAlchemy's form: `sqlite:///here.db`, `sqlite:////abs.db`).

Does not look at the disk.
"""

from __future__ import annotations

from pathlib import Path

from collab_server.storage.errors import UnusableDatabase

SQLITE_PREFIX = "sqlite:///"


def parse_database_url(url: str) -> Path:
    """Return the path of the SQLite file that the URL names.

    Raises:
        UnusableDatabase: It names another kind of database, or no file. The text never repeats the
            whole URL, which may hold a password.
    """
    scheme = url.partition(":")[0]
    if not url.startswith("sqlite:"):
        is_url = "://" in url and scheme.isascii()
        reason = f"a database of the kind {scheme} is not supported yet"
        raise UnusableDatabase(
            reason if is_url else "the database is named by what is no URL",
            remedy="use sqlite:///relative.db or sqlite:////absolute/path.db",
        )
    name = url.removeprefix(SQLITE_PREFIX)
    if not url.startswith(SQLITE_PREFIX) or name in ("", ":memory:"):
        raise UnusableDatabase(
            "the database URL names no file, and nothing would outlive the server",
            remedy="use sqlite:///relative.db or sqlite:////absolute/path.db",
        )
    if "?" in name or "\0" in name:
        raise UnusableDatabase(
            "the database URL carries options, which are not supported",
            remedy="leave out everything from the question mark on",
        )
    return Path(name)
