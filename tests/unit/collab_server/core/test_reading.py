"""What members have missed and read: recovery, history, unread counts, read marks."""

import msgspec
import pytest

from collab_server.core.chat import Publication
from collab_server.core.reading import FORGET_EVERY_S, SWEEP_EVERY_S
from collab_server.core.room_effects import (
    FindReader,
    ForgetOld,
    OpenStream,
    ReadHistory,
    StoreEvents,
)
from collab_server.protocol.events import (
    Error,
    Join,
    Position,
    Refresh,
    RoomJoined,
    decode_server_event,
    encode_event,
)
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import (
    DeleteMessage,
    FindHistory,
    MessagePosted,
    PostMessage,
)
from tests.support.hub_world import ROOM, HubWorld
from tests.unit.collab_server.core.members import (
    GENERAL,
    joined,
    member,
    post,
    slug,
    the,
)
from tests.unit.collab_server.core.read_pages import PROJECT, RING, TALKATIVE, page, room_with, said

# Recovery.


@pytest.mark.parametrize(
    ("count", "is_same_epoch", "offset", "is_recovered"),
    [
        (0, True, 0, True),
        (0, False, 0, False),
        (0, True, 1, False),
        (5, True, 5, True),
        (5, True, 3, True),
        (5, True, 0, True),
        (5, True, 6, False),
        (5, False, 5, False),
        (5, False, 3, False),
        (5, False, 6, False),
        (RING, True, 0, True),
        (RING + 1, True, 1, True),
        (RING + 1, True, 0, False),
        (RING + 1, True, RING + 1, True),
        (RING + 1, True, RING + 2, False),
        (5, True, -1, False),
    ],
)
def test_recovery_is_all_or_nothing(
    count: int, *, is_same_epoch: bool, offset: int, is_recovered: bool
) -> None:
    world = HubWorld(limits=TALKATIVE)
    _, epoch = room_with(world, count)
    asked = (epoch if is_same_epoch else "another", offset)

    at_once = joined(world, world.sign_in("bob"), recover=asked)
    restarted = HubWorld(world.store)
    after_a_restart = joined(restarted, restarted.sign_in("bob"), recover=asked)

    for reply in (at_once, after_a_restart):
        assert reply.recovered is is_recovered
        assert said(reply.events) == (list(range(offset + 1, count + 1)) if is_recovered else [])
        assert (reply.epoch, reply.offset) == (epoch, count)


def test_what_is_too_large_to_keep_in_memory_is_not_recovered() -> None:
    world = HubWorld()
    ada, epoch = room_with(world, 1)
    for _ in range(40):
        world.tell(ada, PostMessage(room=GENERAL, message="x" * 8000))

    bob, cecil = world.sign_in("bob"), world.sign_in("cecil")
    far, near = joined(world, bob, recover=(epoch, 1)), joined(world, cecil, recover=(epoch, 40))

    assert (far.recovered, far.events) == (False, ())
    assert (near.recovered, len(near.events or ())) == (True, 1)


def test_what_comes_while_somebody_joins_is_heard_once() -> None:
    world = HubWorld()
    ada, epoch = room_with(world, 2)
    bob = world.sign_in("bob")
    world.withholds |= {FindReader, StoreEvents}
    world.tell(ada, PostMessage(room=GENERAL, message=3))
    world.hand_in(bob, encode_event(Join(room=GENERAL, recover=Position(epoch=epoch, offset=1))))
    world.answer(1)  # message 3 is stored while bob's place is looked up
    world.tell(ada, PostMessage(room=GENERAL, message=4))
    world.answer(1)
    world.answer()

    reply, *live = bob.take()

    assert isinstance(reply, RoomJoined)
    assert said(reply.events) == [2, 3]
    assert [(message.offset, bytes(message.message)) for message in live] == [(4, b"4")]  # pyright: ignore[reportAttributeAccessIssue]
    assert reply.unread == 3


@pytest.mark.parametrize("at", range(8))
def test_a_message_at_any_moment_of_a_join_is_heard_once(at: int) -> None:
    world = HubWorld()
    world.withholds |= {OpenStream, FindReader, StoreEvents}
    ada, bob = world.sign_in("ada"), world.sign_in("bob")
    for peer in (ada, bob):
        world.hand_in(peer, '{"type":"join","room":"chat_general"}')
    if at < 4:
        world.hub.publish("t", _publication("early"), world.now_s, world.unix_s)
        world.pump()
    for _ in range(at):
        if world.withheld:
            world.answer(1)
    world.hub.publish("t", _publication("late"), world.now_s, world.unix_s)
    world.pump()
    while world.withheld:
        world.answer(1)

    for peer in (ada, bob):
        reply, *live = peer.take()
        assert isinstance(reply, RoomJoined)
        told = [message.offset for message in live if isinstance(message, MessagePosted)]
        assert reply.offset is not None
        assert told == list(range(reply.offset + 1, len(world.published) + 1))


def _publication(message: str):
    return Publication(room=GENERAL, message=message)


def test_who_may_not_read_history_recovers_no_more_than_was_missed() -> None:
    world = HubWorld()
    writer, ada = world.sign_in("writer"), world.sign_in("ada", rooms={ROOM: "rw"})
    epoch = joined(world, writer, PROJECT).epoch
    assert epoch
    post(world, writer, "before", room=PROJECT)
    first = joined(world, ada, PROJECT, recover=(epoch, 0), history=10)
    world.disconnect(ada)
    post(world, writer, "missed", room=PROJECT)
    again = world.sign_in("again", "ada", rooms={ROOM: "rw"})

    missed = joined(world, again, PROJECT, recover=(epoch, 1))
    greedy = joined(world, again, PROJECT, recover=(epoch, 0))

    assert (first.recovered, first.events) == (False, ())
    assert (missed.recovered, said(missed.events)) == (True, ["missed"])
    assert (greedy.recovered, greedy.events) == (False, ())


def test_a_job_that_is_over_says_so_to_who_comes_late() -> None:
    world = HubWorld()
    room = parse_room("ocr_job_1")
    for progress in (50, 100):
        said_by_job = Publication(room=room, message={"progress": progress})
        world.hub.publish("t", said_by_job, world.now_s, world.unix_s)
        world.run()
    ada = world.sign_in("ada", rooms={"ocr_job_1": "r"})

    world.tell(ada, Join(room=room))

    reply, last = ada.take()
    assert isinstance(reply, RoomJoined)
    assert (reply.offset, reply.events) == (2, ())
    assert isinstance(last, MessagePosted)
    assert last.message == msgspec.Raw(b'{"progress":100}')
    again = joined(world, ada, room, recover=(str(reply.epoch), 2))
    assert (again.recovered, again.events) == (True, ())


# History.


def test_the_newest_messages_come_first_and_older_ones_page_by_page() -> None:
    world = HubWorld()
    ada, epoch = room_with(world, 5)

    newest = page(world, ada, limit=2)
    older = page(world, ada, limit=2, before=4)
    oldest = page(world, ada, limit=2, before=2)
    later = page(world, ada, limit=2, after=1)
    latest = page(world, ada, limit=2, after=3)

    pages = (newest, older, oldest, later, latest)
    assert [said(found.messages) for found in pages] == [[4, 5], [2, 3], [1], [2, 3], [4, 5]]
    assert [found.more for found in pages] == [True, True, False, True, False]
    assert {found.epoch for found in pages} == {epoch}


def test_history_shows_messages_as_they_are_now() -> None:
    world = HubWorld()
    ada, _ = room_with(world, 2)
    world.tell(ada, DeleteMessage(room=GENERAL, message_id=1))
    ada.take()

    first, second = page(world, ada).messages

    gone = decode_server_event(bytes(first))
    assert isinstance(gone, MessagePosted)
    assert (gone.deleted, bytes(gone.message), gone.offset) == (True, b"null", 1)
    assert msgspec.json.decode(second)["message"] == 2


def test_joining_may_bring_the_last_messages_along() -> None:
    world = HubWorld()
    room_with(world, 5)

    reply = joined(world, world.sign_in("bob"), history=2)

    assert (said(reply.events), reply.recovered) == ([4, 5], False)


@pytest.mark.parametrize(
    ("room", "rooms"), [(PROJECT, {ROOM: "rw"}), (parse_room("test_room"), {})]
)
def test_history_takes_the_right_and_a_room_that_has_one(room: str, rooms: dict[str, str]) -> None:
    world = HubWorld(dev=True)
    ada = member(world, "ada", None, parse_room(room), rooms=rooms)

    world.tell(ada, FindHistory(room=parse_room(room)))

    assert slug(ada) == "permission_denied"


def test_a_page_for_who_lost_the_right_meanwhile_is_not_handed_out() -> None:
    world = HubWorld()
    ada = member(world, "ada", None, PROJECT, rooms={ROOM: "rwh"})
    post(world, ada, "planted", room=PROJECT)
    world.withholds |= {ReadHistory}
    world.tell(ada, FindHistory(room=PROJECT, id=4))
    world.tell(ada, Refresh(token=world.token("ada", rooms={ROOM: "rw"})))
    ada.take()

    world.answer()

    (error,) = ada.take()
    assert isinstance(error, Error)
    assert (error.slug, error.re) == ("permission_denied", 4)


def test_a_page_for_who_has_gone_goes_nowhere() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    world.withholds |= {ReadHistory}
    for peer in (ada, bob):
        world.tell(peer, FindHistory(room=GENERAL))
        world.disconnect(peer)
    ada.take()

    world.answer(1)
    world.refuse()

    assert (ada.take(), bob.take()) == ([], [])


def test_a_page_that_cannot_be_read_is_said() -> None:
    world = HubWorld()
    ada = member(world, "ada")
    world.withholds |= {ReadHistory}
    world.tell(ada, FindHistory(room=GENERAL, id=5))

    world.refuse()

    error = the(Error, ada)
    assert (error.slug, error.re, error.room) == ("unavailable", 5, GENERAL)


# Coming and going.


def test_a_room_that_cannot_be_read_is_said_and_may_be_joined_later() -> None:
    world = HubWorld()
    world.withholds |= {OpenStream}
    ada, bob, eve = world.sign_in("ada"), world.sign_in("bob"), world.sign_in("eve")
    for peer in (ada, bob, eve):
        world.hand_in(peer, '{"type":"join","room":"chat_general","id":1}')
    world.disconnect(eve)
    world.refuse()
    world.withholds.clear()

    assert (slug(ada), slug(bob)) == ("unavailable", "unavailable")
    assert joined(world, ada).offset == 0


def test_a_place_that_cannot_be_looked_up_is_said() -> None:
    world = HubWorld()
    world.withholds |= {FindReader}
    ada = world.sign_in("ada")
    world.hand_in(ada, '{"type":"join","room":"chat_general","id":1}')

    world.refuse()

    assert slug(ada) == "unavailable"


def test_who_left_while_a_room_was_read_is_not_waited_for() -> None:
    world = HubWorld()
    world.withholds |= {OpenStream, FindReader}
    ada = world.sign_in("ada")
    world.hand_in(ada, '{"type":"join","room":"chat_general"}')
    world.disconnect(ada)

    world.answer()

    assert world.withheld == type(world.withheld)()


def test_a_room_that_nobody_is_in_is_forgotten_and_read_again() -> None:
    world = HubWorld()
    ada, _ = room_with(world, 3)
    world.disconnect(ada)
    world.advance(3 * SWEEP_EVERY_S)
    opened = [effect for effect in world.performed if isinstance(effect, OpenStream)]

    reply = joined(world, world.sign_in("bob"), history=5)

    assert len(opened) == 1
    assert [effect for effect in world.performed if isinstance(effect, OpenStream)] != opened
    assert said(reply.events) == [1, 2, 3]


def test_a_place_found_after_its_room_was_forgotten_is_looked_up_again() -> None:
    world = HubWorld()
    ada, _ = room_with(world, 3)
    world.disconnect(ada)
    world.withholds |= {FindReader}
    bob = world.sign_in("bob", ttl_s=3600)
    world.hand_in(bob, '{"type":"join","room":"chat_general"}')
    world.advance(3 * SWEEP_EVERY_S)
    world.withholds.clear()

    world.answer()

    assert the(RoomJoined, bob).offset == 3


def test_a_room_that_somebody_is_in_is_kept() -> None:
    world = HubWorld()
    room_with(world, 3)

    world.advance(5 * SWEEP_EVERY_S)
    joined(world, world.sign_in("bob"))

    assert len([effect for effect in world.performed if isinstance(effect, OpenStream)]) == 1


def test_what_is_too_old_is_forgotten_by_class() -> None:
    world = HubWorld()
    notices = parse_room("notifications_ada")
    for room in (GENERAL, notices):
        said_now = Publication(room=room, message="old")
        world.hub.publish("t", said_now, world.now_s, world.unix_s)
    world.run()
    world.advance(31 * 86_400)
    ada = member(world, "ada")
    world.tell(ada, Join(room=notices))
    ada.take()

    world.advance(FORGET_EVERY_S + 2 * SWEEP_EVERY_S)

    left = world.store.rooms.database.execute("SELECT room FROM chat_messages").fetchall()
    assert left == [(GENERAL,)]
    assert [effect for effect in world.performed if isinstance(effect, ForgetOld)]
