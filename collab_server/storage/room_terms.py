"""What holds in one room beside rights: a password, how many, until when, how long messages stay.

Does not know room classes or what is made of it. Source: PROTOCOL.md §3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from collab_server.protocol.room_facts import RoomTerms
from collab_server.storage.rooms import grants_for

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

GUESSED_PERM = "rwh"
"""What the password gives: membership, stored as a grant, so that it is asked for once."""

# Other programs write rows too, and SQLite lets them write anything anywhere: what is no number
# holds nothing.
_TERMS = """
    SELECT password_hash IS NOT NULL,
        CASE WHEN typeof(max_users) IN ('integer', 'real') THEN CAST(max_users AS INTEGER) END,
        CASE WHEN typeof(expires_at_s) IN ('integer', 'real')
            THEN CAST(expires_at_s AS INTEGER) END,
        CASE WHEN typeof(keep_s) IN ('integer', 'real') THEN CAST(keep_s AS INTEGER) END
    FROM room_terms WHERE room = ?
"""
_HASH = "SELECT password_hash FROM room_terms WHERE room = ?"
_BEGIN = "INSERT INTO room_terms (room) VALUES (?) ON CONFLICT (room) DO NOTHING"
_SET = {
    "password_hash": "UPDATE room_terms SET password_hash = ? WHERE room = ?",
    "max_users": "UPDATE room_terms SET max_users = ? WHERE room = ?",
    "expires_at_s": "UPDATE room_terms SET expires_at_s = ? WHERE room = ?",
    "keep_s": "UPDATE room_terms SET keep_s = ? WHERE room = ?",
}
_ADMIT = """
    INSERT INTO room_grants (room, user_id, perm, created_at_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT (room, user_id) DO NOTHING
"""
_OLD = """
    SELECT m.id FROM room_terms AS t JOIN chat_messages AS m USING (room)
    WHERE (typeof(t.keep_s) IN ('integer', 'real')
            AND m.created_at_ms < :now_ms - t.keep_s * 1000)
        OR (typeof(t.expires_at_s) IN ('integer', 'real') AND t.expires_at_s * 1000 <= :now_ms)
    LIMIT :most
"""
_FORGET_REACTIONS = f"DELETE FROM chat_reactions WHERE message_id IN ({_OLD})"
_FORGET_MESSAGES = f"DELETE FROM chat_messages WHERE id IN ({_OLD})"


def terms_of(connection: sqlite3.Connection, room: str) -> RoomTerms:
    """Return what holds in a room; nothing where nothing is stored."""
    found = connection.execute(_TERMS, (room,)).fetchone()
    if found is None:
        return RoomTerms()
    has_password, max_users, expires_at_s, keep_s = found
    return RoomTerms(
        has_password=bool(has_password),
        max_users=max_users,
        expires_at_s=expires_at_s,
        keep_s=keep_s,
    )


def password_hash(connection: sqlite3.Connection, room: str) -> str | None:
    """Return the hash of a room's password, None when it has none."""
    found = connection.execute(_HASH, (room,)).fetchone()
    return found[0] if found is not None and isinstance(found[0], str) else None


def set_terms(
    connection: sqlite3.Connection, room: str, columns: Mapping[str, object]
) -> RoomTerms:
    """Set some of what holds in a room, None to let it hold no more; return what holds now.

    Args:
        connection: in a transaction.
        room: its name.
        columns: names of `room_terms` to values; UNSET leaves one as it is.
    """
    said = {name: value for name, value in columns.items() if value is not msgspec.UNSET}
    if said:
        connection.execute(_BEGIN, (room,))
    for name, value in said.items():
        connection.execute(_SET[name], (value, room))
    return terms_of(connection, room)


def admit(connection: sqlite3.Connection, room: str, user_id: str, now_ms: int) -> str:
    """Make who knows the password a member; return what they are granted now: a ban stays."""
    connection.execute(_ADMIT, (room, user_id, GUESSED_PERM, now_ms))
    return grants_for(connection, user_id, room, now_ms / 1000)


def forget_by_terms(connection: sqlite3.Connection, now_ms: int, most: int) -> None:
    """Forget some of the messages that were to be kept no longer, and of rooms that are over."""
    what = {"now_ms": now_ms, "most": most}
    connection.execute(_FORGET_REACTIONS, what)
    connection.execute(_FORGET_MESSAGES, what)
