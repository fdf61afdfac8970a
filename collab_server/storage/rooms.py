"""Rooms that people have made, and who was granted what in a room.

Does not know room classes or what a right's letter allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collab_server.storage.errors import RoomTaken
from collab_server.storage.invitations import revoke_invitations

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

OWNER_PERM = "rwhmo"
CLOSED_PERM = "!"
"""What everybody is granted in a room that is closed; it stands in no row."""

_CREATE = """
    INSERT INTO rooms (name, owner, created_at_ms) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING
"""
_OWNER = "SELECT owner FROM rooms WHERE name = ?"
_GRANT = """
    INSERT INTO room_grants (room, user_id, perm, created_at_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT (room, user_id) DO UPDATE SET perm = excluded.perm
"""
# Other programs write rows too, and SQLite lets them write anything anywhere.
_GRANTS = """
    SELECT perm FROM room_grants WHERE room = ? AND user_id = ? AND typeof(perm) = 'text'
"""
_ALL_GRANTS = """
    SELECT user_id, perm FROM room_grants
    WHERE room = ? AND typeof(user_id) = 'text' AND typeof(perm) = 'text' ORDER BY user_id
"""
_PUT = """
    INSERT INTO rooms (name, owner, created_at_ms) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner
"""
_CLOSE = """
    INSERT INTO closed_rooms (name, closed_by, closed_at_ms) VALUES (?, ?, ?)
    ON CONFLICT (name) DO NOTHING
"""
_REOPEN = "DELETE FROM closed_rooms WHERE name = ?"
_IS_CLOSED = """
    SELECT 1 FROM closed_rooms WHERE name = :room
    UNION ALL SELECT 1 FROM room_terms WHERE room = :room AND expires_at_s <= :now_s
"""
_FORGET_GRANTS = "DELETE FROM room_grants WHERE room = ? AND perm != '-'"  # a ban stays
_FORGET_GRANT = "DELETE FROM room_grants WHERE room = ? AND user_id = ?"


@dataclass(frozen=True, slots=True)
class StoredRoom:
    """A room as it is stored."""

    owner: str | None  # None: nobody made it; there are grants all the same
    grants: Mapping[str, str]  # user id → letters, the owner's too; sorted
    is_closed: bool = False  # nobody may come in, whatever they were granted


NO_ROOM = StoredRoom(None, {})


def version_of_others(connection: sqlite3.Connection) -> int:
    """Return a number that changes when another connection has committed something."""
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    return version


def room_of_store(connection: sqlite3.Connection, room: str, now_s: float) -> StoredRoom | None:
    """Return what is stored of a room, or None when nothing is."""
    owner = connection.execute(_OWNER, (room,)).fetchone()
    grants = dict(connection.execute(_ALL_GRANTS, (room,)).fetchall())
    is_closed = _is_closed(connection, room, now_s)
    if owner is None and not grants and not is_closed:
        return None
    return StoredRoom(None if owner is None else owner[0], grants, is_closed)


def put_room(
    connection: sqlite3.Connection,
    room: str,
    owner: str | None,
    members: Mapping[str, str],
    now_ms: int,
) -> StoredRoom:
    """Replace all grants of a room, and its owner unless that is None; return what stands now.

    A room that was closed is open again, unless its time has come.
    """
    connection.execute(_REOPEN, (room,))
    if owner is not None:
        connection.execute(_PUT, (room, owner, now_ms))
    standing = connection.execute(_OWNER, (room,)).fetchone()
    grants = {user_id: perm for user_id, perm in members.items() if perm}
    if standing is not None:
        grants[standing[0]] = OWNER_PERM
    connection.execute(_FORGET_GRANTS, (room,))
    connection.executemany(
        _GRANT, [(room, user_id, perm, now_ms) for user_id, perm in grants.items()]
    )
    grants = dict(connection.execute(_ALL_GRANTS, (room,)).fetchall())
    is_closed = _is_closed(connection, room, now_ms / 1000)
    return StoredRoom(None if standing is None else standing[0], grants, is_closed)


def create_room(connection: sqlite3.Connection, room: str, owner: str, now_ms: int) -> None:
    """Store a room and its owner's full rights; once more by the same owner changes nothing.

    Raises:
        RoomTaken: The room is somebody else's.
    """
    if connection.execute(_CREATE, (room, owner, now_ms)).rowcount == 1:
        connection.execute(_GRANT, (room, owner, OWNER_PERM, now_ms))
        return
    (standing,) = connection.execute(_OWNER, (room,)).fetchone()
    if standing != owner:
        raise RoomTaken(room)


def grants_for(connection: sqlite3.Connection, user_id: str, room: str, now_s: float) -> str:
    """Return the letters of what the user was granted in the room; none when nothing."""
    if _is_closed(connection, room, now_s):
        return CLOSED_PERM
    found = connection.execute(_GRANTS, (room, user_id)).fetchone()
    return found[0] if found else ""


def change_grant(
    connection: sqlite3.Connection,
    room: str,
    user_id: str,
    perm: str,
    now_ms: int,
    *,
    spares_members: bool = False,
) -> str | None:
    """Set what a user is granted in a room; "" takes the grant away.

    Args:
        connection: in a transaction.
        room: the room.
        user_id: whose grant.
        perm: letters, or `-` for a ban.
        now_ms: dates the row.
        spares_members: whether a grant that stands is kept; a ban is not.

    Returns:
        What stands now; None when the room is the user's own, and nothing was changed.
    """
    owner = connection.execute(_OWNER, (room,)).fetchone()
    if owner is not None and owner[0] == user_id:
        return None
    if spares_members:
        standing = connection.execute(_GRANTS, (room, user_id)).fetchone()
        if standing is not None and standing[0] != "-":
            return standing[0]
    if perm:
        connection.execute(_GRANT, (room, user_id, perm, now_ms))
    else:
        connection.execute(_FORGET_GRANT, (room, user_id))
    return perm


def close_room(connection: sqlite3.Connection, room: str, closed_by: str, now_ms: int) -> None:
    """Close a room, and withdraw its invitations. Harmless when it is closed."""
    connection.execute(_CLOSE, (room, closed_by, now_ms))
    revoke_invitations(connection, room, None)


def _is_closed(connection: sqlite3.Connection, room: str, now_s: float) -> bool:
    return connection.execute(_IS_CLOSED, {"room": room, "now_s": now_s}).fetchone() is not None
