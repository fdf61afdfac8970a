"""Updates that are read by a worker: in order, one a connection, and nobody else waits for long."""

import pytest

from collab_server.core.effects import (
    AnswerSync,
    ContinueLarge,
    ReadUpdate,
    UnloadDocument,
)
from collab_server.protocol import documents as frames
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import DocumentCreate, DocumentCreated, Join, RoomJoined
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import room_of
from collab_server.protocol.updates import encode_state_vector
from tests.support.hub_world import NOTES, HubWorld, Peer
from tests.support.writer import Writer
from tests.unit.collab_server.core.sync_messages import kinds, slugs, statuses, step_1s, updates
from tests.unit.collab_server.protocol.update_bytes import (
    block,
    identity,
    item,
    ranges,
    text,
    update,
)

SMALL = Limits(inline_update_items=2, update_items=12)
AUTHOR = 7


def large(*deleted: tuple[int, int], author: int = AUTHOR, clock: int = 0) -> bytes:
    """An update with a text of ten, and these deletes."""
    first = item(4, text("0123456789"))
    if clock:
        first = b"\x84" + identity(author, clock - 1) + text("0123456789")
    return update(block(author, clock, first), deletes=(ranges(author, *deleted),))


HOLES = ((0, 1), (2, 1), (4, 1), (6, 1), (8, 1))


def pair(limits: Limits = SMALL) -> tuple[HubWorld, Peer, Peer]:
    """Return a world with two people in the notes."""
    world = HubWorld(limits=limits)
    ada, bob = world.sign_in("ada"), world.sign_in("bob")
    world.open(ada)
    world.open(bob)
    ada.take()
    return world, ada, bob


def asked_of(world: HubWorld, kind: type) -> int:
    return sum(isinstance(effect, kind) for effect in world.performed)


def finish(world: HubWorld) -> None:
    """Answer until there is nothing left to answer."""
    while world.withheld:
        world.answer()


def test_a_small_update_is_read_at_once() -> None:
    world, ada, bob = pair()

    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "a")))

    assert statuses(ada.take()) == [True]
    assert len(updates(bob.take())) == 1
    assert asked_of(world, ReadUpdate) == 0


def test_a_large_update_is_stored_relayed_and_acknowledged_as_any() -> None:
    world, ada, bob = pair()
    sent = large(*HOLES)

    world.send(ada, frames.sync_update(NOTES, sent))

    assert statuses(ada.take()) == [True]
    assert updates(bob.take()) == [sent]
    assert world.store.logs[NOTES].updates == [sent]
    assert world.store.logs[NOTES].owners == {AUTHOR: "ada"}
    assert asked_of(world, ReadUpdate) == 1


def test_a_long_update_is_large_too() -> None:
    world, ada, _ = pair(Limits(inline_update_bytes=20))

    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "a" * 30)))

    assert statuses(ada.take()) == [True]
    assert asked_of(world, ReadUpdate) == 1


def test_its_deletes_are_known_afterwards() -> None:
    world, ada, bob = pair()
    sent = large(*HOLES)
    world.send(ada, frames.sync_update(NOTES, sent))
    bob.take()

    world.send(ada, frames.sync_update(NOTES, sent))
    world.send(ada, frames.sync_update(NOTES, update(deletes=(ranges(AUTHOR, (8, 1)),))))

    assert statuses(ada.take()) == [True, True, True]
    assert updates(bob.take()) == []
    assert world.store.logs[NOTES].updates == [sent]


def test_what_the_client_sends_behind_it_waits_in_order() -> None:
    world, ada, bob = pair()
    world.withholds.add(ReadUpdate)
    first, second = large(*HOLES), large(*HOLES, clock=10)
    world.send(ada, frames.sync_update(NOTES, first))
    world.send(ada, frames.sync_update(NOTES, second))

    assert len(world.withheld) == 1
    assert ada.take() == []

    world.answer()
    world.answer()
    assert updates(bob.take()) == [first, second]


def test_others_write_while_a_worker_reads() -> None:
    world, ada, bob = pair()
    world.withholds.add(ReadUpdate)
    world.send(ada, frames.sync_update(NOTES, large(*HOLES)))

    world.send(bob, frames.sync_update(NOTES, Writer().insert(0, "b")))

    assert statuses(bob.take()) == [True]
    assert len(updates(ada.take())) == 1


def test_whoever_wants_the_document_while_it_is_judged_waits_for_that() -> None:
    world, ada, bob = pair()
    eve = world.sign_in("eve")
    world.withholds.add(ContinueLarge)
    sent = large(*HOLES)
    world.send(ada, frames.sync_update(NOTES, sent))

    world.send(bob, frames.sync_update(NOTES, Writer().insert(0, "b")))
    world.send(eve, frames.sync_step1(NOTES, b"\x00"))
    answered = asked_of(world, AnswerSync)
    assert (bob.take(), eve.take()) == ([], [])

    finish(world)
    assert statuses(ada.take()) == [True]
    assert statuses(bob.take()) == [True]
    assert asked_of(world, AnswerSync) == answered + 1
    assert "SyncStep2" in kinds(eve.take())
    assert len(world.store.logs[NOTES].updates) == 2


def test_a_text_that_is_brought_meanwhile_waits_too() -> None:
    world, ada, bob = pair()
    world.withholds.add(ContinueLarge)
    world.send(ada, frames.sync_update(NOTES, large(*HOLES)))

    world.tell(bob, DocumentCreate(document=NOTES, text="hello", id=1))
    assert bob.take() == []

    finish(world)
    [created] = [said for said in bob.take() if isinstance(said, DocumentCreated)]
    assert not created.created


def test_other_documents_go_on_while_one_is_judged() -> None:
    world, ada, bob = pair()
    world.withholds.add(ContinueLarge)
    world.send(ada, frames.sync_update(NOTES, large(*HOLES)))

    world.tell(bob, Join(room=room_of(NOTES)))

    assert [said for said in bob.take() if isinstance(said, RoomJoined)]


def test_an_update_that_is_early_is_asked_again() -> None:
    world, ada, bob = pair()

    world.send(ada, frames.sync_update(NOTES, large(*HOLES, clock=3)))

    assert step_1s(ada.take()) == [encode_state_vector({})]
    assert bob.take() == []
    assert NOTES not in world.store.logs


def test_a_reader_is_told_that_it_is_one() -> None:
    world, ada, _ = pair()
    reader = world.sign_in("eve", rooms={"codexpro_project_*": "r"})
    world.open(reader)

    world.send(reader, frames.sync_update(NOTES, large(*HOLES)))

    assert slugs(told := reader.take()) == ["read_only"]
    assert statuses(told) == [False]
    assert ada.take() is not None
    assert NOTES not in world.store.logs


@pytest.mark.parametrize(
    ("sent", "closed"),
    [
        pytest.param(large(*HOLES)[:-1], "malformed", id="cut off"),
        pytest.param(large(*HOLES, *((at, 1) for at in range(10, 40, 2))), "too_large", id="more"),
    ],
)
def test_an_update_that_a_worker_refuses_closes_the_document(sent: bytes, closed: str) -> None:
    world, ada, bob = pair()

    world.send(ada, frames.sync_update(NOTES, sent))

    assert frames.CloseDocument(NOTES, closed) in ada.take()
    assert updates(bob.take()) == []
    assert ada.close_code is None
    assert not world.hub.is_held(ada.id)


def test_where_everything_is_read_at_once_too_much_is_refused_at_once() -> None:
    world, ada, _ = pair(Limits(update_items=3))

    world.send(ada, frames.sync_update(NOTES, large(*HOLES)))

    assert asked_of(world, ReadUpdate) == 0
    assert frames.CloseDocument(NOTES, "too_large") in ada.take()


def test_a_worker_that_fails_costs_the_connection() -> None:
    world, ada, bob = pair()
    world.withholds.add(ReadUpdate)
    world.send(ada, frames.sync_update(NOTES, large(*HOLES)))

    world.hub.document_answers.update_unread(ada.id, world.now_s)
    world.run()

    assert ada.close_code == CloseCode.INTERNAL
    assert bob.close_code is None


def test_a_client_that_leaves_while_its_update_is_judged_leaves_nothing_behind() -> None:
    world, ada, bob = pair()
    world.withholds.add(ContinueLarge)
    world.send(ada, frames.sync_update(NOTES, large(*HOLES)))
    world.send(bob, frames.sync_update(NOTES, Writer().insert(0, "b")))

    world.disconnect(ada)
    finish(world)

    assert statuses(bob.take()) == [True]
    assert len(world.store.logs[NOTES].updates) == 1


def test_a_client_that_leaves_while_a_worker_reads_leaves_nothing_behind() -> None:
    world, ada, _ = pair()
    world.withholds.add(ReadUpdate)
    world.send(ada, frames.sync_update(NOTES, large(*HOLES)))

    world.disconnect(ada)
    world.answer()
    world.hub.document_answers.update_unread(ada.id, world.now_s)

    assert NOTES not in world.store.logs


def test_what_was_let_in_is_taken_in_whoever_leaves() -> None:
    world, ada, bob = pair()
    world.withholds.add(ContinueLarge)
    sent = large(*HOLES)
    world.send(ada, frames.sync_update(NOTES, sent))
    while NOTES not in world.store.logs:
        world.answer(1)

    world.disconnect(ada)
    finish(world)
    world.send(bob, frames.sync_update(NOTES, sent))
    finish(world)

    assert updates(told := bob.take()) == [sent]
    assert statuses(told) == [True]
    assert world.store.logs[NOTES].updates == [sent]


def test_a_busy_document_is_not_unloaded() -> None:
    world, ada, bob = pair()
    world.withholds.add(ContinueLarge)
    world.send(ada, frames.sync_update(NOTES, large(*HOLES)))
    while NOTES not in world.store.logs:
        world.answer(1)
    world.disconnect(ada)
    world.disconnect(bob)

    world.advance(61)
    assert asked_of(world, UnloadDocument) == 0

    finish(world)
    world.advance(61)
    assert asked_of(world, UnloadDocument) == 1


def test_a_document_that_is_shut_meanwhile_is_free_again() -> None:
    world, ada, bob = pair()
    world.withholds.add(ContinueLarge)
    world.send(ada, frames.sync_update(NOTES, large(*HOLES)))
    world.hub.document_answers.changed_elsewhere(NOTES, "another server", world.now_s)

    finish(world)

    world.send(bob, frames.sync_step1(NOTES, b"\x00"))
    assert "SyncStep2" in kinds(bob.take())


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    world, ada, _ = pair()

    world.hub.document_answers.update_read(ada.id, [], None, world.now_s, world.unix_s)
    world.hub.document_answers.go_on(NOTES, world.now_s, world.unix_s)

    assert world.hub.take_effects() == []
