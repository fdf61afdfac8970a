"""Who is in a room, and what they may."""

from dataclasses import replace

from app.collab.session_effects import (
    ParticipantsChanged,
    RoleAsked,
)
from app.model.participants import Participant
from collab_server.protocol import events, moderation_events, room_events
from collab_server.protocol.names import RoomId
from collab_server.protocol.server_events import MembersListed
from tests.unit.app.collab.room_world import GRACE, ME, ROOM, Desk, came, member, went

ZOE = Participant("c3", "guest:z", "zoe", "#778899")


def test_who_is_in_the_room_is_told_this_user_first() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.take()

    world.joined(member(ZOE), member(GRACE))

    assert world.take() == [ParticipantsChanged(ROOM, (ME, GRACE, ZOE))]


def test_who_comes_and_goes_is_told() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined()
    world.take()

    world.hear(came(GRACE))
    world.hear(went(GRACE))
    world.hear(went(GRACE))

    assert world.take() == [
        ParticipantsChanged(ROOM, (ME, GRACE)),
        ParticipantsChanged(ROOM, (ME,)),
        ParticipantsChanged(ROOM, (ME,)),
    ]


def test_odd_names_and_colours_are_put_right() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.take()

    world.joined(
        events.Member(client_id="c", user_id=1, name="\n", color="red; x", status="active")
    )

    odd = Participant("c", "1", "?", "#808080")
    assert world.take() == [ParticipantsChanged(ROOM, (ME, odd))]


def test_a_room_shows_ten_thousand_people_and_no_more() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined(*(member(Participant(f"c{n}", f"u{n}", f"{n}", "#112233")) for n in range(10_000)))
    world.take()

    world.hear(came(GRACE))

    [changed] = world.take()
    assert isinstance(changed, ParticipantsChanged)
    assert len(changed.participants) == 10_001


def test_how_present_somebody_is_is_told() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined(member(GRACE))
    world.take()

    for user in (7, "nobody"):
        world.hear(room_events.PresenceChanged(room=ROOM, user_id=user, status="dnd"))

    [changed] = world.take()
    assert changed == ParticipantsChanged(ROOM, (ME, replace(GRACE, status="dnd")))


def test_a_list_of_everybody_replaces_what_was_known() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined(member(GRACE))
    world.take()

    world.hear(MembersListed(room=ROOM, members=(member(ME), member(ZOE))))

    assert world.take() == [ParticipantsChanged(ROOM, (ME, ZOE))]


def test_what_somebody_may_is_told_as_far_as_it_can_be_read() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined(member(GRACE))
    world.take()

    for user_id, perm in ((7, "rwh"), (7, "root"), (7, None), ("ada", "rh"), ("ada", None)):
        world.hear(
            room_events.PresenceChanged(room=ROOM, user_id=user_id, status="active", perm=perm)
        )
    world.hear(room_events.PresenceChanged(room=ROOM, user_id=99, status="idle", perm="rwho"))

    grace = replace(GRACE, perm="rwh")
    told = [effect for effect in world.take() if isinstance(effect, ParticipantsChanged)]
    assert [effect.participants for effect in told] == [
        (ME, grace),
        (ME, grace),
        (ME, grace),
        (replace(ME, perm="rh"), grace),
    ]


def test_who_asks_for_another_role_is_told_with_a_clean_name_and_only_of_rooms_here() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined(member(GRACE))
    world.take()

    told = ((ROOM, "Grace\n\u202e", "rwh"), (ROOM, "", "root"), ("other", "G", "r"))
    for room, name, perm in told:
        world.hear(
            moderation_events.RoleRequested(room=RoomId(room), user_id=7, name=name, perm=perm)
        )

    first, second = world.take()
    assert isinstance(first, RoleAsked)
    assert (first.user_id, first.perm) == ("7", "rwh")
    assert not set(first.name) & {"\n", "\u202e"}
    assert second == RoleAsked(ROOM, "7", "", "")
