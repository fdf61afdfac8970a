"""The PHP products' tokens at the hub: who comes back with one, and what it opens."""

import pytest

from collab_server.core.effects import Caller
from collab_server.core.sign_in import network_of
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import (
    Auth,
    AuthSuccess,
    Error,
    Join,
    Refresh,
    RoomJoined,
    SessionKey,
)
from tests.support.hub_world import ROOM, HubWorld, Peer

BROWSER = Caller(origin="https://shop.example", user_agent="Mozilla/5.0")


def slug(peer: Peer) -> str:
    (error,) = peer.take()
    assert isinstance(error, Error)
    return error.slug


def signed_in(world: HubWorld, peer: Peer, token: str) -> AuthSuccess:
    world.tell(peer, Auth(token=token))
    (success,) = peer.take()
    assert isinstance(success, AuthSuccess)
    return success


def test_a_legacy_token_signs_in_with_a_number_for_a_user() -> None:
    world = HubWorld()

    success = signed_in(world, world.connect(), world.legacy_token(42))

    assert (success.user_id, success.name) == (42, "User 42")


def test_the_same_browser_comes_back_with_its_token_and_supersedes_itself() -> None:
    world = HubWorld()
    token = world.legacy_token()
    first = world.connect("first", caller=BROWSER)
    signed_in(world, first, token)
    second = world.connect("second", caller=BROWSER, address="192.0.2.99")

    signed_in(world, second, token)

    assert first.close_code == CloseCode.SUPERSEDED
    assert second.close_code is None


def test_a_page_that_refreshed_comes_back_with_the_newer_token() -> None:
    world = HubWorld()
    newer = world.legacy_token(nonce="1" * 32)
    first = world.connect("first", caller=BROWSER)
    signed_in(world, first, world.legacy_token())
    world.tell(first, Refresh(token=newer))
    second = world.connect("second", caller=BROWSER)

    signed_in(world, second, newer)

    assert (first.close_code, second.close_code) == (CloseCode.SUPERSEDED, None)


@pytest.mark.parametrize(
    ("caller", "address"),
    [
        (Caller("https://evil.example", BROWSER.user_agent), "192.0.2.1"),
        (Caller(BROWSER.origin, "curl/8"), "192.0.2.1"),
        (Caller(f"{BROWSER.origin}\n{BROWSER.user_agent}", ""), "192.0.2.1"),
        (BROWSER, "198.51.100.1"),
    ],
)
def test_another_browser_does_not_get_in_with_it(caller: Caller, address: str) -> None:
    world = HubWorld()
    token = world.legacy_token()
    first = world.connect("first", caller=BROWSER)
    signed_in(world, first, token)
    eve = world.connect("eve", caller=caller, address=address)

    world.tell(eve, Auth(token=token))

    assert slug(eve) == "token_replayed"
    assert first.close_code is None


def test_the_first_browser_is_not_found_out_by_what_it_was_given() -> None:
    world = HubWorld()
    token = world.legacy_token()
    session = signed_in(world, world.connect("first", caller=BROWSER), token).session
    eve = world.connect("eve", caller=Caller("https://evil.example", "curl"))

    world.tell(eve, Auth(token=token, session=session))

    assert slug(eve) == "token_replayed"


@pytest.mark.parametrize(("policy", "gets_in"), [("strict", False), ("off", True)])
def test_legacy_tokens_have_a_policy_of_their_own(policy: str, *, gets_in: bool) -> None:
    world = HubWorld(legacy_replay=policy)
    token = world.legacy_token()
    signed_in(world, world.connect("first", caller=BROWSER), token)
    second = world.connect("second", caller=BROWSER)

    world.tell(second, Auth(token=token))

    assert isinstance(second.take()[0], AuthSuccess) is gets_in


def test_with_session_a_legacy_token_belongs_to_who_has_the_key() -> None:
    world = HubWorld(legacy_replay="session")
    token = world.legacy_token()
    key = SessionKey(id="mine", key="secret of mine")
    first, second, third = (world.connect(name) for name in ("first", "second", "third"))

    world.tell(first, Auth(token=token, session=key))
    world.tell(second, Auth(token=token))
    world.tell(third, Auth(token=token, session=key))

    assert isinstance(first.take()[0], AuthSuccess)
    assert slug(second) == "token_replayed"
    assert isinstance(third.take()[0], AuthSuccess)


def test_a_legacy_token_opens_what_the_configuration_says() -> None:
    closed, opened = HubWorld(), HubWorld(legacy_open={"codexpro_project_*": "rw"})
    answers = []
    for world in (closed, opened):
        ada = world.connect()
        signed_in(world, ada, world.legacy_token())
        world.tell(ada, Join(room=ROOM))  # pyright: ignore[reportArgumentType]
        answers += ada.take()

    refused, joined = answers
    assert isinstance(refused, Error)
    assert refused.slug == "permission_denied"
    assert isinstance(joined, RoomJoined)
    assert joined.perm == "rw"


def test_what_is_open_to_legacy_tokens_is_not_open_to_others() -> None:
    world = HubWorld(legacy_open={"codexpro_project_*": "rw"})
    ada = world.sign_in(rooms={})

    world.tell(ada, Join(room=ROOM))  # pyright: ignore[reportArgumentType]

    assert slug(ada) == "permission_denied"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("", ""),
    ],
)
def test_a_network_is_a_part_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network
