"""What a client hears of its sign-in."""

from collab_server.protocol.events import (
    Auth,
    AuthSuccess,
    Error,
    SessionKey,
)
from tests.support.hub_world import HubWorld, Peer


def slugs(messages: list[object]) -> list[str]:
    return [message.slug for message in messages if isinstance(message, Error)]


def success(messages: list[object]) -> AuthSuccess:
    (message,) = messages
    assert isinstance(message, AuthSuccess)
    return message


def key_of(world: HubWorld, peer: Peer, token: str) -> SessionKey:
    """Sign in and return the session's key."""
    world.tell(peer, Auth(token=token))
    key = success(peer.take()).session
    assert key is not None
    return key
