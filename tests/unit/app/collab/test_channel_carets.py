"""Carets of a document’s channel: with the content, and gone with it."""

import pytest

from app.collab.session_effects import (
    PresenceChanged,
)
from collab_server.protocol import documents
from collab_server.protocol.awareness import AwarenessEntry, encode_awareness
from tests.unit.app.collab.channel_world import DOCUMENT, Channel, kinds


def test_carets_come_and_go_with_the_connection() -> None:
    world = Channel()
    world.live()
    entry = AwarenessEntry(5, 1, {"user": {"id": 5, "name": "Grace", "color": "#123456"}})

    world.hear(documents.awareness(DOCUMENT, encode_awareness([entry])))
    world.hear(documents.awareness(DOCUMENT, encode_awareness([])))
    [changed] = world.take()
    world.channel.link_down()

    assert isinstance(changed, PresenceChanged)
    assert [person.name for person in changed.people] == ["Grace"]
    assert world.take() == [PresenceChanged(DOCUMENT, ())]


@pytest.mark.parametrize("reason", ["shut", "denied"])
def test_carets_go_with_the_document(reason: str) -> None:
    world = Channel()
    world.live()
    entry = AwarenessEntry(5, 1, {})
    world.hear(documents.awareness(DOCUMENT, encode_awareness([entry])))
    world.take()
    frames = {
        "shut": documents.close_document(DOCUMENT, "x"),
        "denied": documents.auth_denied(DOCUMENT, "x"),
    }

    world.hear(frames[reason])

    assert PresenceChanged(DOCUMENT, ()) in world.take()


def test_a_silent_person_goes_in_time() -> None:
    world = Channel()
    world.live()
    world.hear(documents.awareness(DOCUMENT, encode_awareness([AwarenessEntry(5, 1, {})])))
    world.take()

    world.channel.tick(200.0)

    assert PresenceChanged(DOCUMENT, ()) in world.take()


def test_the_own_caret_is_told_after_the_content() -> None:
    world = Channel()
    world.live()

    world.type("a")
    world.channel.presence.move()
    world.channel.tick(world.now_s + 0.2)

    assert kinds(world.sent()) == ["SyncUpdate", "AwarenessFrame"]
