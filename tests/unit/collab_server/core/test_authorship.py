"""Whose structs are whose, and which history a replica may bring."""

import hashlib

import pytest

from collab_server.core.effects import Announce, Level, Persist
from collab_server.core.version_effects import AskVersions
from collab_server.protocol import documents as frames
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.sync import SyncStep1
from collab_server.protocol.updates import parse_update
from collab_server.protocol.version_events import RestoreVersion
from tests.support.hub_world import NOTES, HubWorld, Peer
from tests.support.memory_store import MemoryStore, StoredLog
from tests.support.writer import Writer
from tests.unit.collab_server.core.sync_messages import kinds, statuses, updates

FOREIGN = frames.Stateless(NOTES, '{"type":"refused","reason":"foreign"}')


def opened(world: HubWorld, name: str, user: str | None = None, **claims: object) -> Peer:
    """Sign somebody in who has the notes open."""
    peer = world.sign_in(name, user, **claims)
    world.open(peer)
    return peer


def pair(store: MemoryStore | None = None) -> tuple[HubWorld, Peer, Peer]:
    """Return a world with two people in the notes."""
    world = HubWorld(store)
    ada, bob = opened(world, "ada"), opened(world, "bob")
    ada.take()
    return world, ada, bob


def after_a_reset(writer: Writer) -> MemoryStore:
    """Return a store in which a writer's history of the notes has ended."""
    return MemoryStore(
        {NOTES: StoredLog("second", former_authors=frozenset({writer.doc.client_id}))}
    )


def test_an_author_id_is_stored_with_the_user_of_its_first_struct() -> None:
    world, ada, _ = pair()
    world.withholds.add(Persist)
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "a")))
    world.send(ada, frames.sync_update(NOTES, writer.insert(1, "b")))
    world.answer(1)

    first, second = (effect for effect in world.performed if isinstance(effect, Persist))

    assert first.appends[0].new_authors == ((writer.doc.client_id, "ada"),)
    assert second.appends[0].new_authors == ()


def test_new_structs_under_somebody_elses_author_id_are_refused_and_asked_about() -> None:
    world, ada, bob = pair()
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "a")))
    ada.take()
    bob.take()

    world.send(bob, frames.sync_update(NOTES, writer.insert(1, "b")))

    asked = frames.Sync(NOTES, SyncStep1(world.views[NOTES].state_vector()))
    assert bob.take() == [FOREIGN, frames.SyncStatus(NOTES, saved=False), asked]
    assert ada.take() == []
    assert len(world.store.logs[NOTES].updates) == 1


def test_an_author_id_belongs_to_its_user_before_the_store_has_it() -> None:
    world, ada, bob = pair()
    world.withholds.add(Persist)
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "a")))

    world.send(bob, frames.sync_update(NOTES, writer.insert(1, "b")))

    assert kinds(bob.take()) == ["Stateless", "SyncStatus", "SyncStep1"]


def test_a_refusal_that_must_wait_its_turn_keeps_its_order() -> None:
    world, ada, bob = pair()
    his, hers = Writer(), Writer()
    world.send(ada, frames.sync_update(NOTES, hers.insert(0, "a")))
    ada.take()
    bob.take()
    world.withholds.add(Persist)
    world.send(bob, frames.sync_update(NOTES, his.insert(0, "x")))
    world.send(bob, frames.sync_update(NOTES, hers.insert(1, "b")))
    before = bob.take()

    world.answer()

    came = bob.take()
    assert before == []
    assert kinds(came) == ["SyncStatus", "Stateless", "SyncStatus", "SyncStep1"]
    assert statuses(came) == [True, False]


def test_refusals_that_wait_together_are_explained_once() -> None:
    world, ada, bob = pair()
    his, hers = Writer(), Writer()
    world.send(ada, frames.sync_update(NOTES, hers.insert(0, "a")))
    ada.take()
    bob.take()
    world.withholds.add(Persist)
    world.send(bob, frames.sync_update(NOTES, his.insert(0, "x")))
    foreign = hers.insert(1, "b")
    world.send(bob, frames.sync_update(NOTES, foreign))
    world.send(bob, frames.sync_update(NOTES, foreign))

    world.answer()

    came = bob.take()
    assert kinds(came) == ["SyncStatus", "Stateless", "SyncStatus", "SyncStatus", "SyncStep1"]


def test_known_structs_of_others_are_not_foreign() -> None:
    world, ada, bob = pair()
    hers, his = Writer(), Writer()
    first = hers.insert(0, "a")
    world.send(ada, frames.sync_update(NOTES, first))
    his.apply(first)
    his.insert(1, "b")
    bob.take()

    world.send(bob, frames.sync_step2(NOTES, his.diff(b"\x00")))

    assert statuses(bob.take()) == [True]
    assert world.store.logs[NOTES].owners == {
        hers.doc.client_id: "ada",
        his.doc.client_id: "bob",
    }


def test_deleting_what_others_wrote_is_not_foreign() -> None:
    world, ada, bob = pair()
    hers, his = Writer(), Writer()
    first = hers.insert(0, "a")
    world.send(ada, frames.sync_update(NOTES, first))
    his.apply(first)
    bob.take()

    world.send(bob, frames.sync_update(NOTES, his.delete(0)))

    assert statuses(bob.take()) == [True]


def test_the_same_user_may_go_on_on_another_connection_and_after_a_restart() -> None:
    store = MemoryStore()
    world, ada, _ = pair(store)
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "a")))
    after = HubWorld(store)
    again = opened(after, "another", "ada")
    bob = opened(after, "bob")

    after.send(again, frames.sync_update(NOTES, writer.insert(1, "b")))
    after.send(bob, frames.sync_update(NOTES, writer.insert(2, "c")))

    assert statuses(again.take()) == [True]
    assert statuses(bob.take()) == [False]


def test_an_author_id_that_nobody_has_belongs_to_who_goes_on_with_it() -> None:
    writer = Writer()
    store = MemoryStore({NOTES: StoredLog("e1", [writer.insert(0, "a")])})
    world, _, bob = pair(store)

    world.send(bob, frames.sync_update(NOTES, writer.insert(1, "b")))

    assert statuses(bob.take()) == [True]
    assert store.logs[NOTES].owners == {writer.doc.client_id: "bob"}


def test_a_reader_hears_that_it_may_not_write_before_whose_the_text_is() -> None:
    world, ada, _ = pair()
    reader = opened(world, "cid", rooms={"codexpro_project_7": "r"})
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "a")))
    reader.take()

    world.send(reader, frames.sync_update(NOTES, writer.insert(1, "b")))

    assert kinds(reader.take()) == ["SyncStatus", "Error"]


def test_who_brings_foreign_structs_again_and_again_is_put_out() -> None:
    world, ada, bob = pair()
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "a")))
    bob.take()
    foreign = writer.insert(1, "b")
    for _ in range(2):
        world.send(bob, frames.sync_step2(NOTES, foreign))
    bob.take()

    world.send(bob, frames.sync_step2(NOTES, foreign))

    came = bob.take()
    assert came[-1] == frames.CloseDocument(NOTES, "foreign")
    text = f"updates of {NOTES} came under another user's author id"
    assert world.announced[-1] == Announce(Level.WARNING, text, client=bob.id)


def test_own_news_end_the_row_of_foreign_ones() -> None:
    world, ada, bob = pair()
    writer, his = Writer(), Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "a")))
    foreign = writer.insert(1, "b")
    for _ in range(3):
        world.send(bob, frames.sync_step2(NOTES, foreign))
        world.send(bob, frames.sync_update(NOTES, his.insert(0, "x")))

    came = bob.take()

    assert statuses(came) == [False, True] * 3
    assert "CloseDocument" not in kinds(came)


def test_a_replica_of_an_ended_history_learns_the_epoch_and_is_kept_out() -> None:
    writer = Writer()
    writer.insert(0, "old")
    world = HubWorld(after_a_reset(writer))
    ada = world.sign_in("ada")

    world.send(ada, frames.sync_step1(NOTES, writer.state))

    assert ada.take() == [
        frames.Stateless(NOTES, '{"type": "document", "epoch": "second", "perm": "rw"}'),
        frames.AuthDenied(NOTES, "epoch"),
        frames.CloseDocument(NOTES, "epoch"),
    ]
    assert world.hub.is_settled


@pytest.mark.parametrize("kind", ["structs", "deletes", "what it stands on"])
def test_an_update_that_stands_on_an_ended_history_shuts_the_document(kind: str) -> None:
    old, new = Writer(), Writer()
    first = old.insert(0, "old")
    new.apply(first)
    brought = {
        "structs": first,
        "deletes": new.delete(0),
        "what it stands on": new.insert(1, "new"),
    }[kind]
    world = HubWorld(after_a_reset(old))
    ada = opened(world, "ada")

    world.send(ada, frames.sync_update(NOTES, brought))

    assert ada.take() == [
        frames.AuthDenied(NOTES, "epoch"),
        frames.CloseDocument(NOTES, "epoch"),
    ]
    assert world.store.logs[NOTES].updates == []


def test_a_new_replica_writes_in_the_present_epoch() -> None:
    world = HubWorld(after_a_reset(Writer()))
    ada, bob = opened(world, "ada"), opened(world, "bob")
    update = Writer().insert(0, "new")

    world.send(ada, frames.sync_update(NOTES, update))

    assert statuses(ada.take()) == [True]
    assert updates(bob.take()) == [update]


def test_news_are_only_what_takes_an_author_further() -> None:
    known = KnownState()
    ada, bob = Writer(), Writer()
    first = ada.insert(0, "a")
    bob.apply(first)
    known.advance(parse_update(first))
    bob.insert(1, "b")

    assert list(known.news_in(parse_update(bob.diff(b"\x00")))) == [bob.doc.client_id]


def test_the_server_writes_under_an_author_id_that_no_history_knows() -> None:
    taken = [int(hashlib.md5(str(n).encode()).hexdigest()[:8], 16) for n in range(12)]
    log = StoredLog("second", [Writer().insert(0, "x")], former_authors=frozenset(taken))
    world = HubWorld(MemoryStore({NOTES: log}))
    world.withholds.add(AskVersions)
    ada = world.sign_in("ada")

    world.tell(ada, RestoreVersion(document=NOTES, version=1))

    (asked,) = world.withheld
    assert isinstance(asked, AskVersions)
    assert asked.author_id not in taken
