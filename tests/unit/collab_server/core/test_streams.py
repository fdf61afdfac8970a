"""A room's stream in memory: what it keeps, and that it tells of a message what is true now."""

from dataclasses import replace

import msgspec

from collab_server.core.room_effects import StoreEvents
from collab_server.core.streams import Stream, change_event, changed
from collab_server.protocol.client_events import Position
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import DeleteMessage, EditMessage, MarkRead, MessageDeleted
from collab_server.protocol.room_facts import StoredChange, StoredMessage, StoredStream
from tests.support.hub_world import HubWorld
from tests.unit.collab_server.core.members import GENERAL, joined, member, post

ROOM = parse_room("chat_x")
MESSAGE = StoredMessage(
    room=ROOM,
    id=1,
    offset=1,
    user_id="ada",
    client_id="c",
    name="Ada",
    message=b'"hello"',
    mid=None,
    reply_to=None,
    mentions=(),
    at_ms=1000,
)
EDIT = StoredChange(ROOM, 2, "edit", 1, "ada", None, 2000, b'"better"')
REACTION = StoredChange(ROOM, 3, "react", 1, "bob", "👍", 3000)


def test_an_event_that_is_known_is_not_told_again() -> None:
    stream = Stream.from_store(StoredStream("e", 1, (MESSAGE,)), 300)

    assert stream.add(MESSAGE) is None
    assert stream.top == 1


def test_an_older_edit_stays_as_it_is_when_somebody_reacts() -> None:
    stream = Stream.from_store(StoredStream("e", 0, ()), 300)
    for event in (MESSAGE, EDIT, REACTION):
        stream.add(event)

    message, edit, _ = list(stream.missed(Position(epoch="e", offset=0)) or ())

    assert msgspec.json.decode(message)["message"] == "better"
    assert msgspec.json.decode(message)["reactions"] == {"👍": ["bob"]}
    assert msgspec.json.decode(edit)["message"] == "better"


def test_a_change_of_what_is_gone_is_told_as_its_end() -> None:
    gone = change_event(replace(EDIT, message=None))

    assert gone == MessageDeleted(room=ROOM, message_id=1, user_id="ada", offset=2)
    assert changed(MESSAGE, replace(EDIT, message=None)).message == MESSAGE.message


def test_a_stream_that_the_store_holds_with_a_gap_begins_after_it() -> None:
    world = HubWorld()
    ada = member(world, "ada")
    for number in range(5):
        post(world, ada, number)
    world.store.rooms.database.execute("DELETE FROM chat_messages WHERE stream_offset = 3")
    later = HubWorld(world.store)
    bob = later.sign_in("bob")
    epoch = joined(later, bob).epoch
    assert epoch

    assert joined(later, bob, recover=(epoch, 3)).recovered
    assert not joined(later, bob, recover=(epoch, 2)).recovered


def test_what_was_edited_and_deleted_is_read_again_without_its_text() -> None:
    world = HubWorld()
    ada = member(world, "ada")
    message_id = post(world, ada, "one").id
    assert message_id
    world.tell(ada, EditMessage(room=GENERAL, message_id=message_id, message="two"))
    edited = HubWorld(world.store)
    bob = edited.sign_in("bob")
    epoch = joined(edited, bob).epoch
    assert epoch
    _, edit = list(joined(edited, bob, recover=(epoch, 0)).events or ())
    world.tell(ada, DeleteMessage(room=GENERAL, message_id=message_id))
    deleted = HubWorld(world.store)

    events = joined(deleted, deleted.sign_in("bob"), recover=(epoch, 0)).events or ()

    assert msgspec.json.decode(edit)["message"] == "two"
    kinds = [msgspec.json.decode(event)["type"] for event in events]
    assert kinds == ["message", "message_deleted", "message_deleted"]


def test_a_message_stored_after_its_author_and_room_were_forgotten_moves_no_mark() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    world.withholds |= {StoreEvents}
    world.hand_in(ada, '{"type":"message","room":"chat_general","message":1}')
    world.disconnect(ada)
    world.disconnect(bob)
    world.advance(300)

    world.answer()

    reply = joined(world, world.sign_in("again", "ada"))
    assert (reply.offset, reply.read_offset) == (1, 0)


def test_alone_in_a_room_nobody_hears_how_far_one_has_read() -> None:
    world = HubWorld()
    ada = member(world, "ada")
    bob = member(world, "bob")
    post(world, bob)
    world.disconnect(bob)
    world.advance(20)
    ada.take()

    world.tell(ada, MarkRead(room=GENERAL, offset=1))

    assert ada.take() == []
