"""Other rights for who is in a room: given, taken and asked for."""

import msgspec
import pytest

from collab_server.core.moderation import KNOCK_EVERY_S
from collab_server.protocol.events import (
    Left,
)
from collab_server.protocol.moderation_events import (
    RoleChanged,
    RoleRequest,
    RoleRequested,
    RoleSet,
)
from collab_server.protocol.room_events import (
    Ack,
    MoveCursor,
    PresenceChanged,
    RelayEdit,
)
from tests.support.hub_world import ROOM, HubWorld
from tests.unit.collab_server.core.members import GENERAL, all_of, joined, member, slug, the
from tests.unit.collab_server.core.room_people import PROJECT, moderator, outsider, owner

# Other rights.


def test_a_demoted_editor_stays_and_only_reads() -> None:
    world = HubWorld()
    boss = owner(world)
    world.store.rooms.database.execute(
        "INSERT INTO room_grants VALUES (?, 'bob', 'rw', 0)", (PROJECT,)
    )
    bob = outsider(world, "bob")
    before = joined(world, bob, PROJECT).perm

    world.tell(boss, RoleSet(room=PROJECT, user_id="bob", perm="r", id=1))

    assert before == "rw"
    assert the(RoleChanged, bob).perm == "r"
    world.tell(bob, RelayEdit(room=PROJECT, changes={}))
    assert slug(bob) == "read_only"
    world.tell(bob, MoveCursor(room=PROJECT, position=1))
    assert bob.take() == []
    assert bob.close_code is None


def test_a_grant_that_is_taken_away_ends_the_stay() -> None:
    world = HubWorld()
    boss, eve = owner(world), outsider(world)
    world.tell(boss, RoleSet(room=PROJECT, user_id="eve", perm="rw"))
    joined(world, eve, PROJECT)

    world.tell(boss, RoleSet(room=PROJECT, user_id="eve", perm=""))

    assert the(Left, eve).reason == "revoked"


def test_who_asks_for_other_rights_is_heard_by_the_owners() -> None:
    world = HubWorld()
    boss, mod = owner(world), moderator(world)
    reader = member(world, "reader", None, PROJECT, rooms={ROOM: "r"})
    boss.take()

    world.tell(reader, RoleRequest(room=PROJECT, perm="rw", id=1))

    assert boss.take()[-1] == RoleRequested(
        room=PROJECT, user_id="reader", name="User reader", perm="rw"
    )
    assert all_of(RoleRequested, mod) == []
    assert the(Ack, reader).re == 1


def test_with_no_owner_there_who_asks_is_told() -> None:
    world = HubWorld()
    reader = member(world, "reader", None, PROJECT, rooms={ROOM: "r"})

    world.tell(reader, RoleRequest(room=PROJECT, perm="rw"))

    assert slug(reader) == "unavailable"


def test_who_asks_again_and_again_is_passed_on_once() -> None:
    world = HubWorld()
    boss = member(world, "boss", None, PROJECT, rooms={ROOM: "rwo"})
    reader = member(world, "reader", None, PROJECT, rooms={ROOM: "r"})
    other = member(world, "other socket", "reader", PROJECT, rooms={ROOM: "r"})
    boss.take()

    for peer in (reader, other, reader):
        world.tell(peer, RoleRequest(room=PROJECT, perm="rw", id=1))
    at_first = all_of(RoleRequested, boss)
    world.advance(KNOCK_EVERY_S)
    world.tell(reader, RoleRequest(room=PROJECT, perm="rw", id=2))

    assert len(at_first) == len(all_of(RoleRequested, boss)) == 1
    assert [ack.re for ack in all_of(Ack, reader)] == [1, 1, 2]


def test_those_who_asked_are_forgotten_when_they_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collab_server.core.moderation.KNOCKS", 2)
    world = HubWorld()
    boss = member(world, "boss", None, PROJECT, rooms={ROOM: "rwo"})
    crowd = [member(world, f"r{number}", None, PROJECT, rooms={ROOM: "r"}) for number in range(3)]
    boss.take()

    for reader in [*crowd, crowd[0]]:
        world.tell(reader, RoleRequest(room=PROJECT, perm="rw"))

    assert [asked.user_id for asked in all_of(RoleRequested, boss)] == ["r0", "r1", "r2", "r0"]


def test_everybody_hears_what_somebody_may_now_and_who_comes_is_told() -> None:
    world = HubWorld()
    boss = member(world, "boss", None, PROJECT, rooms={ROOM: "rwo"})
    reader = member(world, "reader", None, PROJECT, rooms={ROOM: "r"})
    member(world, "second", "reader", PROJECT, rooms={ROOM: "rh"})
    boss.take()

    world.tell(boss, RoleSet(room=PROJECT, user_id="reader", perm="rw"))

    to_boss, to_reader = (all_of(PresenceChanged, peer) for peer in (boss, reader))
    assert [(told.user_id, told.perm) for told in to_boss] == [("reader", "rwh")] * 2
    assert [(told.user_id, told.perm) for told in to_reader] == [("reader", "rw")]
    late = world.sign_in("late", rooms={ROOM: "r"})
    found = {member.user_id: member.perm for member in joined(world, late, PROJECT).members}
    assert found == {"boss": "rwo", "reader": "rwh"}


def test_a_guest_may_what_the_owner_said_last_not_what_the_invitation_gave() -> None:
    world = HubWorld()
    boss = member(world, "boss", None, PROJECT, rooms={ROOM: "rwo"})
    guest = member(world, "guest", "guest:7", PROJECT, rooms={ROOM: "rwh"})
    boss.take()

    perms: list[object] = []
    for perm in ("rh", "rwh", ""):
        world.tell(boss, RoleSet(room=PROJECT, user_id="guest:7", perm=perm))
        perms += [told.perm for told in all_of(PresenceChanged, guest)]

    assert perms == ["rh", "rwh"]  # the last is no change: the invitation's rights again


def test_rooms_in_which_no_rights_are_given_say_nothing_of_rights() -> None:
    world = HubWorld()
    ada = member(world, "ada")
    bob = world.sign_in("bob")

    reply = joined(world, bob, GENERAL)

    assert [member.perm for member in reply.members] == [msgspec.UNSET]
    assert '"perm"' not in str([frame for frame in ada.inbox if "user_joined" in str(frame)])
