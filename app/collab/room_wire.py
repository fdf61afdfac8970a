"""From the wire's room events to the model's values.

Decides nothing. Source: PROTOCOL.md §3.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from app.model.participants import Participant
from app.model.room_messages import (
    MessageEdited,
    MessagePosted,
    MessageRemoved,
    ReactionChanged,
    RoomMessage,
)
from collab_server.protocol import events, room_events
from collab_server.protocol.errors import MalformedFrame
from collab_server.protocol.json_text import decode_json
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import clean_name, user_id_from_wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    import msgspec

    from app.model.participants import Status
    from app.model.room_messages import RoomChange

    StreamEvent = (
        room_events.MessagePosted
        | room_events.MessageUpdated
        | room_events.MessageDeleted
        | room_events.Reacted
    )

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_PERM = re.compile(r"[rwhmo]{1,5}")
_NO_COLOR = "#808080"
_MOST_REACTIONS = 50
_MOST_REACTING = 200
_DEPTH = Limits().json_depth
_LATEST_MS = 253_402_300_799_000  # the end of the year 9999
LATEST_S = _LATEST_MS / 1000


def change_from(event: StreamEvent) -> RoomChange:
    """Return what an event of a stream says.

    Raises:
        RemoteProtocolError: what is said is no JSON.
    """
    match event:
        case room_events.MessagePosted():
            return MessagePosted(message_from(event))
        case room_events.MessageUpdated(message_id=message_id):
            return MessageEdited(message_id, decode_json(bytes(event.message), _DEPTH))
        case room_events.MessageDeleted(message_id=message_id):
            return MessageRemoved(message_id)
        case room_events.Reacted(message_id=message_id, emoji=emoji, op=op):
            user_id = user_id_from_wire(event.user_id)
            return ReactionChanged(message_id, user_id, emoji, op == "add")
        case _:
            assert_never(event)


def bounded(number: float, most: float) -> float:
    """Return a number of a server's, 0 at least; JSON has integers that no float holds."""
    return min(max(0, number), most)


def message_from(event: room_events.MessagePosted) -> RoomMessage:
    """Return a message as it is now.

    Raises:
        RemoteProtocolError: what it says is no JSON.
    """
    return RoomMessage(
        id=event.id or 0,
        offset=event.offset or 0,
        user_id=None if event.user_id is None else user_id_from_wire(event.user_id),
        name=clean_name(event.name or "") or "",
        payload=decode_json(bytes(event.message), _DEPTH),
        at_s=bounded(event.ts, _LATEST_MS) / 1000,
        mid=event.mid or "",
        reply_to=event.reply_to,
        mentions=tuple(map(user_id_from_wire, event.mentions)),
        is_edited=event.edited_at is not None,
        is_deleted=event.deleted,
        reactions={
            emoji: tuple(map(user_id_from_wire, users[:_MOST_REACTING]))
            for emoji, users in list(event.reactions.items())[:_MOST_REACTIONS]
        },
    )


def stream_event(raw: msgspec.Raw) -> StreamEvent:
    """Read an event that stands inside another.

    Raises:
        RemoteProtocolError: it is none of a stream.
    """
    event = events.decode_server_event(bytes(raw))
    if isinstance(
        event,
        room_events.MessagePosted
        | room_events.MessageUpdated
        | room_events.MessageDeleted
        | room_events.Reacted,
    ):
        return event
    raise MalformedFrame("not an event of a stream")


def messages_of(raws: Sequence[msgspec.Raw]) -> tuple[RoomMessage, ...]:
    """Read a page's messages.

    Raises:
        RemoteProtocolError: there is something else among them.
    """
    changes = [change_from(stream_event(raw)) for raw in raws]
    return tuple(change.message for change in changes if isinstance(change, MessagePosted))


def participant_from(
    member: events.Member | events.UserJoined | events.AuthSuccess, *, is_self: bool = False
) -> Participant:
    """Return a person as the server vouches for it."""
    status: Status = "active"
    if isinstance(member, events.Member) and member.status in ("idle", "dnd"):
        status = member.status
    color = member.color or ""
    return Participant(
        member.client_id,
        user_id_from_wire(member.user_id),
        clean_name(member.name or "") or "?",
        color if _COLOR.fullmatch(color) else _NO_COLOR,
        is_self=is_self,
        status=status,
        perm=perm_from(getattr(member, "perm", "")),
    )


def perm_from(told: object) -> str:
    """Return letters as a server tells them of somebody; empty when it tells none."""
    return told if isinstance(told, str) and _PERM.fullmatch(told) else ""
