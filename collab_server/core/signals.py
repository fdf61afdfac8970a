"""What rooms are told and nobody keeps: cursors, typing, how present people are.

Decides no rights. Source: PROTOCOL.md §3 (ephemeral events, presence, typing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from collab_server.core.context import DeadlineKind
from collab_server.core.effects import Relay
from collab_server.core.rights import rooms_in_use
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import encode_event, encode_value
from collab_server.protocol.names import user_id_on_wire
from collab_server.protocol.room_events import CursorMoved, TypingChanged

if TYPE_CHECKING:
    from collab_server.core.context import Context
    from collab_server.core.rooms import Rooms
    from collab_server.core.states import Client
    from collab_server.protocol.event_base import RequestId
    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_events import MoveCursor, SetPresence, SetTyping

TYPING_TTL_S = 6
TYPING_EVERY_S = 2.0  # clients are asked for 3; a little of the network's unevenness is allowed
TYPING_UP_TO = 100
"""Members of a room that still hear who types."""


class Signals:
    """The ephemeral events of all rooms. Invariant: who types stops at the latest after the TTL."""

    def __init__(self, context: Context, rooms: Rooms) -> None:
        self._context = context
        self._rooms = rooms
        self._typing: dict[RoomId, dict[str, float]] = {}  # → user id → when it was said last

    def cursor(self, client: Client, event: MoveCursor, now_s: float) -> None:
        """Tell the others where somebody points."""
        user = client.user
        assert user is not None
        position = self._encoded(client, event.position, event.room, event.id, now_s)
        if position is not None:
            moved = CursorMoved(
                user_id=user.wire_id,
                client_id=client.id,
                position=msgspec.Raw(position),
                room=event.room,
                name=user.name,
                color=user.color,
            )
            self._tell_others(client, event.room, encode_event(moved))

    def typing(self, client: Client, event: SetTyping, now_s: float) -> None:
        """Tell the others that somebody begins or stops to write, at most every few seconds."""
        user = client.user
        assert user is not None
        writers = self._typing.get(event.room, {})
        since_s = writers.get(user.id)
        if event.state == "stop":
            self.stop_typing(event.room, user.id)
            return
        if since_s is not None and now_s - since_s < TYPING_EVERY_S:
            return
        if self._rooms.users_in(event.room) > TYPING_UP_TO:
            return
        self._typing.setdefault(event.room, {})[user.id] = now_s
        self._context.deadlines.add(now_s + TYPING_TTL_S, DeadlineKind.TYPING, event.room)
        self._tell_typing(event.room, user.id, user.name, "start")

    def stop_typing(self, room: RoomId, user_id: str) -> None:
        """Tell that somebody does not write any more, if it was said that they do."""
        writers = self._typing.get(room)
        if writers is None or writers.pop(user_id, None) is None:
            return
        if not writers:
            del self._typing[room]
        self._tell_typing(room, user_id, None, "stop")

    def forget(self, client: Client, room: RoomId) -> None:
        """Let somebody who leaves a room write there no more."""
        assert client.user is not None
        self.stop_typing(room, client.user.id)

    def expire_typing(self, room: RoomId, now_s: float) -> None:
        """Let those stop who have not said for a while that they write."""
        for user_id, since_s in list(self._typing.get(room, {}).items()):
            if now_s - since_s >= TYPING_TTL_S:
                self.stop_typing(room, user_id)

    def presence(self, client: Client, event: SetPresence, now_s: float) -> None:
        """Note how present a client's user is, in one room or in all that the client is in."""
        if event.meta is not msgspec.UNSET:
            room = event.room
            if self._encoded(client, event.meta, room, event.id, now_s) is None:
                return
            client.meta = event.meta
        client.status = event.status
        rooms = sorted(rooms_in_use(client)) if event.room is None else [event.room]
        for room in rooms:
            self._rooms.note_status(client, room, now_s)

    def _tell_typing(self, room: RoomId, user_id: str, name: str | None, state: str) -> None:
        told = TypingChanged(
            room=room,
            user_id=user_id_on_wire(user_id),
            state="start" if state == "start" else "stop",
            ttl=TYPING_TTL_S,
            name=name,
        )
        own = set(self._rooms.listeners(room, of_user=user_id))
        others = tuple(client for client in self._rooms.listeners(room) if client not in own)
        if others:
            self._context.effects.append(
                Relay(others, ((None, encode_event(told)),), ephemeral=True)
            )

    def _tell_others(self, client: Client, room: RoomId, frame: str) -> None:
        others = tuple(other for other in self._rooms.listeners(room) if other != client.id)
        if others:
            self._context.effects.append(Relay(others, ((None, frame),), ephemeral=True))

    def _encoded(
        self,
        client: Client,
        value: object,
        room: RoomId | None,
        re: RequestId | None,
        now_s: float,
    ) -> bytes | None:
        """Return a position as JSON, or answer that it is too much."""
        encoded = encode_value(value)
        if len(encoded) <= self._context.config.limits.cursor_bytes:
            return encoded
        text = "That is too long"
        self._context.refuse(client, ErrorCode.TOO_LARGE, text, room=room, re=re, now_s=now_s)
        return None
