"""The command `invite`: an invitation, stored, and the one line that leads there.

Part of `cli`, which reads the arguments. Source: PROTOCOL.md §2 (invitations).
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from collab_server.protocol.errors import InvalidName
from collab_server.settings import ConfigError

if TYPE_CHECKING:
    import argparse

    from collab_server.settings import Settings

LONGEST_S = 365 * 24 * 60 * 60
MOST_USES = 1_000_000
OPERATOR = "operator"  # who made an invitation that no user made


def invite(parsed: argparse.Namespace, settings: Settings) -> int:
    """Print a link that lets people into a room without an account, as one line."""
    import asyncio

    from collab_server.config import public_url
    from collab_server.protocol.links import (
        format_invitation_link,
        format_web_link,
        invitation_at,
    )
    from collab_server.storage.invitations import new_invitation_code

    _check(parsed)
    code = new_invitation_code()
    link = invitation_at(public_url(settings), code)
    asyncio.run(_store(settings.server.db, code, parsed))
    line = format_web_link(link, parsed.room) if parsed.web else format_invitation_link(link)
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return 0


def _check(parsed: argparse.Namespace) -> None:
    from collab_server.core.permissions import RoomClass, class_of, is_bannable, is_open_in_dev
    from collab_server.protocol.names import parse_room
    from collab_server.protocol.tokens import RIGHTS

    room, perm = parsed.room, parsed.perm
    try:
        name = parse_room(room)
    except InvalidName as error:
        raise ConfigError(
            f"--room {room} is no room: a letter or digit, then up to 99 of A-Z a-z 0-9 _.:~- only."
        ) from error
    if not is_bannable(name) and not is_open_in_dev(name):
        raise ConfigError(
            f"--room {room} is for nobody who could be invited: name one such as"
            " codexpro_project_7, whose name says what it is for."
        )
    if "r" not in perm or not set(perm) <= set(RIGHTS):
        raise ConfigError(f"--perm {perm} must be letters of {RIGHTS}, r among them.")
    if parsed.web and class_of(name) is not RoomClass.PROJECT:
        raise ConfigError("--web is for projects only: name a room codexpro_project_….")


async def _store(url: str, code: str, parsed: argparse.Namespace) -> None:
    from collab_server.storage.database_url import parse_database_url
    from collab_server.storage.store import open_store

    path = parse_database_url(url).absolute()
    is_new = not os.path.exists(path)  # noqa: ASYNC240  nothing else runs in this loop
    store = await open_store(url)
    try:
        await store.entry.create_invitation(
            code=code,
            room=parsed.room,
            perm=parsed.perm,
            expires_at_s=int(time.time()) + parsed.ttl,
            max_uses=parsed.uses,
            created_by=OPERATOR,
        )
    finally:
        await store.close()
    if is_new:
        sys.stderr.write(f"The database {path} was made just now: is --db the server's?\n")
