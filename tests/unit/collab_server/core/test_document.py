"""The one gate: what an update brings about, and in which order everybody hears of it."""

import pytest

from collab_server.core import waiting_line
from collab_server.core.effects import Announce, Level, Persist, Relay, Send
from collab_server.protocol import documents as frames
from collab_server.protocol.events import Error, Join, Left, Refresh
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_room
from tests.support.hub_world import ELSEWHERE, NOTES, OTHER_ROOM, PLANS, ROOM, HubWorld, Peer
from tests.support.writer import Writer
from tests.unit.collab_server.core.sync_messages import kinds, slugs, statuses, step_1s, updates


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


def test_who_sent_a_malformed_update_may_open_the_document_again() -> None:
    world, ada, _ = pair()
    world.send(ada, frames.sync_update(NOTES, b"\xff"))
    ada.take()

    assert kinds(world.open(ada)) == ["Stateless", "SyncStep2", "SyncStep1"]


def test_a_reader_has_what_is_known_acknowledged() -> None:
    world = HubWorld()
    ada, reader = opened(world, "ada"), opened(world, "reader", rooms={ROOM: "r"})
    update = Writer().insert(0, "x")
    world.send(ada, frames.sync_update(NOTES, update))
    reader.take()

    world.send(reader, frames.sync_step2(NOTES, update))

    came = reader.take()
    assert (statuses(came), slugs(came)) == ([True], [])


def test_a_reader_has_news_refused_and_is_told_once() -> None:
    world = HubWorld()
    ada, reader = opened(world, "ada"), opened(world, "reader", rooms={ROOM: "r"})
    ada.take()

    world.send(reader, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.send(reader, frames.sync_update(NOTES, Writer().insert(0, "y")))

    came = reader.take()
    assert (statuses(came), slugs(came)) == ([False, False], ["read_only"])
    assert (ada.take(), world.store.logs, reader.close_code) == ([], {}, None)


def test_a_reader_is_refused_at_once_however_slow_the_store_is() -> None:
    world, ada, _ = pair()
    reader = opened(world, "reader", rooms={ROOM: "r"})
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    world.send(reader, frames.sync_update(NOTES, Writer().insert(0, "x")))

    assert statuses(reader.take()) == [False]


def test_a_refusal_comes_after_the_acknowledgements_before_it() -> None:
    world, ada, _ = pair()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.tell(ada, Refresh(token=world.token("ada", rooms={ROOM: "r", OTHER_ROOM: "rw"})))
    ada.take()

    for _ in range(2):
        world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "y")))
    before = ada.take()
    world.answer()

    assert (statuses(before), slugs(before)) == ([], ["read_only"])
    assert statuses(ada.take()) == [True, False, False]


def test_a_demoted_writer_keeps_the_document_and_learns_its_new_right() -> None:
    world = HubWorld()
    ada = opened(world, "ada")
    world.open(ada, ELSEWHERE)

    world.tell(ada, Refresh(token=world.token("ada", rooms={ROOM: "r", OTHER_ROOM: "rw"})))
    came = ada.take()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.send(ada, frames.sync_update(ELSEWHERE, Writer().insert(0, "x")))

    assert kinds(came) == ["AuthRefreshed", "Stateless"]
    assert came[1].text.endswith('"perm": "r"}')  # pyright: ignore[reportAttributeAccessIssue]
    assert statuses(ada.take()) == [False, True]


def test_a_promoted_reader_writes_at_once() -> None:
    world = HubWorld()
    ada = opened(world, "ada", rooms={ROOM: "r"})

    world.tell(ada, Refresh(token=world.token("ada", rooms={ROOM: "rw"})))
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    assert statuses(ada.take()) == [True]


def test_who_may_no_longer_read_is_put_out_and_hears_no_more() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    world.tell(ada, Join(room=parse_room(ROOM)))
    world.open(ada, ELSEWHERE)
    ada.take()

    world.tell(ada, Refresh(token=world.token("ada", rooms={OTHER_ROOM: "rw"})))
    came = ada.take()
    world.send(bob, frames.sync_update(NOTES, Writer().insert(0, "secret")))
    world.send(ada, frames.sync_update(ELSEWHERE, Writer().insert(0, "x")))

    assert kinds(came) == ["AuthRefreshed", "AuthDenied", "Error", "Left"]
    assert came[1] == frames.AuthDenied(NOTES, "permission_denied")
    assert came[3] == Left(room=parse_room(ROOM), reason="revoked")
    assert kinds(ada.take()) == ["SyncStatus"]


def test_a_refresh_with_the_same_rights_changes_nothing() -> None:
    world = HubWorld()
    world.store.grants["ada", ROOM] = "rw"
    ada = opened(world, "ada", rooms={})

    world.tell(ada, Refresh(token=world.token("ada", rooms={})))
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    assert kinds(ada.take()) == ["AuthRefreshed", "SyncStatus"]


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
