"""What is typed goes the short way, and what only looks like it does not."""

from collections import deque

import pytest

from collab_server.core import waiting_line
from collab_server.core.effects import Persist
from collab_server.protocol import documents as frames
from collab_server.protocol import events
from collab_server.protocol.limits import Limits
from tests.support.hub_world import NOTES, PLANS, ROOM, HubWorld, Peer
from tests.support.writer import Writer
from tests.unit.collab_server.core.sync_messages import kinds, statuses, updates


def typing(writer: Writer, **options: object) -> tuple[HubWorld, Peer, Peer]:
    """Return a world in which Ada has typed "ab" into the notes, and Bob has them open."""
    world = HubWorld(**options)  # pyright: ignore[reportArgumentType]
    ada, bob = world.sign_in("ada"), world.sign_in("bob")
    for peer in (ada, bob):
        world.open(peer)
        world.open(peer, PLANS)
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "ab")))
    ada.take()
    bob.take()
    return world, ada, bob


def hear(world: HubWorld, peer: Peer, *said: str | bytes, most: int = 10) -> int:
    """Let the hub hear what it can the short way."""
    messages = deque(said)
    heard = world.hub.plain_edits.hear(peer.id, messages, most, world.now_s)
    world.run()
    assert list(messages) == list(said[heard:])
    return heard


def test_what_is_typed_is_stored_relayed_and_acknowledged() -> None:
    writer = Writer()
    world, ada, bob = typing(writer)
    typed = [writer.insert(2, "c"), writer.insert(0, "d"), writer.delete(1)]

    heard = hear(world, ada, *(frames.sync_update(NOTES, raw) for raw in typed))

    assert heard == 3
    assert updates(bob.take()) == typed
    assert statuses(ada.take()) == [True, True, True]
    assert world.store.logs[NOTES].updates[1:] == typed


def test_no_more_is_heard_than_may_be() -> None:
    writer = Writer()
    world, ada, _ = typing(writer)
    typed = [frames.sync_update(NOTES, writer.insert(2, "c")) for _ in range(3)]

    assert hear(world, ada, *typed, most=2) == 2


def test_what_comes_behind_something_else_waits_for_that() -> None:
    writer = Writer()
    world, ada, _ = typing(writer)
    first, second = (frames.sync_update(NOTES, writer.insert(2, "c")) for _ in range(2))

    assert hear(world, ada, first, '{"type":"ping"}', second) == 1
    assert hear(world, ada, frames.sync_step1(NOTES, b"\x00"), second) == 0


def test_another_document_is_not_taken_for_the_one_that_was_written_to() -> None:
    writer = Writer()
    world, ada, _ = typing(writer)

    assert hear(world, ada, frames.sync_update(PLANS, writer.insert(2, "c"))) == 0


def test_a_known_delete_is_left_alone() -> None:
    writer = Writer()
    world, ada, bob = typing(writer)
    deleted = frames.sync_update(NOTES, writer.delete(0))

    assert hear(world, ada, deleted, deleted) == 1
    assert kinds(bob.take()) == ["SyncUpdate"]


def test_nobody_types_under_the_author_id_of_somebody_else() -> None:
    writer, others = Writer(), Writer()
    world, ada, bob = typing(writer)
    world.send(bob, frames.sync_update(NOTES, others.insert(0, "x")))
    next_text = frames.sync_update(NOTES, others.insert(1, "y"))

    assert hear(world, ada, next_text) == 0
    assert hear(world, bob, next_text) == 1


def test_a_reader_is_not_heard_the_short_way() -> None:
    writer = Writer()
    world, ada, _ = typing(writer)
    world.tell(ada, events.Refresh(token=world.token("ada", rooms={ROOM: "r"})))

    assert hear(world, ada, frames.sync_update(NOTES, writer.insert(2, "c"))) == 0


def test_a_large_message_is_left_for_the_general_way() -> None:
    writer = Writer()
    world, ada, _ = typing(writer, limits=Limits(document_frame_bytes=300))

    assert hear(world, ada, frames.sync_update(NOTES, writer.insert(2, "c" * 300))) == 0


def test_a_full_line_or_document_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer()
    world, ada, _ = typing(writer, limits=Limits(document_text_bytes=4))
    world.withholds.add(Persist)

    assert hear(world, ada, frames.sync_update(NOTES, writer.insert(2, "ccc"))) == 0
    monkeypatch.setattr(waiting_line, "MAX_WAITING_BYTES", 10)
    assert hear(world, ada, frames.sync_update(NOTES, writer.delete(0))) == 0


def test_who_types_too_fast_is_not_heard_until_it_has_paid() -> None:
    writer = Writer()
    world, ada, _ = typing(writer, limits=Limits(updates_a_s=1, updates_burst=2))
    typed = [frames.sync_update(NOTES, writer.insert(2, "c")) for _ in range(3)]

    assert hear(world, ada, *typed) == 2
    assert world.hub.is_held(ada.id)


def test_who_has_gone_or_closed_the_document_is_not_heard() -> None:
    writer = Writer()
    world, ada, bob = typing(writer)
    typed = frames.sync_update(NOTES, writer.insert(2, "c"))
    world.send(ada, frames.close_document(NOTES))

    assert hear(world, ada, typed) == 0
    assert hear(world, bob, typed) == 0  # has written nothing yet
    world.disconnect(ada)
    assert hear(world, ada, typed) == 0
