"""Two people who have one document open."""

from collab_server.core.effects import Persist
from tests.support.hub_world import HubWorld, Peer


def opened(world: HubWorld, name: str, **claims: object) -> Peer:
    """Sign somebody in who has the notes open."""
    peer = world.sign_in(name, **claims)
    world.open(peer)
    return peer


def pair(**options: object) -> tuple[HubWorld, Peer, Peer]:
    """Return a world with two people in the notes, whose store is slow."""
    world = HubWorld(**options)  # pyright: ignore[reportArgumentType]
    ada, bob = opened(world, "ada"), opened(world, "bob")
    ada.take()
    world.withholds.add(Persist)
    return world, ada, bob
