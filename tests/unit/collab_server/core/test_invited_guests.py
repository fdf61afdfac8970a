"""Who comes with an invitation, and who only looks at it."""

import pytest

from collab_server.core.effects import RedeemInvitation
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import (
    Auth,
    Error,
    InvitationInfo,
    Join,
)
from collab_server.protocol.names import parse_room
from collab_server.protocol.tokens import verify_token
from tests.support.hub_world import ROOM, SECRET, HubWorld
from tests.unit.collab_server.core.sign_in_answers import success


def test_an_invitation_makes_a_guest_with_a_token_of_its_own() -> None:
    world = HubWorld()
    world.store.invitations["c" * 22] = (ROOM, "rw")
    guest = world.connect("guest")

    world.tell(guest, Auth(invite="c" * 22, name="Grace"))

    reply = success(guest.take())
    assert reply.token is not None
    claims = verify_token(reply.token, {"default": SECRET}, now_s=world.unix_s)
    assert str(reply.user_id).startswith("guest:")
    assert (reply.name, reply.rooms, claims.rooms) == ("Grace", {ROOM: "rw"}, {ROOM: "rw"})


def test_who_looks_at_an_invitation_is_told_what_it_opens_and_uses_nothing() -> None:
    world = HubWorld()
    world.store.invitations["c" * 22] = (ROOM, "rw")
    ada = world.sign_in()
    world.tell(ada, Join(room=parse_room(ROOM)))
    ada.take()
    stranger = world.connect("stranger")

    world.tell(stranger, Auth(invite="c" * 22, look=True, id=3))

    (info,) = stranger.take()
    assert isinstance(info, InvitationInfo)
    assert (info.room, info.perm, info.uses_left, info.host, info.re) == (ROOM, "rw", 1, "7", 3)
    assert [member.name for member in info.members] == ["User ada"]
    assert stranger.close_code == CloseCode.NORMAL
    assert "c" * 22 in world.store.invitations
    assert ada.take() == []


def test_an_invitation_to_a_room_that_nobody_is_in_shows_nobody() -> None:
    world = HubWorld()
    world.store.invitations["c" * 22] = (ROOM, "r")
    stranger = world.connect("stranger")

    world.tell(stranger, Auth(invite="c" * 22, look=True))

    (info,) = stranger.take()
    assert isinstance(info, InvitationInfo)
    assert info.members == ()


def test_looking_at_an_invitation_that_is_worth_nothing_says_why() -> None:
    world = HubWorld()
    stranger = world.connect("stranger")

    world.tell(stranger, Auth(invite="c" * 22, look=True))

    (error,) = stranger.take()
    assert isinstance(error, Error)
    assert stranger.close_code == CloseCode.INVALID_TOKEN


@pytest.mark.parametrize("goes", [True, False])
def test_a_look_that_nobody_waits_for_is_not_answered(goes: bool) -> None:
    world = HubWorld()
    ada = world.sign_in()
    if goes:
        world.disconnect(ada)

    world.hub.client_answers.invitation_looked_at(
        ada.id, parse_room(ROOM), perm="r", expires_at_s=1, uses_left=1, created_by="7"
    )
    world.pump()

    assert ada.take() == []


def test_a_guest_without_a_name_is_called_guest() -> None:
    world = HubWorld()
    world.store.invitations["c" * 22] = (ROOM, "r")
    guest = world.connect("guest")

    world.tell(guest, Auth(invite="c" * 22))

    assert success(guest.take()).name == "Guest"


def test_a_guest_comes_back_as_the_same_person_by_token_and_session() -> None:
    world = HubWorld()
    world.store.invitations["c" * 22] = (ROOM, "rw")
    guest, again = world.connect("guest"), world.connect("again")
    world.tell(guest, Auth(invite="c" * 22, name="Grace"))
    first = success(guest.take())

    world.tell(again, Auth(token=first.token, session=first.session))

    second = success(again.take())
    assert (second.user_id, second.name) == (first.user_id, "Grace")
    assert guest.close_code == CloseCode.SUPERSEDED


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("unknown", "This invitation does not exist or was withdrawn."),
        ("spent", "This invitation has been used up."),
        ("expired", "This invitation has expired."),
    ],
)
def test_an_invitation_that_is_worth_nothing_says_why(reason: str, message: str) -> None:
    world = HubWorld()
    world.withholds.add(RedeemInvitation)
    guest = world.connect("guest")
    world.tell(guest, Auth(invite="c" * 22, id=4))

    world.hub.client_answers.invitation_refused(guest.id, reason, world.now_s)
    world.pump()

    (error,) = guest.take()
    assert isinstance(error, Error)
    assert (error.message, error.slug, error.re) == (message, "invalid_token", 4)
    assert guest.close_code == CloseCode.INVALID_TOKEN
