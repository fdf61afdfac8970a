"""What tests of chat share: a room, and a message of its own name."""

from collab_server.protocol.names import parse_room
from tests.support.hub_world import ROOM, HubWorld
from tests.unit.collab_server.core.members import (
    joined,
)

PROJECT = parse_room(ROOM)
MID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"


def epoch_of(world: HubWorld) -> str:
    epoch = joined(world, world.sign_in("asker")).epoch
    assert epoch
    return epoch
