"""People in rooms of a hub in memory, and what they say there."""

from typing import TypeVar

from collab_server.protocol import events as signals
from collab_server.protocol import room_events as said
from collab_server.protocol.names import RoomId, parse_room
from tests.support.hub_world import HubWorld, Peer

GENERAL = parse_room("chat_general")
Kind = TypeVar("Kind")


def member(
    world: HubWorld,
    name: str,
    user: str | None = None,
    room: RoomId = GENERAL,
    /,
    **claims: object,
) -> Peer:
    """Sign somebody in who joins a room, and has heard of it."""
    peer = world.sign_in(name, user, **claims)
    world.tell(peer, signals.Join(room=room))
    peer.take()
    return peer


def joined(
    world: HubWorld,
    peer: Peer,
    room: RoomId = GENERAL,
    *,
    recover: tuple[str, int] | None = None,
    history: int = 0,
) -> signals.RoomJoined:
    """Join a room, and return the reply."""
    position = signals.Position(*recover) if recover else None
    world.tell(peer, signals.Join(room=room, recover=position, history=history))
    return the(signals.RoomJoined, peer)


def post(
    world: HubWorld,
    peer: Peer,
    message: object = "hello",
    *,
    room: RoomId = GENERAL,
    mid: str | None = None,
    reply_to: int | None = None,
) -> said.Ack:
    """Say something, and return its acknowledgement; what else came is gone."""
    world.tell(peer, said.PostMessage(room=room, message=message, mid=mid, reply_to=reply_to, id=1))
    return the(said.Ack, peer)


def the(kind: type[Kind], peer: Peer) -> Kind:
    """Return the one message of a kind that came; what else came is gone."""
    (found,) = [message for message in peer.take() if isinstance(message, kind)]
    return found


def all_of(kind: type[Kind], peer: Peer) -> list[Kind]:
    """Return the messages of a kind that came; what else came is gone."""
    return [message for message in peer.take() if isinstance(message, kind)]


def slug(peer: Peer) -> str:
    """Return what was wrong with what a peer said."""
    return the(signals.Error, peer).slug
