"""A store that fails, and one that others write to: nothing is lost, and everybody is told."""

from collab_server.core.effects import Announce, Level, Persist, UnloadDocument
from collab_server.protocol import documents as frames
from collab_server.protocol import yjs_frames
from collab_server.protocol.events import DocumentCreate, Error
from collab_server.protocol.names import room_of
from tests.support.hub_world import NOTES, PLANS, HubWorld, Peer
from tests.support.memory_store import MemoryStore
from tests.support.writer import Writer
from tests.unit.collab_server.core.sync_messages import kinds, slugs, statuses, updates

READ_ONLY = '{"type": "document", "epoch": "%s", "perm": "r", "reason": "unavailable"}'
WRITABLE = '{"type": "document", "epoch": "%s", "perm": "rw"}'


def opened(world: HubWorld, name: str, **claims: object) -> Peer:
    """Sign somebody in who has the notes open."""
    peer = world.sign_in(name, **claims)
    world.open(peer)
    return peer


def pair() -> tuple[HubWorld, Peer, Peer]:
    """Return a world with two people in the notes, whose store is slow."""
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    ada.take()
    world.withholds.add(Persist)
    return world, ada, bob


def fail_for(world: HubWorld, seconds: float) -> None:
    """Let the store refuse what it is offered for a while."""
    until_s = world.now_s + seconds
    world.refuse()
    while world.now_s < until_s:
        world.advance(0.5)
        world.refuse()


def epoch_of(world: HubWorld) -> str:
    """Return the epoch of the notes."""
    return world.store.logs[NOTES].epoch


def failing_for_long() -> tuple[HubWorld, Peer, Peer, Writer]:
    """Return a world whose store has failed for two seconds, with one update on the way."""
    world, ada, bob = pair()
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "a")))
    world.answer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(1, "b")))
    ada.take()
    bob.take()
    fail_for(world, 2.0)
    return world, ada, bob, writer


def test_after_two_seconds_the_documents_are_read_only_and_say_why() -> None:
    world, ada, bob, _ = failing_for_long()

    said = READ_ONLY % epoch_of(world)
    for peer in (ada, bob):
        came = peer.take()
        assert kinds(came) == ["Error", "Stateless"]
        assert came[-1] == frames.Stateless(NOTES, said)
    assert world.announced[-1] == Announce(
        Level.ERROR, "the store goes on failing: documents are read-only"
    )


def test_until_then_what_comes_is_kept() -> None:
    world, ada, _ = pair()
    writer = Writer()
    sent = [writer.insert(at, "x") for at in range(2)]
    world.send(ada, frames.sync_update(NOTES, sent[0]))
    fail_for(world, 1.0)
    world.send(ada, frames.sync_update(NOTES, sent[1]))

    world.withholds.clear()
    world.advance(0.5)

    assert world.store.logs[NOTES].updates == sent
    assert statuses(ada.take()) == [True, True]


def test_while_it_fails_news_are_refused_for_the_moment_and_told_once() -> None:
    world, _, bob, _ = failing_for_long()
    bob.take()

    world.send(bob, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.send(bob, frames.sync_update(NOTES, Writer().insert(0, "y")))

    first, error, second = bob.take()
    assert [first, second] == [frames.SyncStatus(NOTES, saved=False)] * 2
    assert isinstance(error, Error)
    assert (error.slug, error.temporary) == ("unavailable", True)
    assert not world.hub.is_settled


def test_who_opens_a_document_meanwhile_is_told_that_it_is_read_only() -> None:
    world, _, _, _ = failing_for_long()
    cid = world.sign_in("cid")

    came = world.open(cid)

    assert came[0] == frames.Stateless(NOTES, READ_ONLY % epoch_of(world))


def test_when_the_store_works_again_everybody_writes_and_nothing_is_lost() -> None:
    world, ada, bob, writer = failing_for_long()
    ada.take()
    bob.take()

    world.advance(0.5)
    world.withholds.clear()
    world.answer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(2, "c")))

    said = frames.Stateless(NOTES, WRITABLE % epoch_of(world))
    assert said in ada.take()
    came = bob.take()
    assert "SyncStep1" in kinds(came), "who was refused is not asked"
    assert said in came
    assert len(updates(came)) == 2
    assert len(world.store.logs[NOTES].updates) == 3
    assert not world.hub.store_is_failing


def test_a_reader_stays_a_reader_when_the_store_works_again() -> None:
    world, *_ = failing_for_long()
    reader = opened(world, "cid", rooms={"codexpro_project_7": "r"})

    world.advance(0.5)
    world.withholds.clear()
    world.answer()
    reader.take()
    world.send(reader, frames.sync_update(NOTES, Writer().insert(0, "x")))

    assert slugs(reader.take()) == ["read_only"]


def refused_batch(world: HubWorld) -> int:
    """Take away what is at the store, and tell its number."""
    persist = world.withheld.popleft()
    assert isinstance(persist, Persist)
    assert not world.withheld
    return persist.batch


def shut_by_store(world: HubWorld, batch: int) -> None:
    """Let the store refuse a batch because of the notes."""
    world.hub.document_answers.changed_elsewhere(
        NOTES, "changed by another server", world.now_s, refused=batch
    )


def test_a_document_that_another_server_has_written_to_is_shut_for_everybody() -> None:
    world, ada, bob = pair()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    batch = refused_batch(world)

    shut_by_store(world, batch)
    world.run()

    for peer in (ada, bob):
        came = peer.take()
        assert kinds(came) == ["Error", "CloseDocument"]
        assert came[-1] == frames.CloseDocument(NOTES, "changed_elsewhere")
    assert world.hub.is_settled
    assert UnloadDocument(NOTES) in world.performed
    assert Announce(Level.ERROR, "changed by another server") in world.announced


def test_who_was_just_being_closed_is_no_ghost_in_the_room_afterwards() -> None:
    world, ada, bob = pair()

    world.hub.operators.disconnect(client_id=bob.id)
    world.hub.document_answers.changed_elsewhere(NOTES, "changed by another server", world.now_s)
    world.run()
    world.open(ada)
    world.advance(11)

    present = world.hub.operators.presence(room_of(NOTES))
    assert [member.user_id for member in present] == ["ada"]


def test_the_rest_of_the_batch_is_offered_again_without_it() -> None:
    world, ada, bob = pair()
    world.open(bob, PLANS)
    notes, plans = Writer().insert(0, "n"), Writer().insert(0, "p")
    world.hand_in(ada, frames.sync_update(NOTES, notes))
    world.hand_in(bob, frames.sync_update(PLANS, plans))
    world.run()
    bob.take()
    batch = refused_batch(world)

    shut_by_store(world, batch)
    world.withholds.clear()
    world.run()

    assert world.store.logs[PLANS].updates == [plans]
    assert NOTES not in world.store.logs
    assert statuses(bob.take()) == [True]


def test_a_document_that_is_read_anew_takes_nobody_else_with_it() -> None:
    world, ada, bob = pair()
    world.open(bob, PLANS)
    plans = Writer().insert(0, "p")
    world.hand_in(ada, frames.sync_update(NOTES, Writer().insert(0, "n")))
    world.hand_in(bob, frames.sync_update(PLANS, plans))
    world.run()
    bob.take()

    world.hub.document_answers.changed_elsewhere(NOTES, "read anew", world.now_s)
    world.withholds.clear()
    world.answer()

    assert world.store.logs[PLANS].updates == [plans]
    assert statuses(bob.take()) == [True]
    assert world.hub.is_settled


def test_of_a_batch_that_fails_then_only_what_is_still_there_is_offered_again() -> None:
    world, ada, bob = pair()
    world.open(bob, PLANS)
    plans = Writer().insert(0, "p")
    world.hand_in(ada, frames.sync_update(NOTES, Writer().insert(0, "n")))
    world.hand_in(bob, frames.sync_update(PLANS, plans))
    world.run()

    world.hub.document_answers.changed_elsewhere(NOTES, "read anew", world.now_s)
    world.refuse()
    world.withholds.clear()
    world.advance(1)

    assert NOTES not in world.store.logs
    assert world.store.logs[PLANS].updates == [plans]
    assert world.hub.is_settled


def test_a_refusal_that_comes_after_its_document_has_gone_leaves_nothing_behind() -> None:
    world, ada, _ = pair()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.hub.document_answers.changed_elsewhere(NOTES, "read anew", world.now_s)

    shut_by_store(world, refused_batch(world))
    shut_by_store(world, 99)

    assert world.hub.is_settled


def test_what_waits_behind_the_batch_goes_with_the_document() -> None:
    world, ada, _ = pair()
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "a")))
    world.send(ada, frames.sync_update(NOTES, writer.insert(1, "b")))
    batch = refused_batch(world)

    shut_by_store(world, batch)

    assert world.hub.is_settled


def test_who_comes_back_to_it_finds_what_the_store_has_and_brings_the_rest_again() -> None:
    store = MemoryStore()
    world = HubWorld(store)
    ada = opened(world, "ada")
    world.withholds.add(Persist)
    hers, others = Writer(), Writer()
    world.send(ada, frames.sync_update(NOTES, hers.insert(0, "a")))
    batch = refused_batch(world)
    elsewhere = HubWorld(store, ids="another server")
    bob = opened(elsewhere, "bob")
    elsewhere.send(bob, frames.sync_update(NOTES, others.insert(0, "b")))
    shut_by_store(world, batch)
    world.withholds.clear()
    world.run()
    ada.take()

    brought = world.open(ada)
    world.send(ada, frames.sync_step2(NOTES, hers.diff(others.state)))

    assert frames.Sync in map(type, brought)
    assert statuses(ada.take()) == [True]
    assert len(store.logs[NOTES].updates) == 2


def test_a_document_that_is_not_in_memory_cannot_be_shut() -> None:
    world, ada, _ = pair()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    world.hub.document_answers.changed_elsewhere(PLANS, "changed by another server", world.now_s)
    world.answer()

    assert statuses(ada.take()) == [True]


def test_a_store_that_works_again_after_a_moment_greets_nobody() -> None:
    world, ada, _ = pair()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.refuse()
    ada.take()

    world.withholds.clear()
    world.advance(0.5)

    assert kinds(ada.take()) == ["SyncStatus"]


def test_a_store_that_goes_on_failing_says_so_once() -> None:
    world, ada, _, _ = failing_for_long()
    ada.take()
    world.advance(0.5)

    fail_for(world, 3.0)

    assert ada.take() == []


def test_a_document_of_no_batch_that_changed_elsewhere_is_shut_alone() -> None:
    world, ada, bob = pair()
    world.open(bob, PLANS)
    world.send(bob, frames.sync_update(PLANS, Writer().insert(0, "p")))
    bob.take()

    world.hub.document_answers.changed_elsewhere(NOTES, "changed by another server", world.now_s)
    world.answer()

    assert kinds(ada.take()) == ["Error", "CloseDocument"]
    assert statuses(bob.take()) == [True]


def test_a_document_that_was_shut_is_not_forgotten_a_second_time() -> None:
    world, ada, _ = pair()
    world.disconnect(ada)

    world.hub.document_answers.changed_elsewhere(NOTES, "changed by another server", world.now_s)
    world.advance(120.0)

    assert [effect for effect in world.performed if isinstance(effect, UnloadDocument)] == [
        UnloadDocument(NOTES)
    ]


def test_a_document_that_was_opened_meanwhile_stays_for_a_whole_minute_again() -> None:
    world = HubWorld()
    ada = opened(world, "ada")
    world.send(ada, frames.close_document(NOTES))
    world.advance(30.0)
    world.open(ada)
    world.send(ada, frames.close_document(NOTES))

    world.advance(45.0)
    kept = NOTES in world.views
    world.advance(15.0)

    assert (kept, NOTES in world.views) == (True, False)


def test_a_first_text_is_refused_while_the_store_fails() -> None:
    world, ada, _, _ = failing_for_long()
    ada.take()

    world.tell(ada, DocumentCreate(document=PLANS, text="text", id=1))

    assert [error.re for error in ada.take() if isinstance(error, Error)] == [1]
    assert PLANS not in world.store.logs


def test_a_stock_client_is_told_nothing_meanwhile_and_asked_when_the_store_works_again() -> None:
    world, *_ = failing_for_long()
    cid = world.arrive("cid")
    world.send(cid, yjs_frames.sync_step1(b"\x00"))
    cid.take()
    world.send(cid, yjs_frames.sync_update(Writer().insert(0, "x")))
    before = (cid.take(), cid.close_code)

    world.advance(0.5)
    world.withholds.clear()
    world.answer()

    assert before == ([], None)
    assert kinds(cid.take())[-1] == "SyncStep1"
