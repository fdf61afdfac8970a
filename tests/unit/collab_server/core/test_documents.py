"""Opening and closing documents, creating them, and the life they have in memory."""

import json

from collab_server.core.document import LoadedDocument
from collab_server.core.documents import MAX_STRANGE_AUTHORS
from collab_server.core.effects import (
    AnswerSync,
    LoadDocument,
    Persist,
    Relay,
    Resume,
    UnloadDocument,
)
from collab_server.protocol import documents as frames
from collab_server.protocol.events import DocumentCreate, DocumentCreated, Error, Join, RoomJoined
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document, parse_room
from collab_server.protocol.updates import encode_state_vector
from tests.support.hub_world import ELSEWHERE, NOTES, PLANS, ROOM, HubWorld
from tests.support.memory_store import StoredLog
from tests.support.writer import Writer
from tests.unit.collab_server.core.sync_messages import (
    kinds,
    slugs,
    statuses,
    step_1s,
    step_2s,
    updates,
)


def world_with_text(text: str) -> HubWorld:
    """Return a world whose store has notes."""
    world = HubWorld()
    world.store.logs[NOTES] = StoredLog("epoch 1", [Writer().insert(0, text)])
    return world


def shown(update: bytes) -> str:
    reader = Writer()
    reader.apply(update)
    return reader.text


def test_an_opening_brings_epoch_then_content_then_the_servers_question() -> None:
    world = world_with_text("hello")
    ada = world.sign_in()

    came = world.open(ada)

    assert kinds(came) == ["Stateless", "SyncStep2", "SyncStep1"]
    hello = came[0]
    assert isinstance(hello, frames.Stateless)
    assert json.loads(hello.text) == {"type": "document", "epoch": "epoch 1", "perm": "rw"}
    assert shown(step_2s(came)[0]) == "hello"
    assert step_1s(came) == [world.views[NOTES].state_vector()]


def test_closing_a_document_that_nobody_has_open_says_nothing() -> None:
    world = world_with_text("hello")
    ada = world.sign_in()

    world.send(ada, frames.close_document(NOTES))

    assert ada.take() == []
    assert kinds(world.open(ada)) == ["Stateless", "SyncStep2", "SyncStep1"]


def test_asking_again_brings_no_second_greeting() -> None:
    world = world_with_text("hello")
    ada = world.sign_in()
    world.open(ada)

    again = world.open(ada)

    assert kinds(again) == ["SyncStep2", "SyncStep1"]


def test_an_unknown_document_is_an_empty_one() -> None:
    world = HubWorld()
    ada = world.sign_in()

    came = world.open(ada)

    assert (step_2s(came), step_1s(came)) == ([b"\x00\x00"], [b"\x00"])
    assert world.store.logs == {}


def test_however_many_wait_a_document_is_read_once() -> None:
    world = world_with_text("hello")
    world.withholds.add(LoadDocument)
    ada, bob = world.sign_in("ada"), world.sign_in("bob")
    world.send(ada, frames.sync_step1(NOTES, b"\x00"))
    world.send(bob, frames.sync_step1(NOTES, b"\x00"))

    loads = list(world.withheld)
    world.answer()

    assert loads == [LoadDocument(NOTES)]
    assert [shown(step_2s(peer.take())[0]) for peer in (ada, bob)] == ["hello", "hello"]


def test_what_waited_for_a_load_is_heard_once_and_before_what_came_later() -> None:
    world = world_with_text("hello")
    world.withholds.add(LoadDocument)
    ada = world.sign_in()
    world.send(ada, frames.sync_step1(NOTES, b"\x00"))
    world.send(ada, frames.ping(NOTES))
    before = (world.hub.is_held(ada.id), ada.take())

    world.answer()

    assert before == (True, [])
    assert kinds(ada.take()) == ["Stateless", "SyncStep2", "SyncStep1", "Pong"]
    assert world.performed.count(Resume(ada.id)) == 2  # sign-in, load


def test_a_document_that_cannot_be_read_is_shut_and_never_an_empty_one() -> None:
    world = HubWorld()
    world.withholds.add(LoadDocument)
    ada, gone = world.sign_in("ada"), world.sign_in("gone")
    world.send(gone, frames.sync_step1(NOTES, b"\x00"))
    world.send(ada, frames.sync_step1(NOTES, b"\x00"))
    world.disconnect(gone)

    world.refuse()

    error, closed = ada.take()
    assert closed == frames.CloseDocument(NOTES, "unavailable")
    assert isinstance(error, Error)
    assert (error.slug, error.room) == ("unavailable", ROOM)
    assert not world.hub.is_held(ada.id)


def test_a_state_that_no_yjs_client_makes_is_not_opened_and_holds_nobody() -> None:
    world = HubWorld()
    world.withholds.add(LoadDocument)
    ada = world.sign_in()
    world.send(ada, frames.sync_step1(NOTES, b"\x00"))
    world.withheld.clear()

    broken = LoadedDocument("epoch", 3, b"\xff", b"\x00\x00")
    world.hub.document_answers.document_loaded(NOTES, broken, world.now_s, world.unix_s)
    world.run()

    assert kinds(ada.take()) == ["Error", "CloseDocument"]
    assert not world.hub.is_held(ada.id)


def test_a_load_that_fails_can_be_tried_again() -> None:
    world = world_with_text("hello")
    world.withholds.add(LoadDocument)
    ada = world.sign_in()
    world.send(ada, frames.sync_step1(NOTES, b"\x00"))
    world.refuse()
    ada.take()

    world.send(ada, frames.sync_step1(NOTES, b"\x00"))
    world.answer()

    assert shown(step_2s(ada.take())[0]) == "hello"


def test_a_load_for_somebody_who_has_gone_is_kept_for_the_next() -> None:
    world = world_with_text("hello")
    world.withholds.add(LoadDocument)
    ada = world.sign_in()
    world.send(ada, frames.sync_step1(NOTES, b"\x00"))
    world.disconnect(ada)
    world.answer()

    came = world.open(world.sign_in("bob"))

    assert shown(step_2s(came)[0]) == "hello"
    assert list(world.withheld) == []


def test_a_document_without_rights_is_denied_and_the_connection_stays() -> None:
    world = HubWorld()
    eve = world.sign_in("eve", rooms={})

    came = world.open(eve)

    assert came[0] == frames.AuthDenied(NOTES, "permission_denied")
    assert slugs(came) == ["permission_denied"]
    assert eve.close_code is None


def test_a_malformed_state_vector_shuts_the_document() -> None:
    world = HubWorld()
    ada, bob = world.sign_in("ada"), world.sign_in("bob")
    world.open(ada)
    world.open(bob)

    world.send(ada, frames.sync_step1(NOTES, b"\xff"))

    assert kinds(ada.take())[-2:] == ["Error", "CloseDocument"]
    assert (bob.take(), ada.close_code) == ([], None)


def test_a_state_vector_may_name_few_authors_that_the_document_does_not_have() -> None:
    world = HubWorld()
    ada, bob = world.sign_in("ada"), world.sign_in("bob")
    most = dict.fromkeys(range(1, MAX_STRANGE_AUTHORS + 1), 1)

    world.send(ada, frames.sync_step1(NOTES, encode_state_vector(most)))
    world.send(bob, frames.sync_step1(NOTES, encode_state_vector(most | {0: 1})))

    assert slugs(ada.take()) == []
    assert kinds(bob.take())[-2:] == ["Error", "CloseDocument"]


def test_so_many_documents_a_connection() -> None:
    world = HubWorld(limits=Limits(documents_a_connection=1))
    ada = world.sign_in()
    world.open(ada)

    came = world.open(ada, PLANS)
    again = world.open(ada)

    assert came[0] == frames.CloseDocument(PLANS, "limit_exceeded")
    assert slugs(came) == ["limit_exceeded"]
    assert kinds(again) == ["SyncStep2", "SyncStep1"]


def test_who_has_closed_a_document_hears_no_more_of_it() -> None:
    world = HubWorld()
    ada, bob = world.sign_in("ada"), world.sign_in("bob")
    world.open(ada)
    world.open(bob)
    bob.take()

    world.send(bob, frames.close_document(NOTES))
    world.send(bob, frames.close_document(NOTES))
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    assert bob.take() == []


def test_an_update_to_a_document_that_is_not_open_is_refused() -> None:
    world = HubWorld()
    ada, bob = world.sign_in("ada"), world.sign_in("bob")
    world.open(bob)

    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    came = ada.take()
    assert (statuses(came), slugs(came)) == ([False], ["not_in_room"])
    assert bob.take() == []


def test_a_document_is_forgotten_a_minute_after_the_last_has_closed_it() -> None:
    world = HubWorld()
    ada = world.sign_in()
    world.open(ada)
    world.advance(100)
    world.send(ada, frames.close_document(NOTES))

    world.advance(59)
    before = list(world.views)
    world.advance(62)

    assert (before, list(world.views)) == ([NOTES], [])
    assert world.performed.count(UnloadDocument(NOTES)) == 1


def test_who_comes_back_within_the_minute_finds_it_in_memory() -> None:
    world = HubWorld()
    ada = world.sign_in()
    world.open(ada)
    world.send(ada, frames.close_document(NOTES))
    world.advance(30)
    world.open(ada)

    world.advance(300)

    assert list(world.views) == [NOTES]
    assert world.performed.count(LoadDocument(NOTES)) == 1


def test_a_document_whose_updates_are_not_stored_is_not_forgotten() -> None:
    world = HubWorld()
    ada = world.sign_in()
    world.open(ada)
    world.withholds.add(Persist)
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.disconnect(ada)

    world.advance(200)
    before = list(world.views)
    world.answer()
    world.advance(130)

    assert (before, list(world.views)) == ([NOTES], [])


def test_a_document_comes_back_from_the_store_as_it_was() -> None:
    world = HubWorld()
    ada = world.sign_in()
    world.open(ada)
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "kept")))
    epoch = world.store.logs[NOTES].epoch
    world.send(ada, frames.close_document(NOTES))
    world.advance(150)
    ada.take()

    came = world.open(ada)

    assert shown(step_2s(came)[0]) == "kept"
    hello = came[0]
    assert isinstance(hello, frames.Stateless)
    assert json.loads(hello.text)["epoch"] == epoch


def test_a_view_that_cannot_tell_shuts_the_document_for_who_asked() -> None:
    world = HubWorld()
    ada = world.sign_in()
    world.open(ada)
    world.withholds.add(AnswerSync)
    world.send(ada, frames.sync_step1(NOTES, b"\x00"))

    world.hub.document_answers.sync_failed(ada.id, NOTES, "panic", world.now_s)
    world.pump()
    world.disconnect(ada)
    world.hub.document_answers.sync_failed(ada.id, NOTES, "panic", world.now_s)

    came = ada.take()
    assert slugs(came) == ["internal"]
    assert came[-1] == frames.CloseDocument(NOTES, "internal")


def test_a_provider_learns_its_rights_by_its_auth_message() -> None:
    world = HubWorld()
    ada = world.sign_in("ada")
    bob = world.sign_in("bob", rooms={ROOM: "r"})
    eve = world.sign_in("eve", rooms={})
    unknown = world.connect("unknown")

    world.send(ada, frames.document_auth(NOTES, "token", "3.0"))
    world.send(bob, frames.document_auth(NOTES, "token"))
    world.send(eve, frames.document_auth(NOTES, "token"))
    world.send(unknown, frames.document_auth(NOTES, "token"))

    assert ada.take() == [frames.Authenticated(NOTES, frames.Scope.READ_WRITE)]
    assert bob.take() == [frames.Authenticated(NOTES, frames.Scope.READ_ONLY)]
    assert eve.take()[0] == frames.AuthDenied(NOTES, "permission_denied")
    assert unknown.take() == [frames.AuthDenied(NOTES, "invalid_token")]


def test_a_ping_is_answered_and_a_text_beside_the_document_ignored() -> None:
    world = HubWorld()
    ada = world.sign_in()

    world.send(ada, frames.ping(NOTES))
    world.send(ada, frames.stateless(NOTES, "{}"))

    assert ada.take() == [frames.Pong(NOTES)]


def test_a_new_document_gets_its_text_once_and_is_created_when_stored() -> None:
    world = HubWorld()
    ada, bob = world.sign_in("ada"), world.sign_in("bob")
    world.open(bob)
    ada.take()
    world.withholds.add(Persist)
    world.tell(ada, DocumentCreate(document=NOTES, text="naïve 😀", id=1))
    before = (ada.take(), bob.take())

    world.answer()
    world.tell(ada, DocumentCreate(document=NOTES, text="again", id=2))

    epoch = world.store.logs[NOTES].epoch
    assert before == ([], [])
    assert ada.take() == [
        DocumentCreated(document=NOTES, epoch=epoch, created=True, re=1),
        DocumentCreated(document=NOTES, epoch=epoch, created=False, re=2),
    ]
    assert [shown(update) for update in updates(bob.take())] == ["naïve 😀"]


def test_who_creates_a_document_that_it_has_open_gets_the_text_too() -> None:
    world = HubWorld()
    ada = world.sign_in("ada")
    world.open(ada)

    world.tell(ada, DocumentCreate(document=NOTES, text="text"))

    came = ada.take()
    assert kinds(came) == ["SyncUpdate", "DocumentCreated"]
    assert shown(updates(came)[0]) == "text"


def test_a_creator_that_has_gone_leaves_the_text() -> None:
    world = HubWorld()
    world.withholds.add(Persist)
    ada = world.sign_in("ada")
    world.tell(ada, DocumentCreate(document=NOTES, text="text"))
    world.disconnect(ada)

    world.answer()

    assert len(world.store.logs[NOTES].updates) == 1


def test_a_document_without_text_exists_too_and_keeps_its_epoch() -> None:
    world = HubWorld()
    ada, bob = world.sign_in("ada"), world.sign_in("bob")
    world.withholds.add(Persist)
    world.tell(ada, DocumentCreate(document=NOTES, text="", id=1))
    before = ada.take()
    world.answer()
    world.tell(bob, DocumentCreate(document=NOTES, text="late", id=2))
    later = HubWorld(world.store, ids="later")
    cid = later.sign_in("cid")

    later.open(cid)
    later.send(cid, frames.sync_update(NOTES, Writer().insert(0, "text")))

    epoch = world.store.logs[NOTES].epoch
    assert before == []
    assert ada.take() == [DocumentCreated(document=NOTES, epoch=epoch, created=True, re=1)]
    assert bob.take() == [DocumentCreated(document=NOTES, epoch=epoch, created=False, re=2)]
    assert statuses(cid.take()) == [True]
    assert later.store.logs[NOTES].epoch == epoch


def test_while_nothing_can_be_saved_no_empty_document_is_created() -> None:
    world = HubWorld()
    ada = world.sign_in("ada")
    world.withholds.add(Persist)
    world.tell(ada, DocumentCreate(document=PLANS, text="x"))
    world.refuse()
    world.advance(2.5)
    world.refuse()
    world.withheld.clear()
    ada.take()

    world.tell(ada, DocumentCreate(document=NOTES, text="", id=1))

    (error,) = ada.take()
    assert isinstance(error, Error)
    assert (error.slug, error.re) == ("unavailable", 1)


def test_creating_needs_the_right_to_write() -> None:
    world = HubWorld()
    ada = world.sign_in("ada", rooms={ROOM: "r"})

    world.tell(ada, DocumentCreate(document=NOTES, text="x", id=1))

    (error,) = ada.take()
    assert isinstance(error, Error)
    assert (error.slug, error.re) == ("permission_denied", 1)


def test_creating_a_document_that_cannot_be_read_is_answered() -> None:
    world = HubWorld()
    world.withholds.add(LoadDocument)
    ada = world.sign_in("ada")
    world.tell(ada, DocumentCreate(document=NOTES, text="x", id=1))

    world.refuse()

    (error,) = ada.take()
    assert isinstance(error, Error)
    assert (error.slug, error.re) == ("unavailable", 1)


def test_the_manifest_may_have_the_rooms_own_name() -> None:
    world = HubWorld()
    ada = world.sign_in("ada")

    came = world.open(ada, parse_document(ROOM))
    world.tell(ada, Join(room=parse_room(ROOM)))

    assert kinds(came) == ["Stateless", "SyncStep2", "SyncStep1"]
    assert isinstance(ada.take()[0], RoomJoined)


def test_documents_of_two_rooms_go_to_the_store_in_one_batch() -> None:
    world = HubWorld()
    ada = world.sign_in("ada")
    world.open(ada)
    world.open(ada, ELSEWHERE)
    world.hand_in(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.hand_in(ada, frames.sync_update(ELSEWHERE, Writer().insert(0, "x")))

    world.run()

    (batch,) = [effect for effect in world.performed if isinstance(effect, Persist)]
    assert [append.document for append in batch.appends] == [NOTES, ELSEWHERE]
    assert statuses(ada.take()) == [True, True]
    assert not [effect for effect in world.performed if effect == Relay((), ())]
