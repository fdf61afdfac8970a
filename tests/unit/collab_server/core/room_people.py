"""Who is in a project, by the rights they have in it."""

from collab_server.protocol.names import parse_room
from tests.support.hub_world import ROOM, HubWorld, Peer
from tests.unit.collab_server.core.members import member

PROJECT = parse_room(ROOM)


def owner(world: HubWorld, name: str = "owner") -> Peer:
    return member(world, name, None, PROJECT, rooms={ROOM: "rwhmo"})


def moderator(world: HubWorld) -> Peer:
    return member(world, "mod", None, PROJECT, rooms={ROOM: "rwm"})


def outsider(world: HubWorld, name: str = "eve") -> Peer:
    return world.sign_in(name, rooms={})
