"""Who is in which room, who hears of it, and what rooms and invitations cost."""

from collab_server.core.effects import CreateInvitation, CreateRoom, FindGrants
from collab_server.protocol import documents as frames
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import (
    Auth,
    AuthSuccess,
    Error,
    Invite,
    Invited,
    Join,
    Leave,
    Left,
    Member,
    RoomCreate,
    RoomCreated,
    RoomJoined,
    Shutdown,
    UserJoined,
    UserLeft,
)
from collab_server.protocol.limits import Limits
from collab_server.protocol.links import parse_invitation_link
from collab_server.protocol.names import parse_room
from tests.support.hub_world import NOTES, OTHER_ROOM, ROOM, HubWorld, Peer

PROJECT = parse_room(ROOM)
OTHER = parse_room(OTHER_ROOM)


def joined(world: HubWorld, name: str, user: str | None = None) -> Peer:
    """Sign somebody in who joins the room."""
    peer = world.sign_in(name, user)
    world.tell(peer, Join(room=PROJECT))
    peer.take()
    return peer


def kinds(messages: list[object]) -> list[str]:
    return [type(message).__name__ for message in messages]


def slugs(messages: list[object]) -> list[str]:
    return [message.slug for message in messages if isinstance(message, Error)]


def test_who_joins_gets_the_others_and_the_own_rights() -> None:
    world = HubWorld()
    ada = joined(world, "ada")
    bob = world.sign_in("bob", color="#00ff00", name="Bob")

    world.tell(bob, Join(room=PROJECT, id="j"))

    (reply,) = bob.take()
    assert isinstance(reply, RoomJoined)
    (member,) = reply.members
    assert (member.client_id, member.user_id, member.name) == (ada.id, "ada", "User ada")
    assert member.perm == "rw"
    assert (reply.perm, reply.re, reply.offset, reply.events) == ("rw", "j", 0, ())
    assert ada.take() == [
        UserJoined(
            user_id="bob", client_id="bob", room=PROJECT, name="Bob", color="#00ff00", perm="rw"
        )
    ]


def test_the_others_hear_of_a_joiner_before_it_has_its_reply() -> None:
    world = HubWorld()
    joined(world, "ada")
    bob = world.sign_in("bob")
    world.performed.clear()

    world.tell(bob, Join(room=PROJECT))

    assert kinds(list(world.performed))[-3:] == ["Relay", "Send", "Resume"]


def test_joining_twice_repeats_the_reply_and_tells_nobody() -> None:
    world = HubWorld()
    ada, bob = joined(world, "ada"), joined(world, "bob")
    ada.take()

    world.tell(bob, Join(room=PROJECT))

    assert kinds(bob.take()) == ["RoomJoined"]
    assert ada.take() == []


def test_a_user_is_one_entry_however_many_connections() -> None:
    world = HubWorld()
    ada = joined(world, "ada")
    desk, laptop = joined(world, "desk", "bob"), world.sign_in("laptop", "bob")
    announced = ada.take()
    eve = world.sign_in("eve")

    world.tell(laptop, Join(room=PROJECT))
    world.tell(eve, Join(room=PROJECT))

    (reply,) = laptop.take()[:1]
    assert isinstance(reply, RoomJoined)
    assert [member.user_id for member in reply.members] == ["ada"]
    (of_eve,) = eve.take()
    assert isinstance(of_eve, RoomJoined)
    assert [(member.user_id, member.client_id) for member in of_eve.members] == [
        ("ada", "ada"),
        ("bob", desk.id),
    ]
    assert kinds(announced) == ["UserJoined"]
    assert kinds(ada.take()) == ["UserJoined"]


def test_leaving_is_told_at_once() -> None:
    world = HubWorld()
    ada, bob = joined(world, "ada"), joined(world, "bob")
    ada.take()

    world.tell(bob, Leave(room=PROJECT, id=1))

    assert bob.take() == [Left(room=PROJECT, reason="client", re=1)]
    assert ada.take() == [UserLeft(user_id="bob", client_id="bob", room=PROJECT, name="User bob")]


def test_leaving_a_room_that_one_is_not_in_is_answered_and_told_nobody() -> None:
    world = HubWorld()
    ada, bob = joined(world, "ada"), world.sign_in("bob")

    world.tell(bob, Leave(room=PROJECT))
    world.tell(bob, Leave(room=OTHER))

    assert kinds(bob.take()) == ["Left", "Left"]
    assert ada.take() == []


def test_a_user_stays_while_another_connection_is_there() -> None:
    world = HubWorld()
    ada, desk = joined(world, "ada"), joined(world, "desk", "bob")
    laptop = joined(world, "laptop", "bob")
    ada.take()

    world.tell(desk, Leave(room=PROJECT))
    still = ada.take()
    world.tell(laptop, Leave(room=PROJECT))

    assert still == []
    assert kinds(ada.take()) == ["UserLeft"]


def test_a_broken_connection_has_ten_seconds_to_come_back() -> None:
    world = HubWorld()
    ada, bob = joined(world, "ada"), joined(world, "bob")
    ada.take()
    world.disconnect(bob)
    world.advance(9)

    back = joined(world, "bob again", "bob")
    world.advance(20)

    assert ada.take() == []
    assert back.close_code is None


def test_who_does_not_come_back_in_ten_seconds_has_left() -> None:
    world = HubWorld()
    ada, bob = joined(world, "ada"), joined(world, "bob")
    ada.take()
    world.disconnect(bob)

    world.advance(9.9)
    before = ada.take()
    world.advance(0.2)

    assert before == []
    assert ada.take() == [UserLeft(user_id="bob", client_id="bob", room=PROJECT, name="User bob")]


def test_who_is_in_the_grace_is_still_a_member() -> None:
    world = HubWorld()
    world.disconnect(joined(world, "bob"))
    ada = world.sign_in("ada")

    world.tell(ada, Join(room=PROJECT))

    (reply,) = ada.take()
    assert isinstance(reply, RoomJoined)
    (member,) = reply.members
    assert isinstance(member, Member)
    assert (member.user_id, member.client_id, member.status) == ("bob", "bob", "active")


def test_opening_a_document_counts_as_being_there() -> None:
    world = HubWorld()
    ada, bob = joined(world, "ada"), world.sign_in("bob")

    world.open(bob)
    came = ada.take()
    world.send(bob, frames.close_document(NOTES))

    assert kinds(came) == ["UserJoined"]
    assert kinds(ada.take()) == ["UserLeft"]


def test_who_has_a_document_open_stays_after_leaving_the_room() -> None:
    world = HubWorld()
    ada, bob = joined(world, "ada"), joined(world, "bob")
    world.open(bob)
    ada.take()

    world.tell(bob, Leave(room=PROJECT))
    still = ada.take()
    world.send(bob, frames.close_document(NOTES))

    assert still == []
    assert kinds(ada.take()) == ["UserLeft"]


def test_who_is_thrown_out_of_its_only_document_has_left_after_the_grace() -> None:
    world = HubWorld()
    ada, bob = joined(world, "ada"), world.sign_in("bob")
    world.open(bob)
    ada.take()

    world.send(bob, frames.sync_update(NOTES, b"\xff\xff\xff"))
    world.advance(11)

    assert kinds(ada.take()) == ["UserLeft"]


def test_a_room_without_rights_is_denied() -> None:
    world = HubWorld()
    eve = world.sign_in("eve", rooms={})

    world.tell(eve, Join(room=PROJECT, id=1))
    world.tell(eve, Join(room=parse_room("unheard_of"), id=2))

    first, second = eve.take()
    assert isinstance(first, Error)
    assert (first.slug, first.room, first.re) == ("permission_denied", ROOM, 1)
    assert slugs([second]) == ["permission_denied"]
    assert eve.close_code is None


def test_rights_come_from_grants_too_and_are_asked_for_once() -> None:
    world = HubWorld()
    world.store.grants["ada", ROOM] = "rwh"
    ada = world.sign_in("ada", rooms={ROOM: "r"})

    world.tell(ada, Join(room=PROJECT))
    world.tell(ada, Join(room=PROJECT))

    first, second = ada.take()
    assert isinstance(first, RoomJoined)
    assert (first.perm, second) == ("rwh", first)
    assert world.performed.count(FindGrants(ada.id, PROJECT, "ada")) == 1


def test_a_store_that_cannot_look_up_rights_answers_the_request_that_waits() -> None:
    world = HubWorld()
    world.withholds.add(FindGrants)
    ada = world.sign_in()
    world.tell(ada, Join(room=PROJECT, id="j"))

    world.refuse()

    (error,) = ada.take()
    assert isinstance(error, Error)
    assert (error.slug, error.room, error.re) == ("unavailable", ROOM, "j")
    assert not world.hub.is_held(ada.id)


def test_a_store_that_cannot_look_up_rights_shuts_the_document_that_waits() -> None:
    world = HubWorld()
    world.withholds.add(FindGrants)
    ada = world.sign_in()
    world.send(ada, frames.sync_step1(NOTES, b"\x00"))

    world.refuse()

    error, closed = ada.take()
    assert closed == frames.CloseDocument(NOTES, "unavailable")
    assert slugs([error]) == ["unavailable"]
    assert not world.hub.is_held(ada.id)


def test_a_request_that_fails_leaves_what_waits_behind_it_alone() -> None:
    world = HubWorld()
    world.withholds |= {CreateRoom, FindGrants}
    ada = world.sign_in()
    world.tell(ada, RoomCreate(id="room"))
    world.tell(ada, Join(room=PROJECT, id="join"))

    world.refuse()
    failed = ada.take()
    world.answer()

    (error,) = failed
    assert isinstance(error, Error)
    assert (error.slug, error.re) == ("unavailable", "room")
    (reply,) = ada.take()
    assert isinstance(reply, RoomJoined)
    assert reply.re == "join"


def test_a_request_without_an_id_that_fails_is_answered_all_the_same() -> None:
    world = HubWorld()
    world.withholds.add(CreateRoom)
    ada = world.sign_in()
    world.tell(ada, RoomCreate())

    world.refuse()

    assert slugs(ada.take()) == ["unavailable"]


def test_grants_that_come_for_another_room_do_not_release() -> None:
    world = HubWorld()
    world.withholds.add(FindGrants)
    ada = world.sign_in()
    world.tell(ada, Join(room=PROJECT))

    world.hub.client_answers.grants_found(
        FindGrants(ada.id, OTHER, "ada"), "o", world.now_s, world.unix_s
    )

    assert world.hub.is_held(ada.id)


def test_a_connection_may_join_so_many_rooms() -> None:
    world = HubWorld(limits=Limits(rooms_a_connection=1))
    ada = world.sign_in()
    world.tell(ada, Join(room=PROJECT))
    ada.take()

    world.tell(ada, Join(room=OTHER, id=1))
    world.tell(ada, Join(room=PROJECT, id=2))

    refused, again = ada.take()
    assert slugs([refused]) == ["limit_exceeded"]
    assert kinds([again]) == ["RoomJoined"]


def test_asking_for_ever_new_rooms_keeps_the_rights_that_are_in_use() -> None:
    world = HubWorld(limits=Limits(rooms_a_connection=1))
    ada = world.sign_in()
    world.tell(ada, Join(room=PROJECT))
    ada.take()
    for number in range(9):
        world.tell(ada, Join(room=parse_room(f"codexpro_project_x{number}")))
    world.performed.clear()

    world.tell(ada, Join(room=PROJECT))

    assert kinds(list(world.performed)) == ["Send"]


def test_a_user_makes_a_room_and_owns_it() -> None:
    world = HubWorld()
    ada = world.sign_in(rooms={})

    world.tell(ada, RoomCreate(id=1))
    (created,) = ada.take()
    assert isinstance(created, RoomCreated)
    world.tell(ada, Join(room=created.room))

    assert (created.perm, created.re) == ("rwhmo", 1)
    assert created.room.startswith("codexpro_project_")
    (reply,) = ada.take()
    assert isinstance(reply, RoomJoined)
    assert reply.perm == "rwhmo"


def test_a_guest_makes_no_rooms() -> None:
    world = HubWorld()
    guest = world.sign_in("guest", "guest:1")

    world.tell(guest, RoomCreate())

    assert slugs(guest.take()) == ["permission_denied"]


def test_an_owner_invites_and_the_link_lets_in() -> None:
    world = HubWorld()
    ada = world.sign_in(rooms={ROOM: "rwo"})
    world.tell(ada, Invite(room=PROJECT, perm="wr", ttl_s=60, max_uses=3, id=1))
    (invited,) = ada.take()
    assert isinstance(invited, Invited)
    assert invited.web_url == f"http://127.0.0.1:8080/pair/{PROJECT}#{invited.code}"
    guest = world.connect("guest")

    world.tell(guest, Auth(invite=parse_invitation_link(invited.url).code, name="Grace"))
    (welcome,) = guest.take()
    world.tell(guest, Join(room=PROJECT))

    assert isinstance(welcome, AuthSuccess)
    assert invited.expires_at == int(world.unix_s) + 60
    (asked,) = [effect for effect in world.performed if isinstance(effect, CreateInvitation)]
    assert (asked.perm, asked.max_uses, asked.created_by) == ("rw", 3, "ada")
    (reply,) = guest.take()
    assert isinstance(reply, RoomJoined)
    assert reply.perm == "rw"


def test_an_invitation_to_no_project_has_no_page() -> None:
    world = HubWorld()
    ada = world.sign_in()

    world.hub.client_answers.invitation_created(ada.id, 1, parse_room("chat_a"), "c" * 22, 9)
    world.answer()

    (invited,) = ada.take()
    assert isinstance(invited, Invited)
    assert (invited.url, invited.web_url) == (f"codexpro://join/127.0.0.1/{'c' * 22}", None)


def test_only_an_owner_invites() -> None:
    world = HubWorld(dev=True)
    ada = world.sign_in()

    world.tell(ada, Invite(room=PROJECT, perm="r"))
    world.tell(ada, Invite(room=parse_room("room_1"), perm="r"))

    assert slugs(ada.take()) == ["permission_denied"] * 2


def test_an_invitation_gives_neither_ownership_nor_less_than_reading() -> None:
    world = HubWorld()
    ada = world.sign_in(rooms={ROOM: "o"})

    world.tell(ada, Invite(room=PROJECT, perm="ro"))
    world.tell(ada, Invite(room=PROJECT, perm="w"))

    assert slugs(ada.take()) == ["bad_request"] * 2


def test_answers_to_requests_of_a_connection_that_has_gone_are_dropped() -> None:
    world = HubWorld()
    world.withholds |= {CreateInvitation, CreateRoom, FindGrants}
    ada, bob = world.sign_in(rooms={ROOM: "o"}), world.sign_in("bob")
    world.tell(ada, RoomCreate())
    world.tell(bob, Join(room=PROJECT))
    world.disconnect(ada)
    world.disconnect(bob)

    world.answer()
    world.hub.client_answers.invitation_created(ada.id, 1, PROJECT, "c" * 22, 0)

    assert world.hub.take_effects() == []


def test_a_server_that_goes_tells_everybody_and_takes_nobody_in() -> None:
    world = HubWorld()
    ada, greeting = world.sign_in(), world.connect("greeting")

    world.hub.drain(world.now_s)
    late = world.connect("late")

    assert ada.take() == [Shutdown(spread_ms=2000)]
    assert greeting.take() == []
    assert late.close_code == CloseCode.SHUTDOWN


def test_a_room_that_everybody_has_left_begins_anew() -> None:
    world = HubWorld()
    bob = joined(world, "bob")
    world.open(bob)
    world.disconnect(bob)
    world.advance(11)

    ada = world.sign_in("ada")
    world.tell(ada, Join(room=PROJECT))

    (reply,) = ada.take()
    assert isinstance(reply, RoomJoined)
    assert reply.members == ()


def test_a_store_that_cannot_look_up_rights_answers_an_invitation_too() -> None:
    world = HubWorld()
    world.withholds.add(FindGrants)
    ada = world.sign_in()
    world.tell(ada, Invite(room=PROJECT, perm="r", id="i"))

    world.refuse()

    (error,) = ada.take()
    assert isinstance(error, Error)
    assert (error.slug, error.re) == ("unavailable", "i")


def test_who_is_connected_is_known_also_before_signing_in() -> None:
    world = HubWorld()
    world.sign_in("phone", "ada")
    world.connect("silent")

    assert world.hub.connected() == {"phone": "ada", "silent": None}


def test_the_more_there_are_the_longer_they_may_take_to_come_back() -> None:
    world = HubWorld()
    peers = [world.sign_in(f"user-{number}") for number in range(500)]

    world.hub.drain(world.now_s)
    world.run()

    assert peers[0].take() == [Shutdown(spread_ms=2500)]
