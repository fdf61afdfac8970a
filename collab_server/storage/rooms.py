"""Rooms that people have made, and who was granted what in a room.

Does not know room classes or what a right's letter allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.storage.errors import RoomTaken

if TYPE_CHECKING:
    import sqlite3

OWNER_PERM = "rwhmo"

_CREATE = """
    INSERT INTO rooms (name, owner, created_at_ms) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING
"""
_OWNER = "SELECT owner FROM rooms WHERE name = ?"
_GRANT = """
    INSERT INTO room_grants (room, user_id, perm, created_at_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT (room, user_id) DO UPDATE SET perm = excluded.perm
"""
_GRANTS = "SELECT perm FROM room_grants WHERE room = ? AND user_id = ?"


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


def grants_for(connection: sqlite3.Connection, user_id: str, room: str) -> str:
    """Return the letters of what the user was granted in the room; none when nothing."""
    found = connection.execute(_GRANTS, (room, user_id)).fetchone()
    return found[0] if found else ""
