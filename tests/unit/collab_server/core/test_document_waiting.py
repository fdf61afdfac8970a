"""A store that fails: what was accepted waits, as much as there is room for."""

import pytest

from collab_server.core import waiting_line
from collab_server.core.effects import Level, Persist
from collab_server.protocol import documents as frames
from collab_server.protocol.events import Error
from tests.support.hub_world import NOTES, PLANS, ROOM
from tests.support.writer import Writer
from tests.unit.collab_server.core.document_pairs import pair
from tests.unit.collab_server.core.sync_messages import slugs, statuses, updates


def test_a_store_that_refuses_gets_the_same_batch_again_and_nothing_is_lost() -> None:
    world, ada, bob = pair()
    writer = Writer()
    sent = [writer.insert(at, "x") for at in range(3)]
    world.send(ada, frames.sync_update(NOTES, sent[0]))
    first = world.refuse()
    world.send(ada, frames.sync_update(NOTES, sent[1]))
    world.send(ada, frames.sync_update(NOTES, sent[2]))
    failing = (world.hub.store_is_failing, slugs(ada.take()), slugs(bob.take()))

    world.advance(0.5)
    again = list(world.withheld)
    world.refuse()
    world.advance(0.5)
    world.withholds.clear()
    world.answer()

    assert failing == (True, ["unavailable"], ["unavailable"])
    assert again == [first]
    assert (statuses(ada.take()), updates(bob.take())) == ([True] * 3, sent)
    assert world.store.logs[NOTES].updates == sent
    assert not world.hub.store_is_failing
    assert [said.text for said in world.announced if said.level is Level.ERROR] == [
        "the store fails: disk full"
    ]


def test_a_store_that_fails_is_told_to_those_who_are_still_there() -> None:
    world, ada, bob = pair()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.hub.refuse_oversized(ada.id, world.now_s)

    world.refuse()

    assert slugs(ada.take()) == ["too_large"]
    (error,) = bob.take()
    assert isinstance(error, Error)
    assert (error.room, error.temporary) == (ROOM, True)


def test_answers_about_another_batch_change_nothing() -> None:
    world, ada, _ = pair()
    world.hub.document_answers.stored(1, world.now_s)
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    world.hub.document_answers.stored(77, world.now_s)
    world.hub.document_answers.store_failed(77, "disk full", world.now_s)
    world.run()

    assert (ada.take(), world.hub.is_settled, world.hub.store_is_failing) == ([], False, False)


def test_a_late_retry_of_a_batch_that_is_stored_does_nothing() -> None:
    world, ada, _ = pair()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    batch = world.refuse()
    assert isinstance(batch, Persist)
    world.commit(batch)
    world.hub.document_answers.stored(batch.batch, world.now_s)

    world.advance(1)

    assert list(world.withheld) == []
    assert statuses(ada.take()) == [True]


def test_a_document_that_is_too_far_behind_refuses_and_then_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting_line, "MAX_WAITING_BYTES", 60)
    world, ada, _ = pair()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x" * 30)))

    refused = Writer()
    world.send(ada, frames.sync_update(NOTES, refused.insert(0, "y" * 30)))
    before = ada.take()
    world.withholds.clear()
    world.answer()
    world.send(ada, frames.sync_step2(NOTES, refused.diff(b"\x00")))

    assert (statuses(before), slugs(before)) == ([], ["unavailable"])
    assert statuses(ada.take()) == [True, False, True]


def test_all_documents_together_may_be_so_far_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_line, "MAX_BACKLOG_BYTES", 60)
    world, ada, _ = pair()
    world.open(ada, PLANS)
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x" * 30)))

    refused = Writer()
    world.send(ada, frames.sync_update(PLANS, refused.insert(0, "y" * 30)))
    before = ada.take()
    world.withholds.clear()
    world.answer()
    world.send(ada, frames.sync_step2(PLANS, refused.diff(b"\x00")))

    assert (statuses(before), slugs(before)) == ([False], ["unavailable"])
    assert statuses(ada.take()) == [True, True]


def test_a_document_that_is_given_up_makes_room_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting_line, "MAX_BACKLOG_BYTES", 60)
    world, ada, _ = pair()
    world.open(ada, PLANS)
    ada.take()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x" * 30)))

    world.hub.document_answers.changed_elsewhere(NOTES, "written to", world.now_s)
    world.run()
    ada.take()
    world.withholds.clear()
    world.answer()
    world.send(ada, frames.sync_update(PLANS, Writer().insert(0, "y" * 30)))

    assert statuses(ada.take()) == [True]
