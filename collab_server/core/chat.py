"""What is said in rooms, by people and by back-ends: stored first, then told, in one order a room.

Events wait in one line and go to the store in batches, one at a time; what it has committed is told
to the room and acknowledged together. Rooms whose class keeps nothing are told at once. Decides no
rights. Source: PROTOCOL.md §3, §7.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

import msgspec

from collab_server.core.chat_line import ChatLine, Waiting
from collab_server.core.permissions import MODERATE, features_of
from collab_server.core.room_effects import Published, StoreEvents
from collab_server.protocol.errors import ErrorCode, LocalProtocolError
from collab_server.protocol.events import encode_event, encode_value
from collab_server.protocol.names import user_id_on_wire
from collab_server.protocol.room_events import (
    Ack,
    DeleteMessage,
    EditMessage,
    MessagePosted,
    React,
)
from collab_server.protocol.room_facts import BACK_END, NewEvent, StoredChange, StoredMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collab_server.core.context import Context
    from collab_server.core.reading import Reading
    from collab_server.core.rights import Rights
    from collab_server.core.rooms import Rooms
    from collab_server.core.states import Client
    from collab_server.core.streams import Stream
    from collab_server.protocol.event_base import RequestId
    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_events import PostMessage
    from collab_server.protocol.room_facts import Outcome

PUBLISHED_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What a back-end says to a room."""

    room: RoomId
    message: object = field(repr=False)  # any JSON
    key: str | None = None  # the same key again is the same message; 1..255 characters
    owner: str | None = None  # a user who may see the room from now on


class Chat:
    """The write path of all rooms.

    Invariant: an event is told to a room only after the store has committed it, and in the order of
    its offsets.
    """

    def __init__(
        self,
        context: Context,
        *,
        rooms: Rooms,
        rights: Rights,
        reading: Reading,
        streams: dict[RoomId, Stream],
    ) -> None:
        self._context = context
        self._rooms = rooms
        self._rights = rights
        self._reading = reading
        self._streams = streams
        self._line = ChatLine()
        self._under_way: tuple[Waiting, ...] = ()
        self._batch = 0

    @property
    def is_settled(self) -> bool:
        """Whether everything that was said is stored."""
        return not self._line and not self._under_way

    def post(
        self, client: Client, event: PostMessage, perm: str, now_s: float, now_unix_s: float
    ) -> None:
        """Say something to a room, in which the client is."""
        features, user = features_of(event.room), client.user
        assert user is not None
        if features.speaks is None or features.speaks not in perm:
            code = ErrorCode.PERMISSION_DENIED if features.speaks is None else ErrorCode.READ_ONLY
            self._context.refuse(client, code, room=event.room, re=event.id, now_s=now_s)
            return
        message = self._encoded(client, event.message, event.room, event.id, now_s)
        if message is None:
            return
        new = NewEvent(
            kind="message",
            room=event.room,
            user_id=user.id,
            at_ms=int(now_unix_s * 1000),
            message=message,
            client_id=client.id,
            name=user.name,
            mid=event.mid,
            reply_to=event.reply_to,
            mentions=event.mentions,
        )
        wants_ack = event.id is not None or event.mid is not None
        waiting = Waiting(new, client.id, event.id, wants_ack)
        if features.ring_events:
            self._wait(waiting, now_s)
        else:
            self._tell_at_once(waiting)

    def change(
        self,
        client: Client,
        event: EditMessage | DeleteMessage | React,
        perm: str,
        now_s: float,
        now_unix_s: float,
    ) -> None:
        """Change a message, take it away, or put an emoji under it."""
        features, user = features_of(event.room), client.user
        assert user is not None
        speaks = features.speaks is not None and features.speaks in perm
        if not (speaks and features.ring_events) and MODERATE not in perm:
            self._context.refuse(
                client,
                ErrorCode.PERMISSION_DENIED,
                room=event.room,
                re=event.id,
                now_s=now_s,
            )
            return
        message: bytes | None = b"null"
        emoji = ""
        match event:
            case EditMessage():
                kind = "edit"
                message = self._encoded(client, event.message, event.room, event.id, now_s)
            case DeleteMessage():
                kind = "delete"
            case React():
                kind = "react" if event.op == "add" else "unreact"
                emoji = event.emoji
            case _:
                assert_never(event)
        if message is None:
            return
        new = NewEvent(
            kind=kind,
            room=event.room,
            user_id=user.id,
            at_ms=int(now_unix_s * 1000),
            message=message,
            message_id=event.message_id,
            any_author=kind == "delete" and MODERATE in perm,
            emoji=emoji,
        )
        self._wait(Waiting(new, client.id, event.id, wants_ack=event.id is not None), now_s)

    def publish(self, ticket: str, said: Publication, now_s: float, now_unix_s: float) -> None:
        """Let a back-end say something to a room; who asked hears of it by `Published`."""
        try:
            message = encode_value(said.message)
        except LocalProtocolError:
            self._context.effects.append(Published(ticket, said.room, ErrorCode.BAD_REQUEST))
            return
        if len(message) > PUBLISHED_BYTES:
            self._context.effects.append(Published(ticket, said.room, ErrorCode.TOO_LARGE))
            return
        new = NewEvent(
            kind="message",
            room=said.room,
            user_id=BACK_END,
            at_ms=int(now_unix_s * 1000),
            message=message,
            mid=said.key,
            owner=said.owner,
        )
        if features_of(said.room).ring_events:
            self._wait(Waiting(new, ticket=ticket), now_s)
        else:
            self._tell_at_once(Waiting(new, ticket=ticket))

    def stored(self, batch: int, outcomes: Sequence[Outcome], now_s: float) -> None:
        """Tell and acknowledge a batch, and send the next."""
        assert batch == self._batch
        told, self._under_way = self._under_way, ()
        frames: dict[RoomId, list[str]] = {}
        for waiting, outcome in zip(told, outcomes, strict=True):
            if outcome.offset and not outcome.is_duplicate and outcome.refusal is None:
                frame = self._take_in(waiting.event, outcome, now_s)
                if frame is not None:
                    frames.setdefault(waiting.event.room, []).append(frame)
        for room, of_room in frames.items():
            self._relay(room, of_room)
        for waiting, outcome in zip(told, outcomes, strict=True):
            self._answer(waiting, outcome, now_s)
        self._send()

    def refused(self, batch: int, now_s: float) -> None:
        """Tell everybody of a batch that it was not stored; it is theirs to try again."""
        assert batch == self._batch
        told, self._under_way = self._under_way, ()
        for waiting in told:
            self._fail(waiting, ErrorCode.UNAVAILABLE, now_s)
        self._send()

    def _wait(self, waiting: Waiting, now_s: float) -> None:
        if not self._line.add(waiting):
            self._fail(waiting, ErrorCode.UNAVAILABLE, now_s)
        elif not self._under_way:
            self._send()

    def _send(self) -> None:
        if not self._line:
            return
        self._under_way = self._line.take_batch()
        self._batch += 1
        events = tuple(waiting.event for waiting in self._under_way)
        epoch = self._context.new_id()[:16]
        self._context.effects.append(StoreEvents(self._batch, events, epoch))

    def _take_in(self, event: NewEvent, outcome: Outcome, now_s: float) -> str | None:
        """Move the room's stream, if it is in memory; return what its members are told."""
        if event.owner is not None:
            self._rights.show(event.room, event.owner)
        stream = self._streams.get(event.room)
        if stream is None:
            return None
        frame = stream.add(_stored(event, outcome))
        if event.kind == "message" and event.user_id in stream.readers:
            self._reading.take_as_read(event.room, event.user_id, outcome.offset, now_s)
        return frame

    def _tell_at_once(self, waiting: Waiting) -> None:
        """Tell a room that keeps nothing."""
        event = waiting.event
        posted = MessagePosted(
            user_id=None if event.user_id == BACK_END else user_id_on_wire(event.user_id),
            client_id=event.client_id,
            message=msgspec.Raw(event.message),
            timestamp=event.at_ms // 1000,
            room=event.room,
            ts=event.at_ms,
            mid=event.mid,
            name=event.name,
            reply_to=event.reply_to,
            mentions=event.mentions,
        )
        told = self._relay(event.room, [encode_event(posted)])
        if waiting.ticket is not None:
            self._context.effects.append(Published(waiting.ticket, event.room, listeners=told))
        elif waiting.wants_ack and (client := self._asker(waiting)) is not None:
            ack = Ack(
                room=event.room,
                mid=event.mid,
                timestamp=posted.timestamp,
                re=waiting.request_id,
            )
            self._context.tell(client, ack)

    def _relay(self, room: RoomId, frames: Sequence[str]) -> int:
        """Tell everybody in a room, the sender too; return how many connections that were."""
        listeners = self._rooms.listeners(room)
        self._context.relay(listeners, frames)
        return len(listeners)

    def _answer(self, waiting: Waiting, outcome: Outcome, now_s: float) -> None:
        event = waiting.event
        if outcome.refusal is not None:
            self._fail(waiting, ErrorCode[outcome.refusal.upper()], now_s)
        elif waiting.ticket is not None:
            published = Published(
                waiting.ticket,
                event.room,
                epoch=outcome.epoch,
                offset=outcome.offset,
                message_id=outcome.message_id,
                is_duplicate=outcome.is_duplicate,
                listeners=0 if outcome.is_duplicate else len(self._rooms.listeners(event.room)),
            )
            self._context.effects.append(published)
        elif waiting.wants_ack and (client := self._asker(waiting)) is not None:
            ack = Ack(
                room=event.room,
                id=outcome.message_id,
                mid=event.mid,
                offset=outcome.offset or None,
                timestamp=outcome.at_ms // 1000,
                duplicate=outcome.is_duplicate,
                re=waiting.request_id,
            )
            self._context.tell(client, ack)

    def _fail(self, waiting: Waiting, code: ErrorCode, now_s: float) -> None:
        room = waiting.event.room
        if waiting.ticket is not None:
            self._context.effects.append(Published(waiting.ticket, room, code))
        elif (client := self._asker(waiting)) is not None:
            re = waiting.request_id
            self._context.refuse(client, code, room=room, re=re, now_s=now_s)

    def _asker(self, waiting: Waiting) -> Client | None:
        return None if waiting.client is None else self._context.live(waiting.client)

    def _encoded(
        self, client: Client, message: object, room: RoomId, re: RequestId | None, now_s: float
    ) -> bytes | None:
        """Return what is said as JSON, or answer that it is too much."""
        encoded = encode_value(message)
        if len(encoded) <= self._context.config.limits.chat_bytes:
            return encoded
        text = "The message is too long"
        self._context.refuse(client, ErrorCode.TOO_LARGE, text, room=room, re=re, now_s=now_s)
        return None


def _stored(event: NewEvent, outcome: Outcome) -> StoredMessage | StoredChange:
    """Return an event as the store has it now."""
    if event.kind == "message":
        return StoredMessage(
            room=event.room,
            id=outcome.message_id,
            offset=outcome.offset,
            user_id=event.user_id,
            client_id=event.client_id,
            name=event.name,
            message=event.message,
            mid=event.mid,
            reply_to=event.reply_to,
            mentions=event.mentions,
            at_ms=outcome.at_ms,
        )
    return StoredChange(
        room=event.room,
        offset=outcome.offset,
        kind=event.kind,
        message_id=event.message_id,
        user_id=event.user_id,
        emoji=event.emoji or None,
        at_ms=outcome.at_ms,
        message=event.message if event.kind == "edit" else None,
    )
