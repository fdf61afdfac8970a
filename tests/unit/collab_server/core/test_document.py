"""The one gate: what an update brings about, and in which order everybody hears of it."""

import pytest

from collab_server.core.effects import Announce, Level, Persist, Relay, Send
from collab_server.protocol import documents as frames
from collab_server.protocol.limits import Limits
from tests.support.hub_world import NOTES, HubWorld
from tests.support.writer import Writer
from tests.unit.collab_server.core.document_pairs import opened, pair
from tests.unit.collab_server.core.sync_messages import kinds, slugs, statuses, step_1s, updates


def test_nobody_hears_of_an_update_before_the_store_has_it() -> None:
    world, ada, bob = pair()
    update = Writer().insert(0, "x")
    world.send(ada, frames.sync_update(NOTES, update))
    before = (ada.take(), bob.take(), world.hub.is_settled)

    world.answer()

    assert before == ([], [], False)
    assert ada.take() == [frames.SyncStatus(NOTES, saved=True)]
    assert updates(bob.take()) == [update]
    assert world.hub.is_settled


def test_a_rooms_turn_is_relayed_in_one_effect_and_before_the_statuses() -> None:
    world, ada, bob = pair(commit_interval_s=0.005)
    writer = Writer()
    first, second = writer.insert(0, "x"), writer.insert(1, "y")
    world.hand_in(ada, frames.sync_update(NOTES, first))
    world.hand_in(ada, frames.sync_update(NOTES, second))
    world.run()
    world.performed.clear()

    world.answer()

    relay, *sends = world.performed
    sent = (
        (ada.id, frames.sync_update(NOTES, first)),
        (ada.id, frames.sync_update(NOTES, second)),
    )
    assert relay == Relay((ada.id, bob.id), sent)
    assert sends == [Send(ada.id, frames.sync_status(NOTES, saved=True), times=2)]


def test_the_store_is_asked_at_once_and_then_every_five_milliseconds() -> None:
    world, ada, _ = pair(commit_interval_s=0.005)
    world.withholds.clear()
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "a")))
    at_once = statuses(ada.take())

    world.send(ada, frames.sync_update(NOTES, writer.insert(1, "b")))
    world.send(ada, frames.sync_update(NOTES, writer.insert(2, "c")))
    waiting = statuses(ada.take())
    world.advance(0.005)

    assert (at_once, waiting, statuses(ada.take())) == ([True], [], [True, True])
    batches = [effect for effect in world.performed if isinstance(effect, Persist)]
    assert [len(batch.appends[0].updates) for batch in batches] == [1, 2]
    assert [batch.appends[0].seq_from for batch in batches] == [1, 2]


def test_one_batch_is_under_way_and_the_rest_follows_in_one() -> None:
    world, ada, bob = pair()
    writer = Writer()
    sent = [writer.insert(at, "x") for at in range(3)]
    for update in sent:
        world.send(ada, frames.sync_update(NOTES, update))
    under_way = len(world.withheld)

    world.answer(1)
    after_one = (statuses(ada.take()), updates(bob.take()))
    world.answer(1)

    assert under_way == 1
    assert after_one == ([True], sent[:1])
    assert (statuses(ada.take()), updates(bob.take())) == ([True, True], sent[1:])


def test_authors_of_a_batch_are_named_once() -> None:
    world, ada, bob = pair(commit_interval_s=0.005)
    world.hand_in(bob, frames.sync_update(NOTES, Writer().insert(0, "b")))
    world.hand_in(ada, frames.sync_update(NOTES, Writer().insert(0, "a")))
    world.hand_in(ada, frames.sync_update(NOTES, Writer().insert(0, "a")))

    world.run()

    (batch,) = world.withheld
    assert isinstance(batch, Persist)
    assert batch.appends[0].authors == ("ada", "bob")


def test_what_is_known_is_acknowledged_at_once_and_told_nobody() -> None:
    world, ada, bob = pair()
    world.withholds.clear()
    update = Writer().insert(0, "x")
    world.send(ada, frames.sync_update(NOTES, update))
    bob.take()

    world.send(bob, frames.sync_step2(NOTES, update))
    world.send(bob, frames.sync_step2(NOTES, b"\x00\x00"))

    assert statuses(bob.take()) == [True, True]
    assert statuses(ada.take()) == [True]
    assert len(world.store.logs[NOTES].updates) == 1


def test_what_is_known_but_not_stored_is_acknowledged_with_it() -> None:
    world, ada, bob = pair()
    update = Writer().insert(0, "x")
    world.send(ada, frames.sync_update(NOTES, update))

    world.send(bob, frames.sync_update(NOTES, update))
    world.send(bob, frames.sync_update(NOTES, update))
    before = bob.take()
    world.answer(1)

    assert before == []
    assert statuses(bob.take()) == [True, True]
    assert statuses(ada.take()) == [True]
    assert world.hub.is_settled


def test_an_acknowledgement_that_waits_needs_no_batch_of_its_own() -> None:
    world, ada, bob = pair()
    update = Writer().insert(0, "x")
    world.send(ada, frames.sync_update(NOTES, update))
    world.send(bob, frames.sync_update(NOTES, update))

    world.answer()

    assert len([effect for effect in world.performed if isinstance(effect, Persist)]) == 1


def test_a_known_update_of_the_same_author_is_acknowledged_after_the_new_one() -> None:
    world, ada, _ = pair(commit_interval_s=0.005)
    update = Writer().insert(0, "x")

    world.hand_in(ada, frames.sync_update(NOTES, update))
    world.hand_in(ada, frames.sync_update(NOTES, update))
    world.run()
    before = ada.take()
    world.answer()

    assert (before, statuses(ada.take())) == ([], [True, True])


def test_an_early_update_is_answered_by_a_question_and_has_its_status_with_the_answer() -> None:
    world, ada, bob = pair()
    world.withholds.clear()
    writer = Writer()
    lost, early = writer.insert(0, "x"), writer.insert(1, "y")

    world.send(ada, frames.sync_update(NOTES, early))
    asked = ada.take()
    world.send(ada, frames.sync_step2(NOTES, writer.diff(b"\x00")))

    assert (kinds(asked), step_1s(asked)) == (["SyncStep1"], [b"\x00"])
    assert statuses(ada.take()) == [True, True]
    assert len(updates(bob.take())) == 1
    assert lost not in world.store.logs[NOTES].updates


def test_statuses_stay_in_order_behind_an_early_update() -> None:
    world, ada, _ = pair()
    world.withholds.clear()
    writer, other = Writer(), Writer()
    writer.insert(0, "x")

    world.send(ada, frames.sync_update(NOTES, writer.insert(1, "y")))
    world.send(ada, frames.sync_update(NOTES, other.insert(0, "z")))
    world.send(ada, frames.sync_update(NOTES, b"\x00\x00"))
    before = statuses(ada.take())
    world.send(ada, frames.sync_step2(NOTES, writer.diff(b"\x00")))

    assert (before, statuses(ada.take())) == ([], [True] * 4)


def test_known_updates_behind_an_early_one_wait_for_the_answer_and_for_the_store() -> None:
    world, ada, bob = pair()
    writer = Writer()
    writer.insert(0, "x")
    world.send(bob, frames.sync_update(NOTES, Writer().insert(0, "b")))

    world.send(ada, frames.sync_update(NOTES, writer.insert(1, "y")))
    world.send(ada, frames.sync_update(NOTES, b"\x00\x00"))
    world.send(ada, frames.sync_step2(NOTES, b"\x00\x00"))
    before = statuses(ada.take())
    world.answer(1)

    assert (before, statuses(ada.take())) == ([], [True] * 3)


def test_three_early_answers_in_a_row_shut_the_document() -> None:
    world, ada, bob = pair()
    writer = Writer()
    writer.insert(0, "x")

    for at in (1, 2, 3):
        world.send(ada, frames.sync_step2(NOTES, writer.insert(at, "y")))

    came = ada.take()
    assert kinds(came) == ["SyncStep1", "SyncStep1", "CloseDocument"]
    assert came[-1] == frames.CloseDocument(NOTES, "insufficient_state")
    assert (bob.take(), ada.close_code) == ([], None)
    assert world.announced[-1] == Announce(
        Level.WARNING, f"updates of {NOTES} came too early", client=ada.id
    )


def test_who_types_on_is_asked_once_until_the_answer_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collab_server.core.document.MAX_UNHEEDED", 6)
    world, ada, bob = pair()
    writer = Writer()
    writer.insert(0, "x")
    early = [writer.insert(at, "y") for at in range(1, 7)]

    for update in early[:5]:
        world.send(ada, frames.sync_update(NOTES, update))
    world.send(bob, frames.sync_update(NOTES, early[0]))
    asked = kinds(ada.take())
    world.send(ada, frames.sync_update(NOTES, early[5]))

    assert asked == ["SyncStep1"]
    assert kinds(ada.take()) == ["CloseDocument"]
    assert kinds(bob.take()) == ["SyncStep1"]


def test_an_answer_ends_the_row_of_early_updates() -> None:
    world, ada, _ = pair()
    world.withholds.clear()
    writer = Writer()
    writer.insert(0, "x")
    for at in (1, 2):
        world.send(ada, frames.sync_update(NOTES, writer.insert(at, "y")))
    world.send(ada, frames.sync_step2(NOTES, writer.diff(b"\x00")))
    writer.insert(0, "lost")

    world.send(ada, frames.sync_update(NOTES, writer.insert(1, "z")))

    assert kinds(ada.take())[-1] == "SyncStep1"


@pytest.mark.parametrize("garbage", [b"", b"\xff\xff\xff", b"\x01\x01\x00"])
def test_a_malformed_update_shuts_the_document_and_nobody_else_notices(garbage: bytes) -> None:
    world, ada, bob = pair()
    world.withholds.clear()

    world.send(ada, frames.sync_update(NOTES, garbage))
    came = ada.take()
    world.send(bob, frames.sync_update(NOTES, Writer().insert(0, "fine")))

    assert kinds(came) == ["Error", "CloseDocument"]
    assert slugs(came) == ["bad_request"]
    assert came[-1] == frames.CloseDocument(NOTES, "malformed")
    assert (kinds(bob.take()), ada.close_code) == (["SyncStatus"], None)


def test_who_has_gone_leaves_what_it_wrote() -> None:
    world, ada, bob = pair()
    update = Writer().insert(0, "x")
    world.send(ada, frames.sync_update(NOTES, update))
    world.disconnect(ada)

    world.answer()

    assert updates(bob.take()) == [update]


def test_a_document_that_nobody_has_open_is_stored_and_relayed_to_nobody() -> None:
    world, ada, bob = pair()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.disconnect(ada)
    world.disconnect(bob)
    world.performed.clear()

    world.answer()

    assert len(world.store.logs[NOTES].updates) == 1
    assert world.performed == []


def test_a_status_never_reaches_a_later_opening_of_the_document() -> None:
    world, ada, _ = pair()
    update = Writer().insert(0, "x")
    world.send(ada, frames.sync_update(NOTES, update))
    world.send(ada, frames.close_document(NOTES))
    world.open(ada)

    world.answer()

    came = ada.take()
    assert (statuses(came), updates(came)) == ([], [update])


def test_a_joiner_gets_what_is_stored_and_then_what_becomes_stored() -> None:
    world, ada, _ = pair()
    update = Writer().insert(0, "x")
    world.send(ada, frames.sync_update(NOTES, update))

    eve = world.sign_in("eve")
    came = world.open(eve)
    world.answer()

    assert kinds(came) == ["Stateless", "SyncStep2", "SyncStep1"]
    assert updates(eve.take()) == [update]


def test_a_drain_stores_what_was_accepted() -> None:
    world = HubWorld()
    ada = opened(world, "ada")
    world.hand_in(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    world.hub.drain(world.now_s)
    world.pump()

    assert kinds(ada.take()) == ["Shutdown", "SyncStatus"]
    assert world.hub.is_settled


def test_too_many_items_are_refused_as_malformed() -> None:
    world = HubWorld(limits=Limits(update_items=1))
    ada = opened(world, "ada")
    writer = Writer()
    writer.insert(0, "x")
    writer.insert(0, "y")

    world.send(ada, frames.sync_update(NOTES, writer.diff(b"\x00")))

    assert kinds(ada.take()) == ["Error", "CloseDocument"]
