"""What rooms are told and nobody keeps: cursors, edits, typing, presence."""

import msgspec
import pytest

from collab_server.core.effects import Relay
from collab_server.core.signals import TYPING_UP_TO
from collab_server.protocol.events import Join, Leave, Member, RoomJoined
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import (
    CursorMoved,
    EditRelayed,
    MoveCursor,
    PostMessage,
    PresenceChanged,
    RelayEdit,
    SetPresence,
    SetTyping,
    TypingChanged,
)
from tests.support.hub_world import NOTES, ROOM, UNIX_S, HubWorld
from tests.unit.collab_server.core.members import GENERAL, all_of, joined, member, slug, the

PROJECT = parse_room(ROOM)
CHANGE = {"from": {"line": 0, "ch": 1}, "to": {"line": 0, "ch": 1}, "text": ["x"], "removed": [""]}


def states(told: list[TypingChanged]) -> list[tuple[object, str]]:
    return [(one.user_id, one.state) for one in told]


# Cursors and edits.


def test_a_cursor_is_passed_on_to_the_others() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", "42", PROJECT), member(world, "bob", None, PROJECT)
    ada.take()

    world.tell(ada, MoveCursor(room=PROJECT, position={"line": 1, "ch": 2}))

    moved = the(CursorMoved, bob)
    assert (moved.user_id, moved.client_id, moved.room) == (42, ada.id, PROJECT)
    assert msgspec.json.decode(moved.position) == {"line": 1, "ch": 2}
    assert ada.take() == []


def test_an_edit_is_passed_on_as_it_is_with_a_time() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", None, PROJECT), member(world, "bob", None, PROJECT)
    ada.take()

    world.tell(ada, RelayEdit(room=PROJECT, changes=CHANGE, file="index.html"))

    edit = the(EditRelayed, bob)
    assert (edit.user_id, edit.client_id, edit.file) == ("ada", ada.id, "index.html")
    assert (msgspec.json.decode(edit.changes), edit.timestamp) == (CHANGE, UNIX_S + world.now_s)
    assert ada.take() == []


def test_cursors_and_edits_are_shed_first() -> None:
    world = HubWorld()
    ada, _ = member(world, "ada", None, PROJECT), member(world, "bob", None, PROJECT)

    world.tell(ada, RelayEdit(room=PROJECT, changes=CHANGE))
    world.tell(ada, MoveCursor(room=PROJECT, position=None))

    relays = [effect for effect in world.performed if isinstance(effect, Relay)][-2:]
    assert [relay.ephemeral for relay in relays] == [True, True]


def test_a_reader_points_and_does_not_edit() -> None:
    world = HubWorld()
    bob = member(world, "bob", None, PROJECT)
    reader = member(world, "reader", None, PROJECT, rooms={ROOM: "r"})

    world.tell(reader, MoveCursor(room=PROJECT, position=1))
    world.tell(reader, RelayEdit(room=PROJECT, changes=CHANGE))

    assert slug(reader) == "read_only"
    assert [type(one) for one in bob.take()[1:]] == [CursorMoved]


def test_nobody_else_in_the_room_hears_nothing() -> None:
    world = HubWorld()
    ada = member(world, "ada", None, PROJECT)

    world.tell(ada, MoveCursor(room=PROJECT, position=1))
    world.tell(ada, SetTyping(room=PROJECT))

    assert ada.take() == []


def test_a_position_over_the_limit_is_refused() -> None:
    world = HubWorld()
    ada = member(world, "ada", None, PROJECT)

    world.tell(ada, MoveCursor(room=PROJECT, position="x" * 2048))

    assert slug(ada) == "too_large"


# Typing.


def test_who_types_is_told_once_in_a_while() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    for _ in range(3):
        world.tell(ada, SetTyping(room=GENERAL))
    first = all_of(TypingChanged, bob)
    world.advance(3)
    world.tell(ada, SetTyping(room=GENERAL))

    assert first == [
        TypingChanged(room=GENERAL, user_id="ada", state="start", ttl=6, name="User ada")
    ]
    assert states(all_of(TypingChanged, bob)) == [("ada", "start")]


def test_typing_ends_by_itself() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    world.tell(ada, SetTyping(room=GENERAL))
    world.advance(3)
    world.tell(ada, SetTyping(room=GENERAL))
    world.advance(5.9)
    before = states(all_of(TypingChanged, bob))

    world.advance(0.1)

    assert before == [("ada", "start"), ("ada", "start")]
    assert states(all_of(TypingChanged, bob)) == [("ada", "stop")]


@pytest.mark.parametrize("how", ["stop", "message", "leave", "disconnect"])
def test_typing_ends_with_what_ends_it(how: str) -> None:
    world = HubWorld()
    ada, bob, cecil = member(world, "ada"), member(world, "bob"), member(world, "cecil")
    for peer in (ada, cecil):
        world.tell(peer, SetTyping(room=GENERAL))
    bob.take()

    match how:
        case "stop":
            world.tell(ada, SetTyping(room=GENERAL, state="stop"))
            world.tell(ada, SetTyping(room=GENERAL, state="stop"))
        case "message":
            world.tell(ada, PostMessage(room=GENERAL, message="done"))
        case "leave":
            world.tell(ada, Leave(room=GENERAL))
        case _:
            world.disconnect(ada)

    assert states(all_of(TypingChanged, bob)) == [("ada", "stop")]


def test_the_own_devices_do_not_hear_that_one_types() -> None:
    world = HubWorld()
    phone, laptop = member(world, "phone", "ada"), member(world, "laptop", "ada")
    member(world, "bob")

    world.tell(phone, SetTyping(room=GENERAL))

    assert all_of(TypingChanged, laptop) == []


def test_in_a_large_room_nobody_hears_who_types() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    for number in range(TYPING_UP_TO):
        member(world, f"guest {number}")

    world.tell(ada, SetTyping(room=GENERAL))

    assert all_of(TypingChanged, bob) == []


# Presence.


def test_a_status_is_told_in_every_room_and_shown_to_who_comes_later() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    joined(world, ada, PROJECT)
    joined(world, bob, PROJECT)

    world.tell(ada, SetPresence(status="idle", meta={"file": "a.py", "line": 3}))
    world.tell(ada, SetPresence(status="idle"))

    meta = {"file": "a.py", "line": 3}
    assert all_of(PresenceChanged, bob) == [
        PresenceChanged(room=GENERAL, user_id="ada", status="idle", meta=meta),
        PresenceChanged(room=PROJECT, user_id="ada", status="idle", meta=meta, perm="rw"),
    ]
    members = joined(world, world.sign_in("late")).members
    assert {one.user_id: (one.status, one.meta) for one in members} == {
        "ada": ("idle", meta),
        "bob": ("active", msgspec.UNSET),
    }


def test_a_status_may_be_for_one_room() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    joined(world, ada, PROJECT)
    joined(world, bob, PROJECT)

    world.tell(ada, SetPresence(status="dnd", room=PROJECT))

    assert [told.room for told in all_of(PresenceChanged, bob)] == [PROJECT]


def test_a_user_is_as_present_as_the_most_present_device() -> None:
    world = HubWorld()
    bob = member(world, "bob")
    phone, laptop = member(world, "phone", "ada"), member(world, "laptop", "ada")
    said = []
    for peer, status in (
        (phone, "idle"),
        (laptop, "idle"),
        (phone, "dnd"),
        (laptop, "active"),
        (phone, "idle"),
    ):
        world.tell(peer, SetPresence(status=status))  # pyright: ignore[reportArgumentType]
        said.append([told.status for told in all_of(PresenceChanged, bob)])
    world.disconnect(laptop)

    assert said == [[], ["idle"], ["dnd"], [], ["active"]]
    assert [told.status for told in all_of(PresenceChanged, bob)] == ["idle"]


def test_who_comes_back_within_the_grace_has_the_status_of_the_new_device() -> None:
    world = HubWorld()
    bob, ada = member(world, "bob"), member(world, "ada")
    world.tell(ada, SetPresence(status="idle"))
    world.disconnect(ada)
    bob.take()

    world.tell(world.sign_in("again", "ada"), Join(room=GENERAL))

    assert [told.status for told in all_of(PresenceChanged, bob)] == ["active"]


def test_who_has_a_document_open_is_present_with_a_status() -> None:
    world = HubWorld()
    bob, ada = member(world, "bob", None, PROJECT), world.sign_in("ada")
    world.open(ada, NOTES)
    bob.take()

    world.tell(ada, SetPresence(status="dnd"))

    assert the(PresenceChanged, bob).status == "dnd"


def test_a_status_for_a_room_that_one_is_not_in_is_refused() -> None:
    world = HubWorld()
    ada = world.sign_in("ada")

    world.tell(ada, SetPresence(status="idle", room=GENERAL))

    assert slug(ada) == "not_in_room"


def test_what_is_said_beside_a_status_has_the_limit_of_a_position() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")

    world.tell(ada, SetPresence(status="idle", meta="x" * 2048))

    assert slug(ada) == "too_large"
    assert all_of(PresenceChanged, bob) == []


def test_the_others_of_a_room_are_told_apart_from_oneself() -> None:
    world = HubWorld()
    member(world, "bob")

    reply = joined(world, world.sign_in("ada"))

    (only,) = reply.members
    assert isinstance(reply, RoomJoined)
    assert isinstance(only, Member)
    assert only.user_id == "bob"
