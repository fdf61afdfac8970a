"""Who is let in, with what, and who is not."""

import json

from collab_server.core.effects import BindNonce, Close, RedeemInvitation
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.documents import sync_step1
from collab_server.protocol.events import (
    Auth,
    Error,
    Join,
    Ping,
    Pong,
    SessionKey,
)
from collab_server.protocol.limits import Limits
from tests.support.hub_world import NOTES, ROOM, HubWorld
from tests.unit.collab_server.core.sign_in_answers import key_of, slugs, success


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
