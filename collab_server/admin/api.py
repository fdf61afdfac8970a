"""The API: one table of endpoints, and what each has done.

Does not know HTTP: an endpoint takes what was asked as a type and returns the answer as one, or
raises. Source: PROTOCOL.md §7.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collab_server.admin import messages
from collab_server.admin.operations import Refused
from collab_server.core.permissions import RoomClass, class_of, is_grantable
from collab_server.core.revocations import Revoked
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.names import parse_room, user_id_from_wire
from collab_server.protocol.room_facts import NewTerms

if TYPE_CHECKING:
    import msgspec

    from collab_server.admin.operations import Operations

_REFUSALS = {
    "invalid_room": "There can be no room of this name.",
    "feature_disabled": "What the room is for is switched off.",
    "bad_request": "The message cannot be stored, or a key or owner is too long.",
    "too_large": "A message has at most 1 MiB.",
    "unavailable": "The store does not answer; the same with the same key may work later.",
}

CarryOut = Callable[["Operations", Any, str], Awaitable["msgspec.Struct"]]
"""Given who does it, what was asked (of the endpoint's type) and the room of the path, if any."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing that can be asked."""

    method: str
    path: str  # may hold {room}
    says: str  # one sentence
    asked: type[messages.Asked]  # the body's type; of a GET the query's
    answer: type[msgspec.Struct]
    carry_out: CarryOut


async def _broadcast(
    operations: Operations, asked: messages.Broadcast, _: str
) -> messages.BroadcastDone:
    if (asked.room is None) == (asked.rooms is None):
        raise Refused(ErrorCode.BAD_REQUEST, "Name a room or rooms, one of the two.")
    if asked.type != "message":
        raise Refused(ErrorCode.BAD_REQUEST, "The type of what is published is message.")
    owner = None if asked.owner is None else user_id_from_wire(asked.owner)
    results = [
        await operations.publish(room, asked.message, key=asked.idempotency_key, owner=owner)
        for room in asked.rooms or (asked.room or "",)
    ]
    errors = [result.error for result in results if result.error is not None]
    if errors and len(errors) == len(results):
        raise Refused(ErrorCode[errors[0].upper()], _REFUSALS.get(errors[0], "It was not taken."))
    return messages.BroadcastDone(ok=not errors, results=results)


async def _history(
    operations: Operations, asked: messages.OfHistory, _: str
) -> messages.HistoryShown:
    if asked.before is not None and asked.after is not None:
        raise Refused(ErrorCode.BAD_REQUEST, "Name before or after, not both.")
    room = parse_room(asked.room)
    return await operations.history(room, before=asked.before, after=asked.after, limit=asked.limit)


async def _kick(operations: Operations, asked: messages.Kick, _: str) -> messages.Concerned:
    user_id = user_id_from_wire(asked.user)
    return messages.Concerned(connections=operations.kick(parse_room(asked.room), user_id))


async def _disconnect(
    operations: Operations, asked: messages.Disconnect, _: str
) -> messages.Concerned:
    if (asked.user is None) == (asked.client is None):
        raise Refused(ErrorCode.BAD_REQUEST, "Name a user or a client, one of the two.")
    closed = operations.disconnect(
        user_id=None if asked.user is None else user_id_from_wire(asked.user),
        client_id=asked.client,
        comes_back=asked.reconnect,
    )
    return messages.Concerned(connections=closed)


async def _revoke(operations: Operations, asked: messages.Revoke, _: str) -> messages.Concerned:
    user = None if asked.user is None else user_id_from_wire(asked.user)
    named = [
        (kind, name)
        for kind, name in (
            (Revoked.USER, user),
            (Revoked.SESSION, asked.session),
            (Revoked.NONCE, asked.nonce),
        )
        if name is not None
    ]
    if len(named) != 1:
        raise Refused(ErrorCode.BAD_REQUEST, "Name a user, a session or a nonce, one of the three.")
    return messages.Concerned(connections=await operations.revoke(*named[0]))


async def _token(operations: Operations, asked: messages.MakeToken, _: str) -> messages.TokenMade:
    return operations.token(
        user_id_from_wire(asked.user), name=asked.name, rooms=asked.rooms, ttl_s=asked.ttl_s
    )


async def _put_room(
    operations: Operations, asked: messages.PutRoom, path_room: str
) -> messages.RoomShown:
    room = parse_room(path_room)
    if not is_grantable(room):
        raise Refused(ErrorCode.INVALID_ROOM, "Nobody can be given rights in a room of this name.")
    if len(asked.members) > messages.MOST_MEMBERS:
        raise Refused(ErrorCode.TOO_LARGE, f"A room has at most {messages.MOST_MEMBERS} members.")
    if any(not 0 < len(user_id) <= messages.LONGEST_USER_CHARS for user_id in asked.members):
        raise Refused(ErrorCode.BAD_REQUEST, "A user id has 1 to 255 characters.")
    owner = None if asked.owner is None else user_id_from_wire(asked.owner)
    if asked.terms != NewTerms() and class_of(room) is not RoomClass.PROSHARE:
        raise Refused(ErrorCode.BAD_REQUEST, "Only a ProShare room has a password and limits.")
    return await operations.put_room(room, owner, asked.members, asked.terms)


async def _room(operations: Operations, _: messages.Nothing, path_room: str) -> messages.RoomShown:
    return await operations.room(parse_room(path_room))


async def _rooms(operations: Operations, _: messages.Nothing, __: str) -> messages.RoomsShown:
    return operations.rooms()


async def _presence(
    operations: Operations, asked: messages.OfRoom, _: str
) -> messages.PresenceShown:
    return operations.presence(parse_room(asked.room))


async def _connections(
    operations: Operations, asked: messages.OfUserOrAll, _: str
) -> messages.ConnectionsShown:
    return operations.connections(asked.user)


async def _documents(
    operations: Operations, asked: messages.OfRoomOrAll, _: str
) -> messages.DocumentsShown:
    return operations.documents(None if asked.room is None else parse_room(asked.room))


async def _stats(operations: Operations, _: messages.Nothing, __: str) -> messages.Stats:
    figures = operations.figures()
    return messages.Stats(
        uptime_s=figures.uptime_s,
        connections=sum(figures.connections.values()),
        signed_in=figures.signed_in,
        users=figures.users,
        rooms=figures.rooms,
        live_documents=figures.live_documents,
        dirty_documents=figures.dirty_documents,
        frames_in=figures.tally.frames_in,
        frames_out=figures.tally.frames_out,
        bytes_in=figures.tally.bytes_in,
        bytes_out=figures.bytes_out,
        outbox_bytes=figures.outbox_bytes,
        store_failing=figures.is_store_failing,
        draining=figures.is_draining,
        away=[f"redis {link.name}" for link in figures.links if not link.is_up],
    )


BROADCAST = Endpoint(
    "POST",
    "/broadcast",
    "Say something to a room or to several; answered when it is stored and told.",
    messages.Broadcast,
    messages.BroadcastDone,
    _broadcast,
)
ENDPOINTS = (
    BROADCAST,
    Endpoint(
        "POST",
        "/api/publish",
        "The same as /broadcast.",
        messages.Broadcast,
        messages.BroadcastDone,
        _broadcast,
    ),
    Endpoint(
        "GET",
        "/api/history",
        "A page of what was said in a room.",
        messages.OfHistory,
        messages.HistoryShown,
        _history,
    ),
    Endpoint(
        "POST",
        "/api/kick",
        "Take a user out of a room; whoever still has the right may come back.",
        messages.Kick,
        messages.Concerned,
        _kick,
    ),
    Endpoint(
        "POST",
        "/api/disconnect",
        "Close a user's connections, or one.",
        messages.Disconnect,
        messages.Concerned,
        _disconnect,
    ),
    Endpoint(
        "POST",
        "/api/revoke",
        "Take back a user's tokens issued up to now, a session, or one token.",
        messages.Revoke,
        messages.Concerned,
        _revoke,
    ),
    Endpoint(
        "POST",
        "/api/token",
        "Sign a token for a user.",
        messages.MakeToken,
        messages.TokenMade,
        _token,
    ),
    Endpoint(
        "PUT",
        "/api/rooms/{room}",
        "Replace a room's grants, who is not named loses theirs; set a ProShare room's terms.",
        messages.PutRoom,
        messages.RoomShown,
        _put_room,
    ),
    Endpoint(
        "GET",
        "/api/rooms/{room}",
        "A room's owner and grants, and how many users are in it.",
        messages.Nothing,
        messages.RoomShown,
        _room,
    ),
    Endpoint(
        "GET",
        "/api/rooms",
        "The rooms that somebody is in.",
        messages.Nothing,
        messages.RoomsShown,
        _rooms,
    ),
    Endpoint(
        "GET",
        "/api/presence",
        "Who is in a room.",
        messages.OfRoom,
        messages.PresenceShown,
        _presence,
    ),
    Endpoint(
        "GET",
        "/api/connections",
        "Connections, all or a user's.",
        messages.OfUserOrAll,
        messages.ConnectionsShown,
        _connections,
    ),
    Endpoint(
        "GET",
        "/api/documents",
        "Documents in memory, all or a room's.",
        messages.OfRoomOrAll,
        messages.DocumentsShown,
        _documents,
    ),
    Endpoint(
        "GET",
        "/api/stats",
        "The server in a few numbers.",
        messages.Nothing,
        messages.Stats,
        _stats,
    ),
)
