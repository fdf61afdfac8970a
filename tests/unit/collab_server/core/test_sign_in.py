"""Who is let in, with what, and who is not."""

import json

import pytest

from collab_server.core.effects import BindNonce, Close, RedeemInvitation
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.documents import sync_step1
from collab_server.protocol.events import (
    Auth,
    AuthRefreshed,
    AuthSuccess,
    Error,
    InvitationInfo,
    Join,
    Ping,
    Pong,
    Refresh,
    SessionKey,
    TokenExpiring,
)
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_room
from collab_server.protocol.tokens import verify_token
from tests.support.hub_world import NOTES, ROOM, SECRET, HubWorld, Peer


def slugs(messages: list[object]) -> list[str]:
    return [message.slug for message in messages if isinstance(message, Error)]


def success(messages: list[object]) -> AuthSuccess:
    (message,) = messages
    assert isinstance(message, AuthSuccess)
    return message


def key_of(world: HubWorld, peer: Peer, token: str) -> SessionKey:
    """Sign in and return the session's key."""
    world.tell(peer, Auth(token=token))
    key = success(peer.take()).session
    assert key is not None
    return key


def test_a_token_lets_in_with_its_name_and_colour() -> None:
    world = HubWorld()
    ada = world.connect()

    world.tell(ada, Auth(token=world.token("42", name="Ada", color="#123456"), id="q"))

    reply = success(ada.take())
    assert (reply.user_id, reply.name, reply.color, reply.re) == (42, "Ada", "#123456", "q")
    assert reply.expires_at == int(world.unix_s) + 3600
    assert reply.limits["documents_a_connection"] == 64
    assert world.hub.is_signed_in(ada.id)


def test_a_user_without_a_name_gets_one_and_always_the_same_colour() -> None:
    world = HubWorld()
    ada, again = world.connect("a"), world.connect("b")

    world.tell(ada, Auth(token=world.token("ada")))
    world.tell(again, Auth(token=world.token("ada"), name="Ada L."))

    first, second = success(ada.take()), success(again.take())
    assert (first.name, second.name) == ("User ada", "Ada L.")
    assert first.color == second.color


def test_a_token_by_another_secret_is_refused_for_good() -> None:
    world = HubWorld()
    eve = world.connect("eve")

    world.tell(eve, Auth(token=world.token(key=b"x" * 47 + b"y"), id=1))

    (error,) = eve.take()
    assert isinstance(error, Error)
    assert (error.message, error.slug, error.re) == ("Invalid token", "invalid_token", 1)
    assert eve.close_code == CloseCode.INVALID_TOKEN


def test_an_expired_token_is_refused() -> None:
    world = HubWorld()
    token = world.token(ttl_s=60)
    ada = world.connect()

    world.now_s += 91
    world.tell(ada, Auth(token=token))

    assert slugs(ada.take()) == ["token_expired"]
    assert ada.close_code == CloseCode.INVALID_TOKEN


def test_an_auth_without_anything_asks_for_a_token() -> None:
    world = HubWorld()
    ada = world.connect()

    world.tell(ada, Auth())

    (error,) = ada.take()
    assert isinstance(error, Error)
    assert error.message == "Token required"
    assert ada.close_code == CloseCode.INVALID_TOKEN


def test_a_token_is_of_no_use_to_another_session() -> None:
    world = HubWorld()
    token = world.token()
    key_of(world, world.connect("ada"), token)
    eve = world.connect("eve")

    world.tell(eve, Auth(token=token))

    assert slugs(eve.take()) == ["token_replayed"]
    assert eve.close_code == CloseCode.INVALID_TOKEN
    assert world.peers["ada"].close_code is None  # pyright: ignore[reportArgumentType]


def test_a_guessed_key_does_not_resume_a_session() -> None:
    world = HubWorld()
    token = world.token()
    key = key_of(world, world.connect("ada"), token)
    eve = world.connect("eve")

    world.tell(eve, Auth(token=token, session=SessionKey(id=key.id, key="guessed")))

    assert slugs(eve.take()) == ["token_replayed"]


def test_the_key_resumes_the_session_and_supersedes_the_old_connection() -> None:
    world = HubWorld()
    token = world.token()
    old = world.connect("old")
    key = key_of(world, old, token)
    new = world.connect("new")

    world.tell(new, Auth(token=token, session=key))

    assert success(new.take()).session == key
    assert (old.close_code, new.close_code) == (CloseCode.SUPERSEDED, None)


def test_a_session_resumes_after_its_connection_has_gone_and_after_a_restart() -> None:
    world = HubWorld()
    token = world.token()
    old = world.connect("old")
    key = key_of(world, old, token)
    world.disconnect(old)
    restarted = HubWorld(world.store, ids="second life")
    new, newer = restarted.connect("new"), restarted.connect("newer")

    restarted.tell(new, Auth(token=token, session=key))
    restarted.disconnect(new)
    restarted.tell(newer, Auth(token=token, session=key))

    assert success(newer.take()).session == key


def test_a_sessions_id_alone_supersedes_nobody() -> None:
    world = HubWorld()
    ada, eve = world.connect("ada"), world.connect("eve")
    key = key_of(world, ada, world.token())

    world.tell(eve, Auth(token=world.token(), session=SessionKey(id=key.id, key="another")))

    session = success(eve.take()).session
    assert session is not None
    assert session.id == key.id
    assert (ada.close_code, eve.close_code) == (None, None)


def test_the_end_of_a_superseded_connection_leaves_the_session_to_the_new_one() -> None:
    world = HubWorld()
    token = world.token()
    key = key_of(world, world.connect("old"), token)
    second, third = world.connect("second"), world.connect("third")
    key_of_second = Auth(token=token, session=key)
    world.tell(second, key_of_second)

    world.tell(third, key_of_second)

    assert (second.close_code, third.close_code) == (CloseCode.SUPERSEDED, None)


def test_strict_lets_a_token_in_once_even_with_its_key() -> None:
    world = HubWorld(replay="strict")
    token = world.token()
    first = world.connect("first")
    key = key_of(world, first, token)
    world.disconnect(first)
    second = world.connect("second")

    world.tell(second, Auth(token=token, session=key))

    assert slugs(second.take()) == ["token_replayed"]


def test_off_lets_a_token_in_again_and_asks_the_store_nothing() -> None:
    world = HubWorld(replay="off")
    token = world.token()
    first, second = world.connect("first"), world.connect("second")
    key_of(world, first, token)

    world.tell(second, Auth(token=token))

    success(second.take())
    assert not [effect for effect in world.performed if isinstance(effect, BindNonce)]
    assert first.close_code is None


def test_nobody_signs_in_twice() -> None:
    world = HubWorld()
    ada = world.sign_in()

    world.tell(ada, Auth(token=world.token(), id=2))

    assert slugs(ada.take()) == ["bad_request"]
    assert ada.close_code is None


def test_before_auth_only_a_ping_is_answered() -> None:
    world = HubWorld()
    ada = world.connect()

    world.tell(ada, Ping(t=None, id=1))
    world.tell(ada, Join(room=ROOM, id=2))  # pyright: ignore[reportArgumentType]
    world.send(ada, sync_step1(NOTES, b"\x00"))

    pong, *errors = ada.take()
    assert pong == Pong(t=None, server_time=world.unix_s, re=1)
    assert slugs(errors) == ["not_authenticated", "not_authenticated"]
    assert not world.hub.is_signed_in(ada.id)


def test_who_says_too_much_before_auth_is_closed() -> None:
    world = HubWorld()
    ada = world.connect()

    for _ in range(17):
        world.hand_in(ada, '{"type":"ping"}')

    assert len(ada.take()) == 16
    assert ada.close_code == CloseCode.PROTOCOL


def test_a_long_frame_before_auth_closes() -> None:
    world = HubWorld()
    ada = world.connect()

    world.send(ada, json.dumps({"type": "ping", "t": "x" * 9000}))

    assert (ada.take(), ada.close_code) == ([], CloseCode.PROTOCOL)


def test_who_does_not_sign_in_for_ten_seconds_is_closed() -> None:
    world = HubWorld()
    silent, ada = world.connect("silent"), world.sign_in("ada")

    world.advance(9.9)
    before = silent.close_code
    world.advance(0.2)

    assert (before, silent.close_code) == (None, CloseCode.AUTH_TIMEOUT)
    assert ada.close_code is None


def test_a_store_that_never_answers_does_not_hold_a_sign_in_for_ever() -> None:
    world = HubWorld()
    world.withholds.add(BindNonce)
    ada = world.connect()
    world.tell(ada, Auth(token=world.token()))

    world.advance(10)
    world.answer()

    assert (ada.take(), ada.close_code) == ([], CloseCode.AUTH_TIMEOUT)


def test_a_store_that_fails_sends_a_sign_in_away_for_a_while() -> None:
    world = HubWorld()
    world.withholds.add(BindNonce)
    ada = world.connect()
    world.tell(ada, Auth(token=world.token(), id=3))

    world.refuse()

    (error,) = ada.take()
    assert isinstance(error, Error)
    assert (error.slug, error.temporary, error.re) == ("unavailable", True, 3)
    assert ada.close_code == CloseCode.INTERNAL


def test_what_a_client_says_during_its_sign_in_waits_for_the_answer() -> None:
    world = HubWorld()
    world.withholds.add(BindNonce)
    ada = world.connect()
    world.tell(ada, Auth(token=world.token()))
    held = world.hub.is_held(ada.id)
    world.tell(ada, Join(room=ROOM, id=5))  # pyright: ignore[reportArgumentType]
    before = ada.take()

    world.answer()

    assert (held, before) == (True, [])
    assert [type(message).__name__ for message in ada.take()] == ["AuthSuccess", "RoomJoined"]


def test_answers_for_a_connection_that_has_gone_are_dropped() -> None:
    world = HubWorld()
    world.withholds |= {BindNonce, RedeemInvitation}
    ada, guest = world.connect("ada"), world.connect("guest")
    world.tell(ada, Auth(token=world.token()))
    world.tell(guest, Auth(invite="c" * 22, name="Guest"))
    world.disconnect(ada)
    world.disconnect(guest)

    world.answer()
    world.hub.client_answers.invitation_redeemed(guest.id, ROOM, "r", world.now_s, world.unix_s)  # pyright: ignore[reportArgumentType]
    world.hub.client_answers.request_failed(guest.id, None, world.now_s)
    world.hub.disconnect(guest.id, world.now_s)

    assert world.hub.take_effects() == []


def test_answers_that_nobody_asked_for_change_nothing() -> None:
    world = HubWorld()
    ada = world.sign_in()

    world.hub.client_answers.nonce_bound(ada.id, "s", b"k", world.now_s, world.unix_s)
    world.hub.client_answers.invitation_redeemed(ada.id, ROOM, "o", world.now_s, world.unix_s)  # pyright: ignore[reportArgumentType]
    world.pump()

    assert (ada.take(), ada.close_code) == ([], None)


def test_a_newer_token_keeps_a_connection_beyond_the_first_ones_end() -> None:
    world = HubWorld()
    ada = world.sign_in(ttl_s=100)
    world.advance(75)

    world.tell(ada, Refresh(token=world.token("ada", ttl_s=1000), id=7))
    refreshed = ada.take()
    world.advance(200)

    warned, reply = refreshed
    assert warned == TokenExpiring(in_s=60)
    assert reply == AuthRefreshed(expires_at=int(world.unix_s) - 200 + 1000, re=7)
    assert (ada.take(), ada.close_code) == ([], None)


def test_a_connection_ends_with_its_token_after_a_warning() -> None:
    world = HubWorld()
    ada = world.sign_in(ttl_s=100)

    world.advance(131)

    warned, error = ada.take()
    assert warned == TokenExpiring(in_s=60)
    assert slugs([error]) == ["token_expired"]
    assert ada.close_code == CloseCode.TOKEN_EXPIRED


def test_a_token_that_lasts_for_hours_ends_in_time_too() -> None:
    world = HubWorld()
    ada = world.sign_in(ttl_s=3600)

    world.advance(3600 + 30 - 61)
    before = ada.take()
    world.advance(2)
    warned = ada.take()
    world.advance(60)

    assert (before, warned) == ([], [TokenExpiring(in_s=60)])
    assert (slugs(ada.take()), ada.close_code) == (["token_expired"], CloseCode.TOKEN_EXPIRED)


def test_who_has_gone_leaves_no_moment_behind_for_long() -> None:
    world = HubWorld()
    ada = world.sign_in(ttl_s=24 * 3600)

    world.disconnect(ada)
    world.advance(301)

    assert world.hub.next_deadline_s() is None


def test_a_moment_that_an_earlier_one_took_the_place_of_changes_nothing() -> None:
    world = HubWorld()
    ada = world.sign_in(ttl_s=24 * 3600)
    world.tell(ada, Refresh(token=world.token(nonce="short", ttl_s=200)))
    world.advance(175)  # it is warned
    world.tell(ada, Refresh(token=world.token(nonce="long", ttl_s=24 * 3600)))
    ada.take()

    world.advance(3600)

    assert (ada.take(), ada.close_code) == ([], None)


def test_many_newer_tokens_set_no_more_moments_than_one() -> None:
    world = HubWorld()
    ada = world.sign_in(ttl_s=24 * 3600)
    for number in range(10):
        world.tell(ada, Refresh(token=world.token(nonce=f"{number}", ttl_s=24 * 3600)))
        world.advance(1)

    end_s, moments = world.now_s + 400, 0
    while (due_s := world.hub.next_deadline_s()) is not None and due_s < end_s:
        moments += 1
        world.hub.tick(due_s)

    assert moments <= 3


def test_a_refresh_with_somebody_elses_token_is_refused_and_changes_nothing() -> None:
    world = HubWorld()
    ada = world.sign_in()

    world.tell(ada, Refresh(token=world.token("bob"), id=1))

    assert slugs(ada.take()) == ["invalid_token"]
    assert (ada.close_code, world.hub.is_held(ada.id)) == (None, False)


def test_a_refresh_with_a_bad_token_is_refused_and_the_connection_goes_on() -> None:
    world = HubWorld()
    ada = world.sign_in()

    world.tell(ada, Refresh(token="nonsense"))

    assert (slugs(ada.take()), ada.close_code) == (["invalid_token"], None)


def test_a_refresh_that_the_store_cannot_check_is_refused_and_the_connection_goes_on() -> None:
    world = HubWorld()
    ada = world.sign_in()
    world.withholds.add(BindNonce)
    world.tell(ada, Refresh(token=world.token(), id=9))

    world.refuse()

    (error,) = ada.take()
    assert isinstance(error, Error)
    assert (error.slug, error.re) == ("unavailable", 9)
    assert (ada.close_code, world.hub.is_held(ada.id)) == (None, False)


def test_off_takes_a_refresh_at_once() -> None:
    world = HubWorld(replay="off")
    ada = world.sign_in()

    world.tell(ada, Refresh(token=world.token("ada", ttl_s=60)))

    assert ada.take() == [AuthRefreshed(expires_at=int(world.unix_s) + 60)]


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


def test_a_connection_that_errs_all_the_time_is_closed() -> None:
    world = HubWorld(limits=Limits(errors_a_minute=3))
    ada = world.sign_in()

    for _ in range(4):
        world.hand_in(ada, '{"type":"nonsense"}')

    assert slugs(ada.take()) == ["unknown_type"] * 4
    assert ada.close_code == CloseCode.TOO_MANY_ERRORS


def test_errors_of_an_earlier_minute_are_forgiven() -> None:
    world = HubWorld(limits=Limits(errors_a_minute=3))
    ada = world.sign_in()
    for _ in range(3):
        world.hand_in(ada, "[]")

    world.advance(60)
    for _ in range(3):
        world.hand_in(ada, "[]")

    assert ada.close_code is None


def test_what_is_no_frame_closes_the_connection_after_an_error() -> None:
    world = HubWorld()
    ada = world.sign_in()

    world.send(ada, b"\xff\xff")

    assert slugs(ada.take()) == ["bad_request"]
    assert ada.close_code == CloseCode.PROTOCOL


def test_an_oversized_frame_closes_the_connection_after_an_error() -> None:
    world = HubWorld()
    ada = world.sign_in()

    world.hub.refuse_oversized(ada.id, world.now_s)
    world.hub.refuse_oversized(ada.id, world.now_s)
    world.pump()

    assert (slugs(ada.take()), ada.close_code) == (["too_large"], CloseCode.PROTOCOL)


def test_a_closed_connection_is_not_heard_any_more() -> None:
    world = HubWorld()
    ada = world.sign_in()
    world.hub.refuse_oversized(ada.id, world.now_s)

    world.hub.receive_text(ada.id, '{"type":"ping"}', world.now_s, world.unix_s)
    world.hub.receive_binary(ada.id, b"\xff", world.now_s, world.unix_s)

    closes = [effect for effect in world.hub.take_effects() if isinstance(effect, Close)]
    assert closes == [Close(ada.id, CloseCode.PROTOCOL, "frame too large")]


def test_a_connection_is_closed_once() -> None:
    world = HubWorld(limits=Limits(errors_a_minute=1))
    ada = world.sign_in()
    world.hand_in(ada, "{}")

    world.hub.receive_binary(ada.id, b"\xff", world.now_s, world.unix_s)

    closes = [effect for effect in world.hub.take_effects() if isinstance(effect, Close)]
    assert [close.code for close in closes] == [CloseCode.TOO_MANY_ERRORS]


def test_a_refresh_that_nobody_bound_in_time_ends_with_the_old_token() -> None:
    world = HubWorld()
    ada = world.sign_in(ttl_s=100)
    world.withholds.add(BindNonce)
    world.tell(ada, Refresh(token=world.token("ada")))

    world.advance(131)
    world.answer()

    assert ada.close_code == CloseCode.TOKEN_EXPIRED


def test_a_user_with_two_newer_tokens_is_warned_of_the_last_ones_end_alone() -> None:
    world = HubWorld()
    ada = world.sign_in(ttl_s=100)
    world.tell(ada, Refresh(token=world.token("ada", ttl_s=300)))
    ada.take()

    world.advance(200)

    assert ada.take() == []
