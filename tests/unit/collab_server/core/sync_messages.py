"""What the tests of documents read in a peer's inbox."""

from __future__ import annotations

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Error
from collab_server.protocol.sync import SyncStep1, SyncStep2, SyncUpdate


def statuses(messages: list[object]) -> list[bool]:
    """Return the verdicts, in order."""
    return [message.saved for message in messages if isinstance(message, frames.SyncStatus)]


def updates(messages: list[object]) -> list[bytes]:
    """Return the relayed updates, in order."""
    return [
        message.message.update
        for message in messages
        if isinstance(message, frames.Sync) and isinstance(message.message, SyncUpdate)
    ]


def step_2s(messages: list[object]) -> list[bytes]:
    """Return what answered a step 1."""
    return [
        message.message.update
        for message in messages
        if isinstance(message, frames.Sync) and isinstance(message.message, SyncStep2)
    ]


def step_1s(messages: list[object]) -> list[bytes]:
    """Return the state vectors that the server asked with."""
    return [
        message.message.state_vector
        for message in messages
        if isinstance(message, frames.Sync) and isinstance(message.message, SyncStep1)
    ]


def slugs(messages: list[object]) -> list[str]:
    """Return the errors, in order."""
    return [message.slug for message in messages if isinstance(message, Error)]


def kinds(messages: list[object]) -> list[str]:
    """Return what sort of messages these are; sync messages by their own name."""
    return [
        type(message.message if isinstance(message, frames.Sync) else message).__name__
        for message in messages
    ]
