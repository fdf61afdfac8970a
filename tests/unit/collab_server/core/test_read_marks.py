"""Unread counts and read marks."""

from collab_server.core.reading import RECEIPTS_UP_TO
from collab_server.core.room_effects import (
    FindReader,
    SaveReadMarks,
)
from collab_server.protocol.events import (
    RoomJoined,
)
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import (
    MarkRead,
    PostMessage,
    ReadMarked,
)
from tests.support.hub_world import HubWorld
from tests.unit.collab_server.core.members import (
    GENERAL,
    all_of,
    joined,
    member,
    post,
    the,
)
from tests.unit.collab_server.core.read_pages import RING, TALKATIVE, room_with

# Unread counts and read marks.


def test_unread_is_what_others_said_after_the_mark() -> None:
    world = HubWorld()
    ada, _ = room_with(world, 3)
    bob = world.sign_in("bob")
    counts = [joined(world, bob).unread]
    world.tell(bob, MarkRead(room=GENERAL, offset=2))
    counts.append(joined(world, bob).unread)
    world.tell(ada, PostMessage(room=GENERAL, message=4))
    counts.append(joined(world, bob).unread)
    post(world, bob, 5)
    counts.append(joined(world, bob).unread)
    world.tell(ada, PostMessage(room=GENERAL, message=6))
    counts.append(joined(world, bob).unread)
    world.tell(bob, MarkRead(room=GENERAL, offset=99))

    reply = joined(world, bob)

    assert counts == [3, 1, 2, 0, 1]
    assert (reply.unread, reply.read_offset) == (0, 6)


def test_a_mark_only_moves_forward_and_no_further_than_the_end() -> None:
    world = HubWorld()
    room_with(world, 3)
    bob = world.sign_in("bob")
    marks = []
    for offset in (2, 1, 0, 99):
        joined(world, bob)
        world.tell(bob, MarkRead(room=GENERAL, offset=offset))
        marks.append(joined(world, bob).read_offset)

    assert marks == [2, 2, 2, 3]


def test_marks_are_stored_within_a_second_and_outlive_a_restart() -> None:
    world = HubWorld()
    room_with(world, 3)
    bob = member(world, "bob")
    world.tell(bob, MarkRead(room=GENERAL, offset=1))
    world.tell(bob, MarkRead(room=GENERAL, offset=2))

    world.advance(1)
    later = HubWorld(world.store)
    reply = joined(later, later.sign_in("bob"))

    saves = [effect for effect in world.performed if isinstance(effect, SaveReadMarks)]
    assert (GENERAL, "bob", 2) in saves[-1].marks
    assert (reply.read_offset, reply.unread) == (2, 1)


def test_a_mark_that_could_not_be_stored_is_tried_again() -> None:
    world = HubWorld()
    room_with(world, 3)
    world.advance(5)
    bob, cecil = member(world, "bob"), member(world, "cecil")
    world.withholds |= {SaveReadMarks}
    world.tell(bob, MarkRead(room=GENERAL, offset=1))
    world.advance(1)
    world.tell(bob, MarkRead(room=GENERAL, offset=2))
    world.tell(cecil, MarkRead(room=GENERAL, offset=1))
    settled = [world.hub.is_settled]

    world.refuse()
    world.withholds.clear()
    world.advance(1)

    settled.append(world.hub.is_settled)
    saves = [effect for effect in world.performed if isinstance(effect, SaveReadMarks)]
    assert set(saves[-1].marks) == {(GENERAL, "bob", 2), (GENERAL, "cecil", 1)}
    assert settled == [False, True]


def test_marks_that_wait_for_earlier_ones_are_stored_after_them() -> None:
    world = HubWorld()
    room_with(world, 3)
    world.advance(5)
    bob = member(world, "bob")
    world.withholds |= {SaveReadMarks}
    world.tell(bob, MarkRead(room=GENERAL, offset=1))
    world.advance(1)
    world.tell(bob, MarkRead(room=GENERAL, offset=2))
    world.hub.drain(world.now_s)
    world.answer()
    world.advance(1)

    world.answer()

    assert world.hub.is_settled


def test_the_others_and_the_own_devices_hear_how_far_somebody_has_read() -> None:
    world = HubWorld()
    ada, _ = room_with(world, 2)
    phone, laptop = member(world, "phone", "bob"), member(world, "laptop", "bob")
    ada.take()

    world.tell(phone, MarkRead(room=GENERAL, offset=1))

    told = ReadMarked(room=GENERAL, user_id="bob", offset=1)
    assert (ada.take(), laptop.take(), phone.take()) == ([told], [told], [])


def test_in_a_large_room_only_the_own_devices_hear() -> None:
    world = HubWorld()
    ada, _ = room_with(world, 2)
    phone, laptop = member(world, "phone", "bob"), member(world, "laptop", "bob")
    for number in range(RECEIPTS_UP_TO):
        member(world, f"guest {number}")
    ada.take()
    laptop.take()

    world.tell(phone, MarkRead(room=GENERAL, offset=1))

    assert all_of(ReadMarked, ada) == []
    assert all_of(ReadMarked, laptop) == [ReadMarked(room=GENERAL, user_id="bob", offset=1)]


def test_a_mark_in_a_room_that_keeps_nothing_means_nothing() -> None:
    world = HubWorld(dev=True)
    room = parse_room("test_room")
    ada = member(world, "ada", None, room)

    world.tell(ada, MarkRead(room=room, offset=1))

    assert ada.take() == []


def test_a_count_that_reaches_back_further_than_memory_is_asked_of_the_store() -> None:
    world = HubWorld(limits=TALKATIVE)
    ada, _ = room_with(world, 3)
    bob = member(world, "bob")
    for _ in range(RING):
        world.tell(ada, PostMessage(room=GENERAL, message="more"))
    world.tell(bob, MarkRead(room=GENERAL, offset=1))
    bob.take()

    reply = joined(world, bob)

    assert (reply.unread, reply.read_offset) == (RING + 2, 1)


def test_two_devices_that_come_at_once_agree() -> None:
    world = HubWorld()
    ada, _ = room_with(world, 3)
    world.withholds |= {FindReader}
    phone, laptop = world.sign_in("phone", "bob"), world.sign_in("laptop", "bob")
    for peer in (phone, laptop):
        world.hand_in(peer, '{"type":"join","room":"chat_general"}')
    world.answer(1)
    world.tell(phone, MarkRead(room=GENERAL, offset=3))
    world.tell(ada, PostMessage(room=GENERAL, message=4))
    world.answer()

    assert [the(RoomJoined, peer).unread for peer in (phone, laptop)] == [3, 1]
