"""What is said in rooms and what happens to it: each event gets the next place in its room.

Everything of one call is one transaction's. A message that comes again with the same name is found
and stored once. Does not know who may say what, only whose a message is. Source: PROTOCOL.md §3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from collab_server.protocol.room_facts import Outcome
from collab_server.storage.room_terms import terms_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from collab_server.protocol.room_facts import NewEvent, RoomTerms

REACTIONS_A_MESSAGE = 500
OWNED_PERM = "rh"  # what a back-end gives whom it names as the owner of what it publishes

_OPEN = """
    INSERT INTO room_streams (room, epoch, top_offset, created_at_ms) VALUES (?, ?, 0, ?)
    ON CONFLICT (room) DO NOTHING
"""
_STREAM = "SELECT epoch, top_offset FROM room_streams WHERE room = ?"
_MOVE = "UPDATE room_streams SET top_offset = ? WHERE room = ?"
_BY_MID = """
    SELECT id, stream_offset, created_at_ms FROM chat_messages
    WHERE room = ? AND user_id = ? AND mid = ?
"""
_OF = "SELECT user_id, deleted_at_ms FROM chat_messages WHERE id = ? AND room = ?"
_INSERT = """
    INSERT INTO chat_messages
        (room, user_id, message, is_json, stream_offset, mid, client_id, name, reply_to, mentions,
         created_at_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_EDIT = "UPDATE chat_messages SET message = ?, is_json = ?, edited_at_ms = ? WHERE id = ?"
_DELETE = """
    UPDATE chat_messages SET message = '', is_json = 0, mentions = NULL, deleted_at_ms = ?
    WHERE id = ?
"""
_UNREACT_ALL = "DELETE FROM chat_reactions WHERE message_id = ?"
_REACTIONS_OF = "SELECT count(*) FROM chat_reactions WHERE message_id = ?"
_REACT = """
    INSERT INTO chat_reactions (message_id, emoji, user_id, created_at_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""
_UNREACT = "DELETE FROM chat_reactions WHERE message_id = ? AND emoji = ? AND user_id = ?"
_SHOW = """
    INSERT INTO room_grants (room, user_id, perm, created_at_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT (room, user_id) DO NOTHING
"""
_EVENT = """
    INSERT INTO room_events
        (room, stream_offset, kind, message_id, user_id, emoji, created_at_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class Streams:
    """The streams that one transaction writes to. Invariant: `close` ends it."""

    def __init__(self, connection: sqlite3.Connection, epoch: str, now_ms: int) -> None:
        self._connection = connection
        self._epoch = epoch  # of a stream that begins now
        self._now_ms = now_ms
        self._tops: dict[str, tuple[str, int]] = {}
        self._terms: dict[str, RoomTerms] = {}

    def of(self, room: str) -> tuple[str, int]:
        """Return a stream's epoch and top, and make it when there is none."""
        found = self._tops.get(room)
        if found is None:
            self._connection.execute(_OPEN, (room, self._epoch, self._now_ms))
            epoch, top = self._connection.execute(_STREAM, (room,)).fetchone()
            found = self._tops[room] = (epoch, top)
        return found

    def is_over(self, event: NewEvent) -> bool:
        """Tell whether the room's time had come when something happened."""
        terms = self._terms.get(event.room)
        if terms is None:
            terms = self._terms[event.room] = terms_of(self._connection, event.room)
        return terms.is_over(event.at_ms / 1000)

    def next(self, room: str) -> tuple[str, int]:
        """Take the next place in a stream."""
        epoch, top = self.of(room)
        self._tops[room] = (epoch, top + 1)
        return epoch, top + 1

    def close(self) -> None:
        """Write where the streams stand now."""
        moves = [(top, room) for room, (_, top) in self._tops.items()]
        self._connection.executemany(_MOVE, moves)


def store_events(
    connection: sqlite3.Connection, events: Sequence[NewEvent], epoch: str, now_ms: int
) -> list[Outcome]:
    """Store events in this order; return what became of each.

    Args:
        connection: in a transaction.
        events: of any rooms.
        epoch: what a stream that begins now is called.
        now_ms: unix time.
    """
    streams = Streams(connection, epoch, now_ms)
    outcomes = [_store(connection, streams, event) for event in events]
    streams.close()
    return outcomes


def _store(connection: sqlite3.Connection, streams: Streams, event: NewEvent) -> Outcome:
    if streams.is_over(event):
        epoch, _ = streams.of(event.room)
        return Outcome(epoch, 0, event.message_id, event.at_ms, refusal="room_closed")
    match event.kind:
        case "message":
            return _post(connection, streams, event)
        case "edit" | "delete":
            return _change(connection, streams, event)
        case _:
            return _react(connection, streams, event)


def _post(connection: sqlite3.Connection, streams: Streams, event: NewEvent) -> Outcome:
    epoch, _ = streams.of(event.room)
    if event.owner is not None:
        connection.execute(_SHOW, (event.room, event.owner, OWNED_PERM, event.at_ms))
    if event.mid is not None:
        stands = connection.execute(_BY_MID, (event.room, event.user_id, event.mid)).fetchone()
        if stands is not None:
            message_id, offset, at_ms = stands
            return Outcome(epoch, offset, message_id, at_ms, is_duplicate=True)
    if event.reply_to is not None and _author(connection, event.room, event.reply_to) is None:
        return Outcome(epoch, 0, 0, event.at_ms, refusal="message_not_found")
    epoch, offset = streams.next(event.room)
    text, is_json = _as_text(event.message)
    mentions = msgspec.json.encode(event.mentions).decode() if event.mentions else None
    row = (
        event.room,
        event.user_id,
        text,
        is_json,
        offset,
        event.mid,
        event.client_id,
        event.name,
        event.reply_to,
        mentions,
        event.at_ms,
    )
    message_id = connection.execute(_INSERT, row).lastrowid
    assert message_id is not None
    return Outcome(epoch, offset, message_id, event.at_ms)


def _change(connection: sqlite3.Connection, streams: Streams, event: NewEvent) -> Outcome:
    epoch, _ = streams.of(event.room)
    author = _author(connection, event.room, event.message_id)
    if author is None:
        return Outcome(epoch, 0, event.message_id, event.at_ms, refusal="message_not_found")
    if author != event.user_id and not event.any_author:
        return Outcome(epoch, 0, event.message_id, event.at_ms, refusal="permission_denied")
    if event.kind == "edit":
        text, is_json = _as_text(event.message)
        connection.execute(_EDIT, (text, is_json, event.at_ms, event.message_id))
    else:
        connection.execute(_DELETE, (event.at_ms, event.message_id))
        connection.execute(_UNREACT_ALL, (event.message_id,))
    return _note(connection, streams, event)


def _react(connection: sqlite3.Connection, streams: Streams, event: NewEvent) -> Outcome:
    epoch, _ = streams.of(event.room)
    refused = Outcome(epoch, 0, event.message_id, event.at_ms, refusal="message_not_found")
    if _author(connection, event.room, event.message_id) is None:
        return refused
    key = (event.message_id, event.emoji, event.user_id)
    if event.kind == "react":
        (count,) = connection.execute(_REACTIONS_OF, (event.message_id,)).fetchone()
        if count >= REACTIONS_A_MESSAGE:
            return Outcome(epoch, 0, event.message_id, event.at_ms, refusal="limit_exceeded")
        changed = connection.execute(_REACT, (*key, event.at_ms)).rowcount
    else:
        changed = connection.execute(_UNREACT, key).rowcount
    if not changed:
        return Outcome(epoch, 0, event.message_id, event.at_ms, is_duplicate=True)
    return _note(connection, streams, event)


def _note(connection: sqlite3.Connection, streams: Streams, event: NewEvent) -> Outcome:
    epoch, offset = streams.next(event.room)
    emoji = event.emoji if event.kind in ("react", "unreact") else None
    row = (event.room, offset, event.kind, event.message_id, event.user_id, emoji, event.at_ms)
    connection.execute(_EVENT, row)
    return Outcome(epoch, offset, event.message_id, event.at_ms)


def _author(connection: sqlite3.Connection, room: str, message_id: int) -> str | None:
    """Return whose a message of this room is; None when there is none, or no more."""
    found = connection.execute(_OF, (message_id, room)).fetchone()
    return found[0] if found is not None and found[1] is None else None


def _as_text(message: bytes) -> tuple[str, bool]:
    """Return how a message stands in its column: a text as it is, anything else as JSON."""
    value: object = msgspec.json.decode(message)
    return (value, False) if isinstance(value, str) else (message.decode(), True)


def as_json(text: str, *, is_json: bool) -> bytes:
    """Return what a column says, as JSON."""
    return text.encode() if is_json else msgspec.json.encode(text)


def mentions_of(column: str | None) -> tuple[int | str, ...]:
    """Return whom a message names."""
    return tuple(cast("list[int | str]", msgspec.json.decode(column))) if column else ()
