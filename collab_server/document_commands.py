"""The commands about stored documents: export, import, backup, restore, verify.

Each does one thing and says it; what was left out is a sentence on standard error, and exit code 1.
Part of `cli`, which reads the arguments. Does not know frames or sockets.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from collab_server.settings import ConfigError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from collab_server.admin.archive import Outcome
    from collab_server.protocol.names import RoomId
    from collab_server.storage.store import Store

LEFT_OUT = 1


def export_files(parsed: argparse.Namespace, url: str) -> int:
    """Write a project's files into a new folder."""
    from collab_server.admin.archive import export_project
    from collab_server.protocol.names import parse_room

    room = parse_room(parsed.project)
    outcome = _with_store(url, lambda store: export_project(store, room, parsed.folder))
    return _told(outcome, f"{len(outcome.done)} files of {room} are in {parsed.folder}.")


def import_files(parsed: argparse.Namespace, url: str) -> int:
    """Bring a folder's text files into a project, each by a small edit."""
    from collab_server.admin.archive import import_project
    from collab_server.protocol.names import parse_room

    room = parse_room(parsed.project)
    _require_kind(room)
    check_user(parsed.user)
    outcome = _with_store(
        url, lambda store: import_project(store, room, parsed.folder, parsed.user)
    )
    return _told(outcome, f"{len(outcome.done)} files are in {room}.")


def backup(parsed: argparse.Namespace, url: str) -> int:
    """Copy the database while it is in use, and prove the copy."""
    from collab_server.admin.backups import back_up

    found = back_up(_path(url), parsed.file)
    return _damage(found.damaged, f"{found.documents} documents are in {parsed.file}.")


def restore(parsed: argparse.Namespace, url: str) -> int:
    """Put a backup in the database's place; the server must not run. Histories begin anew."""
    from collab_server.admin.backups import restore as put_back

    found, aside = put_back(parsed.file, _path(url))
    moved = f" What was there is now {aside}." if aside else ""
    return _damage([], f"{found.documents} documents are restored, each in a new epoch.{moved}")


def verify(parsed: argparse.Namespace, url: str) -> int:
    """Load and merge every document, and name those that are damaged."""
    from collab_server.admin.backups import verify as look_at

    found = look_at(parsed.file or _path(url))
    return _damage(found.damaged, f"{found.documents} documents, {len(found.damaged)} damaged.")


def check_user(user_id: str) -> None:
    """Refuse what can be nobody's id.

    Raises:
        ConfigError: It is.
    """
    from collab_server.protocol.tokens import is_user_id

    if not is_user_id(user_id):
        raise ConfigError("--user must be an id of 1 to 256 printable characters, such as 7.")


def _require_kind(room: RoomId) -> None:
    from collab_server.core.permissions import class_of

    if class_of(room) is None:  # everybody would be refused there
        raise ConfigError(f"{room} is no project: the name of one begins with codexpro_project_.")


def _with_store(url: str, work: Callable[[Store], Awaitable[Outcome]]) -> Outcome:
    import asyncio

    async def run() -> Outcome:
        from collab_server.storage.store import open_store

        _require(_path(url))
        store = await open_store(url)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def _require(path: Path) -> None:
    from collab_server.storage.errors import UnusableDatabase

    if not path.exists():
        raise UnusableDatabase("there is no such file", path=path, remedy="see --db")


def _path(url: str) -> Path:
    from collab_server.storage.database_url import parse_database_url

    return parse_database_url(url).absolute()


def _told(outcome: Outcome, sentence: str) -> int:
    return _damage(outcome.problems, sentence)


def _damage(sentences: list[str], sentence: str) -> int:
    for each in sentences:
        sys.stderr.write(f"{each}\n")
    sys.stdout.write(f"{sentence}\n")
    return LEFT_OUT if sentences else 0
