"""What signed-in clients ask of rooms that they are in, with rights checked on every message.

Knows neither bytes nor deadlines. Source: PROTOCOL.md §3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.room_events import (
    DeleteMessage,
    EditMessage,
    FindHistory,
    MarkRead,
    MoveCursor,
    PostMessage,
    React,
    RelayEdit,
    SetPresence,
    SetTyping,
)

if TYPE_CHECKING:
    from collab_server.core.chat import Chat
    from collab_server.core.context import Context
    from collab_server.core.edits import Edits
    from collab_server.core.reading import Reading
    from collab_server.core.signals import Signals
    from collab_server.core.states import Client
    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_events import RoomRequest


class RoomRequests:
    """The verbs of members. Invariant: nobody is heard in a room that they have not joined."""

    def __init__(
        self, context: Context, chat: Chat, reading: Reading, signals: Signals, edits: Edits
    ) -> None:
        self._context = context
        self._chat = chat
        self._reading = reading
        self._signals = signals
        self._edits = edits

    def forget(self, client: Client, room: RoomId) -> None:
        """Hear that a client leaves a room."""
        self._signals.forget(client, room)

    def hear(self, client: Client, event: RoomRequest, now_s: float, now_unix_s: float) -> None:
        """Act on an event of a signed-in client."""
        room = event.room
        if room is None or room not in client.rooms:
            if room is None and isinstance(event, SetPresence):
                self._signals.presence(client, event, now_s)
                return
            self._context.refuse(client, ErrorCode.NOT_IN_ROOM, room=room, re=event.id, now_s=now_s)
            return
        perm = client.perms[room]
        match event:
            case PostMessage():
                assert client.user is not None
                self._signals.stop_typing(room, client.user.id)
                self._chat.post(client, event, perm, now_s, now_unix_s)
            case EditMessage() | DeleteMessage() | React():
                self._chat.change(client, event, perm, now_s, now_unix_s)
            case FindHistory():
                self._reading.find(client, event, perm, now_s)
            case MarkRead():
                self._reading.mark(client, event, now_s)
            case MoveCursor():
                self._signals.cursor(client, event, now_s)
            case RelayEdit():
                self._edits.hear(client, event, perm, now_s, now_unix_s)
            case SetTyping():
                self._signals.typing(client, event, now_s)
            case SetPresence():
                self._signals.presence(client, event, now_s)
            case _:
                assert_never(event)
