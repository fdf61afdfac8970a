"""Who else may be in a room: let in, sent out, banned, given other rights; at once."""

import pytest

from collab_server.core.chat import Publication
from collab_server.core.effects import FindGrants
from collab_server.core.permissions import rights_in
from collab_server.core.room_effects import ChangeGrant, CloseRoom, RevokeInvitations
from collab_server.protocol import documents as frames
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import (
    Auth,
    Error,
    Invite,
    Invited,
    Join,
    Leave,
    Left,
    RoomJoined,
)
from collab_server.protocol.moderation_events import (
    Admit,
    Ban,
    Deny,
    InviteRevoke,
    Kick,
    Knock,
    RoleRequest,
    RoleSet,
    RoomClose,
    Unban,
)
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import (
    Ack,
    PostMessage,
)
from collab_server.storage.invitations import Invitation, create_invitation
from tests.support.hub_world import NOTES, ROOM, HubWorld
from tests.unit.collab_server.core.members import GENERAL, all_of, joined, member, slug, the
from tests.unit.collab_server.core.room_people import PROJECT, moderator, outsider, owner

# Sent out.


def test_who_is_kicked_is_out_of_room_and_documents_and_may_come_back() -> None:
    world = HubWorld()
    mod, bob = moderator(world), member(world, "bob", None, PROJECT)
    world.open(bob, NOTES)
    bob.take()

    world.tell(mod, Kick(room=PROJECT, user_id="bob", id=1))

    assert the(Left, bob) == Left(room=PROJECT, reason="kicked")
    assert the(Ack, mod).re == 1
    assert joined(world, bob, PROJECT).perm == "rw"


@pytest.mark.parametrize("room", [PROJECT, GENERAL])
def test_who_is_banned_is_out_whatever_else_gives_rights_until_unbanned(room: str) -> None:
    world = HubWorld()
    here = parse_room(room)
    mod = member(world, "mod", None, here, rooms={"*": "rwm"})
    bob = member(world, "bob", None, here)
    world.tell(mod, Ban(room=here, user_id="bob", id=1))
    left = the(Left, bob)
    answers = []
    for event in (Join(room=here), PostMessage(room=here, message="still here")):
        world.tell(bob, event)
        answers.append(slug(bob))
    restarted = HubWorld(world.store)
    late = restarted.sign_in("bob")
    restarted.tell(late, Join(room=here))

    world.tell(mod, Unban(room=here, user_id="bob", id=2))

    assert left.reason == "kicked"
    assert answers == ["permission_denied", "not_in_room"]
    assert slug(late) == "permission_denied"
    assert joined(world, bob, here).perm.startswith("rw")


def test_who_is_banned_may_not_knock_and_is_not_shown_a_job() -> None:
    world = HubWorld()
    mod, bob = moderator(world), member(world, "bob", None, PROJECT)
    world.tell(mod, Ban(room=PROJECT, user_id="bob"))
    bob.take()

    world.tell(bob, Knock(room=PROJECT))
    refused = slug(bob)
    said = Publication(room=PROJECT, message="for bob", owner="bob")
    world.hub.publish("ticket", said, world.now_s, world.unix_s)
    world.run()
    world.tell(bob, Join(room=PROJECT))

    assert (refused, slug(bob)) == ("permission_denied", "permission_denied")


def test_a_ban_reaches_who_is_just_joining() -> None:
    world = HubWorld()
    mod = moderator(world)
    bob = world.sign_in("bob")
    world.withholds |= {FindGrants}
    world.tell(bob, Join(room=PROJECT))
    world.withholds.clear()

    world.tell(mod, Ban(room=PROJECT, user_id="bob"))

    assert slug(bob) == "permission_denied"


# Who may not.


@pytest.mark.parametrize(
    "event",
    [
        Kick(room=PROJECT, user_id="owner"),
        Ban(room=PROJECT, user_id="owner"),
        Admit(room=PROJECT, user_id="owner", perm="r"),
        Kick(room=PROJECT, user_id="mod"),
        RoleSet(room=PROJECT, user_id="writer", perm="rwhm"),
        InviteRevoke(room=PROJECT),
    ],
    ids=lambda event: type(event).__name__,
)
def test_a_moderator_does_not_act_on_owners_or_as_one(event) -> None:
    world = HubWorld()
    owner(world)
    mod, writer = moderator(world), member(world, "writer", None, PROJECT)

    world.tell(mod, event)

    assert slug(mod) == "permission_denied"
    assert not [one for one in writer.take() if not isinstance(one, RoomJoined)]


@pytest.mark.parametrize(
    "event",
    [
        Kick(room=PROJECT, user_id="owner"),
        Ban(room=PROJECT, user_id="eve"),
        Unban(room=PROJECT, user_id="eve"),
        Admit(room=PROJECT, user_id="eve"),
        Deny(room=PROJECT, user_id="eve"),
        RoleSet(room=PROJECT, user_id="writer", perm="rwhm"),
        InviteRevoke(room=PROJECT),
    ],
    ids=lambda event: type(event).__name__,
)
@pytest.mark.parametrize("where", ["member", "outside", "left"])
def test_who_has_no_right_to_it_decides_nothing(event, where: str) -> None:
    world = HubWorld()
    if where == "left":
        peer = owner(world, "writer")
        world.tell(peer, Leave(room=PROJECT))
    elif where == "member":
        peer = member(world, "writer", None, PROJECT)
    else:
        peer = outsider(world, "writer")
    peer.take()

    world.tell(peer, event)

    assert slug(peer) == "permission_denied"
    assert not [one for one in world.performed if isinstance(one, ChangeGrant | RevokeInvitations)]


def test_the_one_who_made_a_room_stays_its_owner() -> None:
    world = HubWorld()
    boss = owner(world)
    world.store.rooms.database.execute("INSERT INTO rooms VALUES (?, 'founder', 0)", (PROJECT,))

    world.tell(boss, RoleSet(room=PROJECT, user_id="founder", perm="r", id=1))

    assert slug(boss) == "permission_denied"


@pytest.mark.parametrize(
    ("room", "event"),
    [
        (GENERAL, RoleSet(room=GENERAL, user_id="bob", perm="r")),
        (GENERAL, RoleRequest(room=GENERAL, perm="m")),
        (parse_room("user_mod"), Kick(room=parse_room("user_mod"), user_id="bob")),
    ],
)
def test_rooms_that_know_no_grants_or_no_bans_refuse(room: str, event) -> None:
    world = HubWorld()
    peer = member(world, "mod", None, parse_room(room), rooms={"*": "rwhmo"})

    world.tell(peer, event)

    assert slug(peer) == "permission_denied"


def test_a_decision_that_cannot_be_stored_is_said_and_does_not_count() -> None:
    world = HubWorld()
    boss, bob = owner(world), member(world, "bob", None, PROJECT)
    world.withholds |= {ChangeGrant, RevokeInvitations}
    world.tell(boss, Ban(room=PROJECT, user_id="bob", id=1))
    world.tell(boss, InviteRevoke(room=PROJECT, id=2))
    for _ in range(2):
        world.refuse()

    assert [(one.slug, one.re) for one in all_of(Error, boss)] == [
        ("unavailable", 1),
        ("unavailable", 2),
    ]
    assert joined(world, bob, PROJECT).perm == "rw"


def test_an_answer_for_who_has_gone_goes_nowhere_and_counts_all_the_same() -> None:
    world = HubWorld()
    boss, bob = owner(world), member(world, "bob", None, PROJECT)
    world.withholds |= {ChangeGrant, RevokeInvitations}
    world.tell(boss, Ban(room=PROJECT, user_id="bob", id=1))
    world.tell(boss, InviteRevoke(room=PROJECT, id=2))
    world.tell(boss, Ban(room=PROJECT, user_id="bob", id=3))
    world.store.rooms.database.execute("INSERT INTO rooms VALUES (?, 'own', 0)", (PROJECT,))
    world.tell(boss, RoleSet(room=PROJECT, user_id="own", perm="r", id=4))
    world.disconnect(boss)

    world.answer(2)
    world.refuse()
    world.answer()

    assert the(Left, bob).reason == "kicked"


# Invitations.


def test_an_invitation_that_is_withdrawn_opens_nothing() -> None:
    world = HubWorld()
    boss = owner(world)
    codes = []
    for _ in range(3):
        world.tell(boss, Invite(room=PROJECT, perm="rw", max_uses=5))
        codes.append(the(Invited, boss).code)
    database = world.store.rooms.database
    for code in codes:
        invitation = Invitation(
            room=PROJECT, perm="rw", expires_at_s=2**40, max_uses=5, created_by="owner"
        )
        create_invitation(database, code, invitation, 0)

    world.tell(boss, InviteRevoke(room=PROJECT, code=codes[0], id=1))
    one = database.execute("SELECT count(*) FROM invitations WHERE revoked").fetchone()
    world.tell(boss, InviteRevoke(room=PROJECT, id=2))
    everything = database.execute("SELECT count(*) FROM invitations WHERE revoked").fetchone()

    assert (one, everything) == ((1,), (3,))
    assert [ack.re for ack in all_of(Ack, boss)] == [1, 2]


def test_a_ban_also_takes_away_what_the_hook_of_a_product_gives() -> None:
    banned = rights_in(PROJECT, user_id="bob", token_rooms={ROOM: "rw"}, granted="-rwhmo", dev=True)

    assert banned == ""


# Closing a room.


def test_a_closed_room_sends_everybody_out_and_lets_nobody_in() -> None:
    world = HubWorld()
    boss, bob = owner(world), member(world, "bob", None, PROJECT)
    on_yjs = world.arrive("carol", NOTES)
    world.send(on_yjs, b"\x00\x00\x01\x00")  # step 1 of somebody who has nothing
    world.open(bob)
    eve = outsider(world)
    world.tell(eve, Join(room=PROJECT))
    eve.take()

    world.tell(boss, RoomClose(room=PROJECT, id=1))

    came = boss.take()
    assert [each.reason for each in came if isinstance(each, Left)] == ["closed"]
    assert [each.re for each in came if isinstance(each, Ack)] == [1]
    came = bob.take()
    assert [each.reason for each in came if isinstance(each, Left)] == ["closed"]
    assert any(isinstance(each, frames.AuthDenied) for each in came)
    assert on_yjs.close_code == CloseCode.YJS_FORBIDDEN
    for peer in (boss, bob, eve, world.sign_in("late")):
        world.tell(peer, Join(room=PROJECT))
        assert slug(peer) == "room_closed"
    world.tell(eve, Knock(room=PROJECT))
    assert slug(eve) == "room_closed"
    world.send(bob, frames.sync_step1(NOTES, b"\x00"))
    assert not [each for each in bob.take() if isinstance(each, frames.Sync)]


def test_a_room_stays_closed_after_a_restart_whatever_a_token_says() -> None:
    world = HubWorld()
    boss = owner(world)
    world.tell(boss, Invite(room=PROJECT, perm="rw"))
    code = the(Invited, boss).code
    world.tell(boss, RoomClose(room=PROJECT))

    restarted = HubWorld(world.store, ids="next life")
    late = restarted.sign_in("late", rooms={ROOM: "rwhmo"})
    said = Publication(room=PROJECT, message="for late", owner="late")
    restarted.hub.publish("ticket", said, restarted.now_s, restarted.unix_s)
    restarted.run()

    restarted.tell(late, Join(room=PROJECT))
    refused = [slug(late)]
    restarted.hub.publish("ticket", said, restarted.now_s, restarted.unix_s)
    restarted.run()
    restarted.tell(late, Join(room=PROJECT))
    refused.append(slug(late))
    guest = restarted.connect("guest")
    restarted.tell(guest, Auth(invite=code, name="Guest"))
    restarted.tell(guest, Join(room=PROJECT))

    assert refused == ["room_closed", "room_closed"]
    assert not all_of(RoomJoined, guest)


@pytest.mark.parametrize("perm", ["rw", "rwhm"])
def test_only_an_owner_who_is_there_closes_a_room(perm: str) -> None:
    world = HubWorld()
    bob = member(world, "bob", None, PROJECT, rooms={ROOM: perm})
    boss = owner(world)
    world.tell(boss, Leave(room=PROJECT))
    boss.take()

    world.tell(bob, RoomClose(room=PROJECT, id=1))
    world.tell(boss, RoomClose(room=PROJECT, id=2))

    assert (slug(bob), slug(boss)) == ("permission_denied", "permission_denied")
    assert joined(world, boss, PROJECT).perm == "rwhmo"


def test_a_room_that_cannot_be_closed_now_is_as_it_was() -> None:
    world = HubWorld()
    boss, bob = owner(world), member(world, "bob", None, PROJECT)
    world.withholds = {CloseRoom}
    world.tell(boss, RoomClose(room=PROJECT, id=1))

    world.refuse()
    world.run()

    assert slug(boss) == "unavailable"
    assert all_of(Left, bob) == []


# What a moderator may not.


@pytest.mark.parametrize("perm", ["rwhm", "m", "rm"])
def test_a_moderator_makes_no_moderators(perm: str) -> None:
    world = HubWorld()
    mod, boss = moderator(world), owner(world)
    for peer in (mod, boss):
        world.tell(peer, Admit(room=PROJECT, user_id="eve", perm=perm, id=1))

    assert slug(mod) == "permission_denied"
    assert the(Ack, boss).re == 1


def test_a_moderator_gives_no_other_rights_to_who_is_in() -> None:
    world = HubWorld()
    mod, bob = moderator(world), member(world, "bob", None, PROJECT, rooms={ROOM: "r"})

    world.tell(mod, Admit(room=PROJECT, user_id="bob", perm="rw"))

    assert slug(mod) == "permission_denied"
    assert joined(world, bob, PROJECT).perm == "r"


def test_lifting_a_ban_that_is_none_takes_nothing_away() -> None:
    world = HubWorld()
    mod, boss = moderator(world), owner(world)
    world.tell(boss, RoleSet(room=PROJECT, user_id="bob", perm="rwh"))
    bob = member(world, "bob", None, PROJECT, rooms={})

    world.tell(mod, Unban(room=PROJECT, user_id="bob"))
    world.tell(mod, Unban(room=PROJECT, user_id="nobody"))

    assert all_of(Left, bob) == []
    assert joined(world, bob, PROJECT).perm == "rwh"


def test_who_is_let_in_again_keeps_what_an_owner_gave() -> None:
    world = HubWorld()
    mod, boss = moderator(world), owner(world)
    world.tell(boss, RoleSet(room=PROJECT, user_id="bob", perm="rwh"))

    world.tell(mod, Admit(room=PROJECT, user_id="bob", perm="r"))  # bob is away

    bob = world.sign_in("bob", rooms={})
    assert joined(world, bob, PROJECT).perm == "rwh"


def test_an_owner_by_token_who_is_away_cannot_be_banned() -> None:
    world = HubWorld()
    mod = moderator(world)

    world.tell(mod, Ban(room=PROJECT, user_id="owner"))

    assert joined(world, owner(world, "owner2"), PROJECT).perm == "rwhmo"
    assert joined(world, owner(world), PROJECT).perm == "rwhmo"
    reader = world.sign_in("third", "owner", rooms={ROOM: "rwhm"})
    world.tell(reader, Join(room=PROJECT))
    assert slug(reader) == "permission_denied"
