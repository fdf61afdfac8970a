"""Reading rooms' streams: where they stand, what was said last, pages of it, who has read how far.

Does not know who may read what. Source: PROTOCOL.md §3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collab_server.protocol.room_facts import (
    StoredChange,
    StoredMessage,
    StoredPage,
    StoredStream,
)
from collab_server.storage.messages import Streams, as_json, mentions_of
from collab_server.storage.room_terms import forget_by_terms, terms_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from collab_server.protocol.names import RoomId

Row = tuple[Any, ...]
"""As sqlite3 gives it: the statement says what stands in it."""

MOST_UNREAD = 999
MOST_CHARACTERS = 1024 * 1024
"""Of messages that are read at once, beyond a first one; a back-end's has a mebibyte by itself."""

FORGET_A_TIME = 2000
FORGET_UNUSED = 20_000  # a time; joining alone makes a stream, so there may be many
KEEP_EVENTS = 1000

_COLUMNS = """
    id, stream_offset, user_id, client_id, name, message, is_json, mid, reply_to, mentions,
    created_at_ms, edited_at_ms, deleted_at_ms
"""
_MESSAGE = 5  # its place among these
_LAST = f"""
    SELECT {_COLUMNS} FROM chat_messages
    WHERE room = ? AND stream_offset <= ? AND created_at_ms >= ?
    ORDER BY stream_offset DESC LIMIT ?
"""
_AFTER = f"""
    SELECT {_COLUMNS} FROM chat_messages
    WHERE room = ? AND stream_offset > ? AND created_at_ms >= ?
    ORDER BY stream_offset LIMIT ?
"""
_BY_ID = f"SELECT {_COLUMNS} FROM chat_messages WHERE id = ?"
_EVENTS = """
    SELECT stream_offset, kind, message_id, user_id, emoji, created_at_ms FROM room_events
    WHERE room = ? ORDER BY stream_offset DESC LIMIT ?
"""
_REACTIONS = """
    SELECT message_id, emoji, user_id FROM chat_reactions WHERE message_id IN ({marks})
    ORDER BY message_id, created_at_ms, rowid
"""
_STREAM = "SELECT epoch, top_offset FROM room_streams WHERE room = ?"
_MARK = "SELECT stream_offset FROM read_marks WHERE room = ? AND user_id = ?"
_UNREAD = """
    SELECT count(*) FROM (
        SELECT 1 FROM chat_messages
        WHERE room = ? AND stream_offset > ? AND stream_offset <= ?
            AND user_id != ? AND deleted_at_ms IS NULL
        LIMIT ?)
"""
_SAVE_MARK = """
    INSERT INTO read_marks (room, user_id, stream_offset, updated_at_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT (room, user_id) DO UPDATE SET
        stream_offset = max(stream_offset, excluded.stream_offset),
        updated_at_ms = excluded.updated_at_ms
"""
_FORGET_REACTIONS = """
    DELETE FROM chat_reactions WHERE message_id IN (
        SELECT id FROM chat_messages WHERE room >= ? AND room < ? AND created_at_ms < ? LIMIT ?)
"""
_FORGET_MESSAGES = """
    DELETE FROM chat_messages WHERE id IN (
        SELECT id FROM chat_messages WHERE room >= ? AND room < ? AND created_at_ms < ? LIMIT ?)
"""
_FORGET_EVENTS = """
    DELETE FROM room_events WHERE (room, stream_offset) IN (
        SELECT e.room, e.stream_offset FROM room_events AS e JOIN room_streams AS s USING (room)
        WHERE e.stream_offset <= s.top_offset - ? LIMIT ?)
"""
_FORGET_EMPTY = """
    DELETE FROM room_streams WHERE room IN (
        SELECT room FROM room_streams WHERE top_offset = 0 AND created_at_ms < ? LIMIT ?)
"""


def open_stream(
    connection: sqlite3.Connection, room: RoomId, count: int, epoch: str, now_ms: int
) -> StoredStream:
    """Return a room's stream with up to `count` of its last events; made when there is none.

    Must run where the room's events are written, so that none comes in between.
    """
    epoch, top = Streams(connection, epoch, now_ms).of(room)
    since_ms = _kept_since_ms(connection, room, now_ms)
    rows, _ = _some(connection.execute(_LAST, (room, top, since_ms, count)), count)
    messages = _messages(connection, room, rows)
    changes = [_change(connection, room, row) for row in connection.execute(_EVENTS, (room, count))]
    by_offset: dict[int, StoredMessage | StoredChange] = {
        event.offset: event for event in (*messages, *changes)
    }
    last: list[StoredMessage | StoredChange] = []
    while len(last) < count and (event := by_offset.get(top - len(last))) is not None:
        last.append(event)
    return StoredStream(epoch, top, tuple(reversed(last)))


def page_of_history(
    connection: sqlite3.Connection,
    room: RoomId,
    *,
    before: int | None,
    after: int | None,
    limit: int,
    now_ms: int,
) -> StoredPage:
    """Return the messages before a place (the newest of them) or after one (the oldest).

    They are fewer where they are long.
    """
    found = connection.execute(_STREAM, (room,)).fetchone()
    epoch, top = found or ("", 0)
    since_ms = _kept_since_ms(connection, room, now_ms)
    if after is not None:
        found_rows = connection.execute(_AFTER, (room, after, since_ms, limit + 1))
        rows, has_more = _some(found_rows, limit)
    else:
        below = top if before is None else before - 1
        found_rows = connection.execute(_LAST, (room, below, since_ms, limit + 1))
        rows, has_more = _some(found_rows, limit)
        rows.reverse()
    return StoredPage(epoch, tuple(_messages(connection, room, rows)), has_more)


def find_reader(
    connection: sqlite3.Connection, room: RoomId, user_id: str, up_to: int, mark: int | None
) -> tuple[int, int]:
    """Return how far a user has read, and how many messages of others came after, up to a place.

    Args:
        connection: for reading.
        room: a room's name.
        user_id: whose mark.
        up_to: the last place that counts.
        mark: how far, when that is known better than here.
    """
    if mark is None:
        found = connection.execute(_MARK, (room, user_id)).fetchone()
        mark = found[0] if found else 0
    assert mark is not None
    counted = (room, mark, up_to, user_id, MOST_UNREAD)
    (unread,) = connection.execute(_UNREAD, counted).fetchone()
    return mark, unread


def save_read_marks(
    connection: sqlite3.Connection, marks: Sequence[tuple[str, str, int]], now_ms: int
) -> None:
    """Move marks (room, user, place) forward; none ever moves back."""
    connection.executemany(_SAVE_MARK, [(*mark, now_ms) for mark in marks])


def forget_old(
    connection: sqlite3.Connection, keeps: Sequence[tuple[str, int]], now_ms: int
) -> None:
    """Forget some of what is too old: messages of rooms by prefix, changes, unused streams.

    Args:
        connection: in a transaction.
        keeps: prefix of a room's name → how long its messages are kept, in ms.
        now_ms: unix time.
    """
    for prefix, keep_ms in keeps:
        old = (prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1), now_ms - keep_ms, FORGET_A_TIME)
        connection.execute(_FORGET_REACTIONS, old)
        connection.execute(_FORGET_MESSAGES, old)
    forget_by_terms(connection, now_ms, FORGET_A_TIME)
    connection.execute(_FORGET_EVENTS, (KEEP_EVENTS, FORGET_A_TIME))
    connection.execute(_FORGET_EMPTY, (now_ms - 86_400_000, FORGET_UNUSED))


def _kept_since_ms(connection: sqlite3.Connection, room: RoomId, now_ms: int) -> int:
    """Return when the oldest message that may still be shown was said, at the earliest."""
    keep_s = terms_of(connection, room).keep_s
    return 0 if keep_s is None else now_ms - keep_s * 1000


def _some(rows: Iterable[Row], most: int) -> tuple[list[Row], bool]:
    """Read up to so many messages, as far as they are not too long; tell whether there are more."""
    read: list[Row] = []
    size = 0
    for row in rows:
        size += len(row[_MESSAGE])
        if len(read) == most or (read and size > MOST_CHARACTERS):
            return read, True
        read.append(row)
    return read, False


def _messages(
    connection: sqlite3.Connection, room: RoomId, rows: Sequence[Row]
) -> list[StoredMessage]:
    reactions = _reactions(connection, [row[0] for row in rows])
    return [_message(room, row, reactions.get(row[0], {})) for row in rows]


def _message(room: RoomId, row: Row, reactions: Mapping[str, tuple[str, ...]]) -> StoredMessage:
    (
        message_id,
        offset,
        user_id,
        client_id,
        name,
        message,
        is_json,
        mid,
        reply_to,
        mentions,
        at_ms,
        edited_at_ms,
        deleted_at_ms,
    ) = row
    is_deleted = deleted_at_ms is not None
    return StoredMessage(
        room,
        message_id,
        offset,
        user_id,
        client_id,
        name,
        b"null" if is_deleted else as_json(message, is_json=bool(is_json)),
        mid,
        reply_to,
        mentions_of(mentions),
        at_ms,
        edited_at_ms,
        is_deleted,
        reactions,
    )


def _change(connection: sqlite3.Connection, room: RoomId, row: Row) -> StoredChange:
    offset, kind, message_id, user_id, emoji, at_ms = row
    message = None
    if kind == "edit":
        found = connection.execute(_BY_ID, (message_id,)).fetchone()
        if found is not None and found[-1] is None:
            message = as_json(found[5], is_json=bool(found[6]))
    return StoredChange(room, offset, kind, message_id, user_id, emoji, at_ms, message)


def _reactions(
    connection: sqlite3.Connection, ids: Sequence[int]
) -> dict[int, dict[str, tuple[str, ...]]]:
    if not ids:
        return {}
    marks = ",".join("?" * len(ids))
    found: dict[int, dict[str, tuple[str, ...]]] = {}
    for message_id, emoji, user_id in connection.execute(_REACTIONS.format(marks=marks), ids):
        of_message = found.setdefault(message_id, {})
        of_message[emoji] = (*of_message.get(emoji, ()), user_id)
    return found
