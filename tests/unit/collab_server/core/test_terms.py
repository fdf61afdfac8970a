"""ProShare rooms: a password, how many may be in one, until when, and how long messages stay."""

import msgspec
import pytest

from collab_server.core.context import DeadlineKind
from collab_server.core.room_effects import FindTerms
from collab_server.core.rooms import GRACE_S
from collab_server.core.terms import TIDY_EVERY
from collab_server.protocol import documents as frames
from collab_server.protocol.events import (
    Error,
    Join,
    Leave,
    Left,
    RoomCreate,
    RoomCreated,
    RoomJoined,
)
from collab_server.protocol.limits import UNLIMITED, Limits
from collab_server.protocol.names import RoomId
from collab_server.protocol.room_events import EditMessage, FindHistory, HistoryPage, PostMessage
from collab_server.protocol.room_facts import NewTerms
from tests.support.hub_world import HubWorld
from tests.unit.collab_server.core.members import joined, post, slug, the
from tests.unit.collab_server.core.room_terms import (
    NOTES,
    PASSWORD,
    ROOM,
    grant,
    guess,
    knocker,
    member_of,
    world_with,
)
from tests.unit.collab_server.core.test_reading import said

# How many.


def test_a_full_room_takes_nobody_until_somebody_has_gone() -> None:
    world, _ = world_with(max_users=2)
    bob = member_of(world, "bob")
    bob.take()

    eve = member_of(world, "eve")
    refused = slug(eve)
    world.tell(bob, Leave(room=ROOM))
    world.tell(eve, Join(room=ROOM))

    assert refused == "room_full"
    assert the(RoomJoined, eve).max_users == 2


def test_who_is_there_may_come_with_more_devices_and_owners_always() -> None:
    world, ada = world_with(max_users=1)
    world.tell(ada, Leave(room=ROOM))
    bob = member_of(world, "bob")
    phone, owner = knocker(world, "phone", "bob"), knocker(world, "laptop", "ada")

    for peer in (phone, owner):
        world.tell(peer, Join(room=ROOM))

    assert all(the(RoomJoined, peer).perm for peer in (bob, phone, owner))


def test_who_may_come_back_within_the_grace_keeps_the_place() -> None:
    world, _ = world_with(max_users=2)
    world.disconnect(member_of(world, "bob"))
    eve = member_of(world, "eve")

    refused = slug(eve)
    world.advance(GRACE_S)
    world.tell(eve, Join(room=ROOM))

    assert refused == "room_full"
    assert the(RoomJoined, eve)


def test_a_document_of_a_full_room_is_not_opened_either() -> None:
    world, ada = world_with(max_users=1)
    grant(world, "bob")
    bob = knocker(world, "bob")

    denied = world.open(bob, NOTES)
    world.tell(ada, Leave(room=ROOM))
    opened = world.open(bob, NOTES)
    again = world.open(bob, NOTES)

    assert denied[0] == frames.AuthDenied(NOTES, "room_full")
    assert slug_of(denied) == "room_full"
    assert any(isinstance(frame, frames.Sync) for frame in opened)
    assert any(isinstance(frame, frames.Sync) for frame in again)


def slug_of(events: list[object]) -> str:
    (error,) = [event for event in events if isinstance(event, Error)]
    return error.slug


def test_a_document_may_be_the_first_that_is_asked_for() -> None:
    world = HubWorld()
    world.store.rooms.set_terms(ROOM, NewTerms(max_users=1))
    grant(world, "bob")
    grant(world, "eve")

    opened = world.open(knocker(world, "bob"), NOTES)
    denied = world.open(knocker(world, "eve"), NOTES)

    assert any(isinstance(frame, frames.Sync) for frame in opened)
    assert slug_of(denied) == "room_full"


# Until when.


def test_a_back_end_closes_a_room_for_whoever_is_still_heard() -> None:
    world, ada = world_with()
    bob = member_of(world, "bob")
    bob.take()

    world.hub.operators.disconnect(user_id="bob")
    world.hub.operators.close(ROOM, world.now_s)
    world.run()

    assert Left(room=ROOM, reason="closed") in ada.take()
    assert bob.take() == []


def test_a_room_closes_when_its_time_has_come_and_stays_closed() -> None:
    world = HubWorld()
    ends_s = int(world.unix_s) + 100
    world.store.rooms.set_terms(ROOM, NewTerms(expires_at_s=ends_s))
    grant(world, "ada", "rwhmo")
    ada = world.sign_in("ada", "ada", rooms={})
    world.tell(ada, Join(room=ROOM))
    reply = the(RoomJoined, ada)

    world.advance(99)
    before = ada.take()
    world.advance(2)
    left = ada.take()
    world.tell(ada, Join(room=ROOM))
    late = member_of(world, "late")

    assert reply.expires_at == ends_s
    assert before == []
    assert left == [Left(room=ROOM, reason="closed")]
    assert (slug(ada), slug(late)) == ("room_closed", "room_closed")


def test_no_password_opens_a_room_that_is_over() -> None:
    world = HubWorld()
    terms = NewTerms(password=PASSWORD, expires_at_s=int(world.unix_s) - 1)
    world.store.rooms.set_terms(ROOM, terms)

    assert guess(world, knocker(world, "bob"), PASSWORD) == "room_closed"


def test_a_room_that_got_more_time_goes_on() -> None:
    world, ada = world_with(expires_at_s=int(HubWorld().unix_s) + 100)

    longer = world.store.rooms.set_terms(ROOM, NewTerms(expires_at_s=int(world.unix_s) + 500))
    world.hub.operators.terms_changed(ROOM, longer, world.now_s, world.unix_s)
    world.advance(200)
    still = ada.take()
    world.advance(400)

    assert still == []
    assert the(Left, ada).reason == "closed"


def test_a_room_without_an_end_has_none() -> None:
    world, ada = world_with(expires_at_s=int(HubWorld().unix_s) + 100)

    ever = world.store.rooms.set_terms(ROOM, NewTerms(expires_at_s=None))
    world.hub.operators.terms_changed(ROOM, ever, world.now_s, world.unix_s)
    world.advance(200)

    assert ada.take() == []


def test_what_is_said_as_a_room_ends_is_refused() -> None:
    world, ada = world_with()
    world.store.rooms.set_terms(ROOM, NewTerms(expires_at_s=int(world.unix_s)))

    world.tell(ada, PostMessage(room=ROOM, message="too late", id=1))

    assert slug(ada) == "room_closed"


# How long messages stay.


def test_messages_are_kept_so_long_and_told_no_longer() -> None:
    world, ada = world_with(keep_s=60)
    old = post(world, ada, "old", room=ROOM)
    world.tell(ada, EditMessage(room=ROOM, message_id=old.id or 0, message="old, better"))
    world.advance(40)
    world.tell(ada, EditMessage(room=ROOM, message_id=old.id or 0, message="old, best"))
    post(world, ada, "new", room=ROOM)
    ada.take()
    world.advance(30)

    late = member_of(world, "late")
    reply = the(RoomJoined, late)
    again = joined(world, late, ROOM, history=10)
    near = joined(world, late, ROOM, recover=(reply.epoch or "", 2))
    world.tell(late, FindHistory(room=ROOM))
    page = the(HistoryPage, late)
    world.tell(late, FindHistory(room=ROOM, after=0))
    after = the(HistoryPage, late)

    assert (reply.keep_s, said(again.events)) == (60, ["new"])
    assert near.recovered
    assert b"old" not in b"".join(map(bytes, near.events or ()))
    for shown in (page, after):
        assert [msgspec.json.decode(message)["message"] for message in shown.messages] == ["new"]


def test_a_room_that_is_read_anew_tells_nothing_that_is_too_old() -> None:
    world, ada = world_with(keep_s=60)
    post(world, ada, "old", room=ROOM)
    world.advance(61)

    later = HubWorld(world.store, ids="later")
    later.now_s = world.now_s
    bob = member_of(later, "bob")
    reply = the(RoomJoined, bob)

    assert joined(later, bob, ROOM, history=10).events == ()
    assert (reply.offset, joined(later, bob, ROOM, recover=(reply.epoch or "", 0)).recovered) == (
        1,
        False,
    )


def test_what_is_too_old_is_deleted_in_time() -> None:
    world, ada = world_with(keep_s=60)
    post(world, ada, "old", room=ROOM)

    world.advance(700)

    (count,) = world.store.rooms.database.execute("SELECT count(*) FROM chat_messages").fetchone()
    assert count == 0


# Making one.


def test_a_user_makes_a_proshare_room_with_terms() -> None:
    world = HubWorld()
    ada = world.sign_in("ada", "ada", rooms={})

    asked = RoomCreate(kind="proshare", password=PASSWORD, max_users=3, keep_s=60)
    world.tell(ada, asked)
    made = the(RoomCreated, ada)
    bob = knocker(world, "bob")
    world.tell(bob, Join(room=made.room, password=PASSWORD))
    reply = the(RoomJoined, bob)

    assert made.room.startswith("proshare_room_")
    assert (reply.max_users, reply.keep_s, reply.perm) == (3, 60, "rwh")
    assert PASSWORD not in repr(asked)
    assert PASSWORD not in repr(Join(room=ROOM, password=PASSWORD))


def test_passwords_of_new_rooms_cost_as_much_as_guesses() -> None:
    world = HubWorld()
    ada = world.sign_in("ada", "ada", rooms={})

    for _ in range(6):
        world.tell(ada, RoomCreate(kind="proshare", password=PASSWORD))
    made = [event for event in ada.take() if isinstance(event, RoomCreated | Error)]

    assert [isinstance(event, RoomCreated) for event in made] == [True] * 5 + [False]
    assert isinstance(made[-1], Error)
    assert (made[-1].slug, made[-1].retry_after) == ("rate_limited", 12)


def test_a_proshare_room_may_be_without_terms() -> None:
    world = HubWorld()
    ada = world.sign_in("ada", "ada", rooms={})

    world.tell(ada, RoomCreate(kind="proshare"))
    made = the(RoomCreated, ada)

    assert joined(world, ada, made.room).perm == "rwhmo"


@pytest.mark.parametrize(
    "asked", [RoomCreate(max_users=3), RoomCreate(kind="proshare", expires_at=1000)]
)
def test_terms_that_cannot_be_are_refused(asked: RoomCreate) -> None:
    world = HubWorld()
    ada = world.sign_in("ada", "ada", rooms={})

    world.tell(ada, asked)

    assert slug(ada) == "bad_request"


# What is known.


def test_a_store_that_cannot_say_what_holds_lets_nobody_in() -> None:
    world = HubWorld()
    grant(world, "bob")
    world.withholds.add(FindTerms)
    bob = knocker(world, "bob")
    world.tell(bob, Join(room=ROOM))

    world.refuse()

    assert slug(bob) == "unavailable"


def test_terms_of_rooms_that_nobody_asks_for_are_forgotten() -> None:
    limits = Limits(joins_a_s=UNLIMITED, errors_a_minute=UNLIMITED, rooms_a_connection=8)
    world, ada = world_with(limits, max_users=3, expires_at_s=int(HubWorld().unix_s) + 1000)
    eve = knocker(world, "eve")

    for number in range(TIDY_EVERY + 5):
        world.tell(eve, Join(room=RoomId(f"proshare_room_{number}")))
    asked = [effect.room for effect in world.performed if isinstance(effect, FindTerms)]
    world.performed.clear()
    world.tell(eve, Join(room=RoomId("proshare_room_0")))
    world.tell(ada, Join(room=ROOM))

    assert len(asked) == TIDY_EVERY + 6
    assert [effect.room for effect in world.performed if isinstance(effect, FindTerms)] == [
        "proshare_room_0"
    ]
    world.advance(1001)
    assert the(Left, ada).reason == "closed"


def test_a_moment_that_was_forgotten_closes_nothing() -> None:
    world, ada = world_with()

    world.hub._context.deadlines.add(world.now_s, DeadlineKind.CLOSING, ROOM)  # pyright: ignore[reportPrivateUsage]
    world.run()

    assert ada.take() == []
