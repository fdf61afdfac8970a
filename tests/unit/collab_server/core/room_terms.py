"""A ProShare room with terms, and who comes to its door."""

from collab_server.protocol.events import (
    Error,
    Join,
    RoomJoined,
)
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document, parse_room
from collab_server.protocol.room_facts import NewTerms
from collab_server.storage.rooms import change_grant
from tests.support.hub_world import HubWorld, Peer

ROOM = parse_room("proshare_room_X7K2")
NOTES = parse_document(f"{ROOM}/notes")
PASSWORD = "correct horse"


def world_with(limits: Limits | None = None, **terms: object) -> tuple[HubWorld, Peer]:
    """Return a room in which these terms hold, and its owner, who is in it."""
    world = HubWorld(limits=limits)
    world.store.rooms.set_terms(ROOM, NewTerms(**terms))  # pyright: ignore[reportArgumentType]
    grant(world, "ada", "rwhmo")
    ada = world.sign_in("ada", "ada", rooms={})
    world.tell(ada, Join(room=ROOM))
    ada.take()
    return world, ada


def grant(world: HubWorld, user: str, letters: str = "rwh") -> None:
    change_grant(world.store.rooms.database, ROOM, user, letters, 0)


def knocker(world: HubWorld, name: str, user: str | None = None) -> Peer:
    """Return somebody who has no right anywhere."""
    return world.sign_in(name, user, rooms={})


def guess(world: HubWorld, peer: Peer, password: str | None) -> object:
    world.tell(peer, Join(room=ROOM, password=password, id="join"))
    (answer,) = [event for event in peer.take() if isinstance(event, RoomJoined | Error)]
    return answer.slug if isinstance(answer, Error) else answer.perm


def member_of(world: HubWorld, name: str) -> Peer:
    grant(world, name)
    peer = knocker(world, name)
    world.tell(peer, Join(room=ROOM))
    return peer
