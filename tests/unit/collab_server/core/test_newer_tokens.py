"""How long a connection lasts: to the end of its token, or of a newer one."""

from collab_server.core.effects import BindNonce
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import (
    AuthRefreshed,
    Error,
    Refresh,
    TokenExpiring,
)
from tests.support.hub_world import HubWorld
from tests.unit.collab_server.core.sign_in_answers import slugs


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
