"""Rooms with much in them, and what is heard of it."""

import msgspec

from collab_server.protocol.events import (
    decode_server_event,
)
from collab_server.protocol.limits import UNLIMITED, Limits
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import (
    FindHistory,
    HistoryPage,
    MessagePosted,
    PostMessage,
)
from tests.support.hub_world import ROOM, HubWorld, Peer
from tests.unit.collab_server.core.members import (
    GENERAL,
    joined,
    the,
)

PROJECT = parse_room(ROOM)
RING = 300


def said(events: tuple[msgspec.Raw, ...] | None) -> list[object]:
    """Return what the messages among events say."""
    found: list[object] = []
    for event in events or ():
        decoded = decode_server_event(bytes(event))
        if isinstance(decoded, MessagePosted):
            found.append(msgspec.json.decode(decoded.message))
    return found


def page(world: HubWorld, peer: Peer, **bounds: int) -> HistoryPage:
    world.tell(peer, FindHistory(room=GENERAL, **bounds))  # pyright: ignore[reportArgumentType]
    return the(HistoryPage, peer)


TALKATIVE = Limits(messages_burst=UNLIMITED)


def room_with(world: HubWorld, count: int) -> tuple[Peer, str]:
    """Return somebody in a room with so many messages, and the room's epoch."""
    ada = world.sign_in("ada")
    reply = joined(world, ada)
    assert reply.epoch
    for number in range(1, count + 1):
        world.tell(ada, PostMessage(room=GENERAL, message=number))
    ada.take()
    return ada, reply.epoch
