"""What is said in rooms: stored, then told to everybody in one order, and acknowledged."""

import msgspec
import pytest

from collab_server.core.chat_line import MAX_WAITING
from collab_server.core.effects import Relay, Send
from collab_server.core.room_effects import StoreEvents
from collab_server.protocol.events import Error, Leave, RoomJoined, encode_event
from collab_server.protocol.limits import UNLIMITED, Limits
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import (
    Ack,
    MessagePosted,
    PostMessage,
)
from tests.support.hub_world import ROOM, UNIX_S, HubWorld
from tests.unit.collab_server.core.chat_rooms import MID, PROJECT
from tests.unit.collab_server.core.members import (
    GENERAL,
    all_of,
    joined,
    member,
    post,
    slug,
    the,
)


def test_a_message_is_told_to_everybody_with_the_legacy_fields_first() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", "42", name="Ada"), member(world, "bob")

    world.tell(ada, PostMessage(room=GENERAL, message="hello"))

    (to_bob,) = [frame for frame in bob.inbox if isinstance(frame, str)]
    at_s = int(UNIX_S + world.now_s)
    assert to_bob == (
        f'{{"type":"message","user_id":42,"client_id":"{ada.id}","message":"hello",'
        f'"timestamp":{at_s},"room":"chat_general","id":1,"offset":1,"ts":{at_s * 1000},'
        '"name":"Ada"}'
    )
    assert the(MessagePosted, ada) == the(MessagePosted, bob)


@pytest.mark.parametrize("message", ["0", 0, "", [], None, False, {"a": [1.5, "😀"]}])
def test_any_json_is_a_message_also_what_php_calls_false(message: object) -> None:
    world = HubWorld()
    ada = member(world, "ada")

    world.tell(ada, PostMessage(room=GENERAL, message=message))

    assert msgspec.json.decode(the(MessagePosted, ada).message) == message


def test_nobody_hears_a_message_before_it_is_stored() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    world.withholds |= {StoreEvents}
    world.tell(ada, PostMessage(room=GENERAL, message="one", id="x"))
    before = all_of(MessagePosted, ada) + all_of(MessagePosted, bob)

    world.answer()

    assert before == []
    assert the(MessagePosted, bob).offset == 1
    echo, ack = ada.take()
    assert isinstance(echo, MessagePosted)
    assert ack == Ack(room=GENERAL, id=1, offset=1, timestamp=int(UNIX_S + world.now_s), re="x")


def test_what_waits_goes_to_the_store_together_and_is_told_in_one_order() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    world.withholds |= {StoreEvents}
    for number, peer in enumerate((ada, bob, ada, bob)):
        world.tell(peer, PostMessage(room=GENERAL, message=number))
    world.answer()
    world.answer()

    told = [all_of(MessagePosted, peer) for peer in (ada, bob)]
    relays = [effect for effect in world.performed if isinstance(effect, Relay)]

    assert told[0] == told[1]
    assert [message.offset for message in told[0]] == [1, 2, 3, 4]
    assert [len(relay.frames) for relay in relays[-2:]] == [1, 3]


def test_a_message_that_comes_again_is_acknowledged_and_not_told_again() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    first = post(world, ada, "hello", mid=MID)
    bob.take()

    again = post(world, ada, "hello", mid=MID)

    assert again == msgspec.structs.replace(first, duplicate=True)
    assert bob.take() == []


def test_two_sockets_that_say_the_same_at_once_have_said_it_once() -> None:
    world = HubWorld()
    first, second, bob = (
        member(world, "first", "ada"),
        member(world, "second", "ada"),
        member(world, "bob"),
    )
    world.withholds |= {StoreEvents}
    for peer in (bob, first, second):
        world.tell(peer, PostMessage(room=GENERAL, message="hello", mid=MID, id=1))
    world.answer()
    world.answer()

    acks = [all_of(Ack, peer)[0] for peer in (first, second)]

    assert [ack.duplicate for ack in acks] == [False, True]
    assert acks[0].id == acks[1].id
    assert len(all_of(MessagePosted, bob)) == 2  # bob's own name for his own message


def test_a_mid_is_remembered_over_a_restart() -> None:
    world = HubWorld()
    first = post(world, member(world, "ada"), mid=MID)
    later = HubWorld(world.store)

    again = post(later, member(later, "ada"), mid=MID)

    assert (again.id, again.duplicate) == (first.id, True)


def test_who_only_wants_to_say_it_gets_no_acknowledgement() -> None:
    world = HubWorld()
    ada = member(world, "ada")

    world.tell(ada, PostMessage(room=GENERAL, message="hello"))

    assert all_of(Ack, ada) == []


def test_a_mid_alone_is_acknowledged() -> None:
    world = HubWorld()
    ada = member(world, "ada")

    world.tell(ada, PostMessage(room=GENERAL, message="hello", mid=MID))

    assert the(Ack, ada).mid == MID


def test_a_store_that_refuses_is_said_and_the_message_may_be_sent_again() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    world.withholds |= {StoreEvents}
    world.tell(ada, PostMessage(room=GENERAL, message="one", mid=MID, id=7))
    world.refuse()
    refused = the(Error, ada)
    world.withholds.clear()

    ack = post(world, ada, "one", mid=MID)

    assert (refused.slug, refused.temporary, refused.re) == ("unavailable", True, 7)
    assert (ack.offset, ack.duplicate) == (1, False)
    assert len(all_of(MessagePosted, bob)) == 1


def test_what_waited_behind_a_refusal_goes_to_the_store_by_itself() -> None:
    world = HubWorld()
    ada = member(world, "ada")
    world.withholds |= {StoreEvents}
    for number in range(2):
        world.tell(ada, PostMessage(room=GENERAL, message=number))
    world.refuse()

    world.answer()

    assert the(MessagePosted, ada).offset == 1


def test_a_line_that_is_full_takes_no_more() -> None:
    world = HubWorld(limits=Limits(errors_a_minute=1000, messages_burst=UNLIMITED))
    ada = member(world, "ada")
    world.withholds |= {StoreEvents}
    for _ in range(MAX_WAITING + 1):
        world.hand_in(ada, '{"type":"message","room":"chat_general","message":0}')
    full = ada.take()

    world.tell(ada, PostMessage(room=GENERAL, message="too much", id=1))

    assert full == []
    assert slug(ada) == "unavailable"


def test_who_is_not_in_a_room_is_not_heard_there() -> None:
    world = HubWorld()
    ada, eve = member(world, "ada"), world.sign_in("eve")
    left = member(world, "left")
    world.tell(left, Leave(room=GENERAL))
    left.take()
    ada.take()

    for peer in (eve, left):
        world.tell(peer, PostMessage(room=GENERAL, message="hello", id=1))

    assert (slug(eve), slug(left)) == ("not_in_room", "not_in_room")
    assert ada.take() == []


@pytest.mark.parametrize(
    ("room", "user", "rooms", "expected"),
    [
        ("notifications_ada", "ada", {}, "permission_denied"),
        ("user_ada", "ada", {}, "permission_denied"),
        ("ocr_job_1", "ada", {"ocr_job_1": "rwhmo"}, "permission_denied"),
        ("proshare_room_x", "ada", {"proshare_room_x": "r"}, "read_only"),
    ],
)
def test_who_may_not_speak_in_a_room_is_told(
    room: str, user: str, rooms: dict[str, str], expected: str
) -> None:
    world = HubWorld()
    peer = member(world, "ada", user, parse_room(room), rooms=rooms)

    world.tell(peer, PostMessage(room=parse_room(room), message="hello"))

    assert slug(peer) == expected


def test_a_reader_of_a_project_may_chat() -> None:
    world = HubWorld()
    reader = member(world, "reader", None, PROJECT, rooms={ROOM: "r"})

    assert post(world, reader, room=PROJECT).offset == 1


def test_a_message_over_the_limit_is_refused() -> None:
    world = HubWorld()
    ada = member(world, "ada")

    world.tell(ada, PostMessage(room=GENERAL, message="x" * 8191))

    assert slug(ada) == "too_large"


def test_a_room_that_keeps_nothing_is_told_at_once() -> None:
    world = HubWorld(dev=True)
    room = parse_room("room_123")
    bob, ada = member(world, "bob", None, room), member(world, "ada", None, room)
    bob.take()

    world.tell(ada, PostMessage(room=room, message="hello", mid="m"))
    world.tell(bob, PostMessage(room=room, message="well"))

    echo, ack, other = ada.take()
    assert ack == Ack(room=room, mid="m", timestamp=int(UNIX_S + world.now_s))
    assert isinstance(echo, MessagePosted)
    assert (echo.id, echo.offset, echo.mid, echo.user_id) == (None, None, "m", "ada")
    assert isinstance(other, MessagePosted)
    assert [type(message) for message in bob.take()] == [MessagePosted, MessagePosted]
    assert not [effect for effect in world.performed if isinstance(effect, StoreEvents)]


def test_an_answer_to_a_message_names_one_of_the_same_room() -> None:
    world = HubWorld()
    other = parse_room("chat_other")
    ada = member(world, "ada")
    joined(world, ada, other)
    first = post(world, ada)
    elsewhere = post(world, ada, room=other)
    world.tell(ada, PostMessage(room=GENERAL, message="yes", reply_to=first.id, mentions=(42,)))
    answer = the(MessagePosted, ada)

    world.tell(ada, PostMessage(room=GENERAL, message="no", reply_to=elsewhere.id, id=1))

    assert (answer.reply_to, answer.mentions) == (first.id, (42,))
    assert slug(ada) == "message_not_found"


def test_an_acknowledgement_for_who_has_gone_goes_nowhere() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    world.withholds |= {StoreEvents}
    for peer in (ada, bob):
        world.tell(peer, PostMessage(room=GENERAL, message="last words", id=1))
    world.disconnect(ada)
    sends = len([effect for effect in world.performed if isinstance(effect, Send)])

    world.answer(1)
    told = the(MessagePosted, bob)
    world.disconnect(bob)
    world.refuse()

    assert told.user_id == "ada"
    after = [effect for effect in world.performed if isinstance(effect, Send)][sends:]
    assert after == []


def test_the_reply_of_a_room_that_keeps_nothing_has_no_position() -> None:
    world = HubWorld(dev=True)

    reply = joined(world, world.sign_in("ada"), parse_room("room_1"))

    assert reply == RoomJoined(room=parse_room("room_1"), members=(), perm="rw")


def test_what_is_said_in_one_go_is_one_effect() -> None:
    world = HubWorld(dev=True)
    room = parse_room("room_1")
    ada, bob = member(world, "ada", None, room), member(world, "bob", None, room)

    for number in range(3):
        said = encode_event(PostMessage(room=room, message=number))
        world.hub.receive_text(ada.id, said, world.now_s, world.unix_s)
    (effect,) = world.hub.take_effects()

    assert isinstance(effect, Relay)
    assert (effect.members, len(effect.frames)) == ((ada.id, bob.id), 3)
