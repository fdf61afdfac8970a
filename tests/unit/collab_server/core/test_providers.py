"""Stock Hocuspocus providers: signed in by auth messages, and told nothing in JSON."""

import json

import pytest

from collab_server.core.effects import FindGrants, LoadDocument, Persist
from collab_server.protocol import documents as frames
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document
from tests.support.hub_world import ELSEWHERE, NOTES, OTHER_ROOM, PLANS, ROOM, HubWorld, Peer
from tests.support.writer import Writer
from tests.unit.collab_server.core.sync_messages import kinds, statuses, step_1s, updates


def greeted(world: HubWorld, name: str = "ada", **claims: object) -> Peer:
    """Come in as a provider, with a document open."""
    peer = world.connect(name)
    world.send(peer, frames.document_auth(NOTES, world.token(name, **claims), "4.8.0"))  # pyright: ignore[reportArgumentType]
    world.send(peer, frames.sync_step1(NOTES, b"\x00"))
    peer.take()
    return peer


def reasons(messages: list[object]) -> list[str]:
    return [
        json.loads(message.text)["slug"]
        for message in messages
        if isinstance(message, frames.Stateless)
    ]


@pytest.mark.parametrize(
    ("rights", "scope"), [("rw", frames.Scope.READ_WRITE), ("r", frames.Scope.READ_ONLY)]
)
def test_an_auth_message_signs_in_and_tells_the_scope(rights: str, scope: frames.Scope) -> None:
    world = HubWorld()
    ada = world.connect()

    world.send(ada, frames.document_auth(NOTES, world.token(rooms={ROOM: rights}), "4.8.0"))

    assert ada.take() == [frames.Authenticated(NOTES, scope)]


def test_what_a_provider_sends_behind_its_auth_message_waits_for_the_answer() -> None:
    world = HubWorld()
    world.store.grants["ada", ROOM] = "rw"
    world.withholds |= {FindGrants, LoadDocument}
    ada = world.connect()
    world.send(ada, frames.document_auth(NOTES, world.token(rooms={})))
    world.send(ada, frames.sync_step1(NOTES, b"\x00"))
    world.send(ada, frames.awareness(NOTES, b"\x01\x07\x01\x02{}"))
    assert ada.take() == []

    world.answer()
    world.answer()

    came = kinds(ada.take())
    assert came == ["Authenticated", "Stateless", "SyncStep2", "SyncStep1"]


def test_every_update_and_step_2_earns_one_status() -> None:
    world = HubWorld()
    ada, writer = greeted(world), Writer()

    world.send(ada, frames.sync_step2(NOTES, b"\x00\x00"))
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "x")))

    assert ada.take() == [frames.SyncStatus(NOTES, saved=True)] * 2


@pytest.mark.parametrize(
    ("token", "reason"),
    [("", "token_required"), ("nonsense", "invalid_token"), ("y" * 9000, "invalid_token")],
)
def test_a_bad_token_is_denied_and_the_socket_stays(token: str, reason: str) -> None:
    world = HubWorld(limits=Limits(token_bytes=8999, auth_frame_bytes=99_999))
    ada = world.connect()

    world.send(ada, frames.document_auth(NOTES, token[:8999]))
    world.send(ada, frames.sync_step1(NOTES, b"\x00"))

    assert ada.take() == [frames.AuthDenied(NOTES, reason)]
    assert ada.close_code is None
    world.send(ada, frames.document_auth(NOTES, world.token()))
    assert kinds(ada.take()) == ["Authenticated"]


def test_who_never_signs_in_is_closed() -> None:
    world = HubWorld()
    ada = world.connect()
    world.send(ada, frames.document_auth(NOTES, "nonsense"))

    world.advance(10)

    assert ada.close_code == 4502


def test_a_document_without_a_right_is_denied_and_the_others_go_on() -> None:
    world = HubWorld()
    ada = greeted(world, rooms={ROOM: "rw"})

    world.send(ada, frames.document_auth(ELSEWHERE, world.token(rooms={ROOM: "rw"})))
    world.send(ada, frames.sync_step1(ELSEWHERE, b"\x00"))
    world.send(ada, frames.sync_step1(NOTES, b"\x00"))

    denied = frames.AuthDenied(ELSEWHERE, "permission_denied")
    came = ada.take()
    assert came[:2] == [denied, denied]
    assert kinds(came[2:]) == ["SyncStep2", "SyncStep1"]


def test_several_documents_are_open_on_one_socket_by_a_token_each() -> None:
    world = HubWorld()
    ada = greeted(world, rooms={ROOM: "r"})
    world.send(ada, frames.document_auth(ELSEWHERE, world.token(rooms={OTHER_ROOM: "rw"})))
    world.send(ada, frames.sync_step1(ELSEWHERE, b"\x00"))
    ada.take()

    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.send(ada, frames.sync_update(ELSEWHERE, Writer().insert(0, "x")))

    came = ada.take()
    assert reasons(came) == ["read_only"]
    assert statuses(came) == [False, True]


def test_a_better_token_for_a_document_makes_it_writable() -> None:
    world = HubWorld()
    ada = greeted(world, rooms={ROOM: "r"})

    world.send(ada, frames.document_auth(NOTES, world.token(rooms={ROOM: "rw"})))
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    came = ada.take()
    assert kinds(came) == ["Stateless", "SyncStep1", "Authenticated", "SyncStatus"]
    assert statuses(came) == [True]


def test_a_socket_is_one_user() -> None:
    world = HubWorld()
    ada = greeted(world)

    world.send(ada, frames.document_auth(PLANS, world.token("bob")))

    assert ada.take() == [frames.AuthDenied(PLANS, "another_user")]
    assert ada.close_code is None


def test_the_first_token_that_ends_sends_the_provider_for_new_ones() -> None:
    world = HubWorld()
    ada = greeted(world, ttl_s=3600)
    world.send(ada, frames.document_auth(PLANS, world.token(ttl_s=60)))
    ada.take()

    world.advance(89)
    assert ada.close_code is None
    world.advance(1)

    assert set(kinds(ada.take())) == {"AwarenessFrame"}
    assert ada.close_code == 4005


def test_a_newer_token_for_the_same_document_lasts_longer() -> None:
    world = HubWorld()
    ada = greeted(world, ttl_s=60)

    world.send(ada, frames.document_auth(NOTES, world.token(ttl_s=3600)))
    world.advance(120)

    assert ada.close_code is None


def test_a_nonce_opens_a_bounded_number_of_sockets() -> None:
    world = HubWorld(limits=Limits(sockets_a_nonce=1))
    ada, bob = world.connect("ada"), world.connect("bob")
    auth = frames.document_auth(NOTES, world.token("ada"))

    world.send(ada, auth)
    world.send(ada, auth)
    world.send(bob, auth)

    assert kinds(ada.take()) == ["Authenticated", "Authenticated"]
    assert bob.take() == [frames.AuthDenied(NOTES, "limit_exceeded")]


def test_auth_messages_for_ever_new_documents_come_to_an_end() -> None:
    world = HubWorld(limits=Limits(documents_a_connection=2))
    ada = greeted(world)
    names = [parse_document(f"{ROOM}/f/{number}") for number in range(4)]
    token = world.token()

    world.send(ada, frames.document_auth(names[0], token))
    world.send(ada, frames.document_auth(names[1], token))
    world.send(ada, frames.sync_step1(names[1], b"\x00"))
    world.send(ada, frames.document_auth(names[2], token))

    came = [message for message in ada.take() if not isinstance(message, frames.Sync)]
    assert kinds(came) == ["Authenticated", "Authenticated", "Stateless", "AuthDenied"]


def test_a_provider_comes_back_for_a_document_that_was_shut_for_a_while() -> None:
    world = HubWorld()
    ada, writer = greeted(world), Writer()
    writer.insert(0, "missing")

    for _ in range(3):
        world.send(ada, frames.sync_step2(NOTES, writer.insert(0, "x")))

    came = ada.take()
    assert len(step_1s(came)) == 2
    assert came[-1] == frames.CloseDocument(NOTES, "insufficient_state")
    assert ada.close_code == 4007


def test_a_malformed_update_shuts_that_document_only() -> None:
    world = HubWorld()
    ada = greeted(world)

    world.send(ada, frames.sync_update(NOTES, b"\xff"))

    came = ada.take()
    assert reasons(came) == ["bad_request"]
    assert came[-1] == frames.CloseDocument(NOTES, "malformed")
    assert ada.close_code is None


def test_a_store_that_cannot_read_a_document_sends_the_provider_away_for_a_while() -> None:
    world = HubWorld()
    world.withholds.add(LoadDocument)
    ada = greeted(world)

    world.refuse()

    came = ada.take()
    assert reasons(came) == ["unavailable"]
    assert ada.close_code == 4007


def test_a_store_that_fails_is_told_beside_the_document() -> None:
    world = HubWorld()
    world.withholds.add(Persist)
    ada = greeted(world)
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    world.refuse()

    assert reasons(ada.take()) == ["unavailable"]


def test_it_hears_of_others_updates_and_of_no_event() -> None:
    world = HubWorld()
    ada, eve = greeted(world), world.sign_in("eve")
    world.send(eve, f'{{"type":"join","room":"{ROOM}"}}')
    world.open(eve)
    update = Writer().insert(0, "x")

    world.send(eve, frames.sync_update(NOTES, update))
    world.hub.drain(world.now_s)
    world.run()

    came = ada.take()
    assert updates(came) == [update]
    assert kinds(came) == ["SyncUpdate"]


def test_who_closes_a_document_has_it_no_more_and_pings_are_answered() -> None:
    world = HubWorld()
    ada, eve = greeted(world), world.sign_in("eve")
    world.open(eve)

    world.send(ada, frames.close_document(NOTES))
    world.send(eve, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.send(ada, frames.ping(NOTES))
    world.send(ada, frames.stateless(NOTES, "anything"))

    assert ada.take() == [frames.Pong(NOTES)]


def test_a_client_that_speaks_json_after_all_hears_it_too() -> None:
    world = HubWorld()
    ada = world.connect()
    world.send(ada, frames.document_auth(NOTES, "nonsense"))

    world.send(ada, '{"type":"ping"}')

    assert kinds(ada.take()) == ["AuthDenied", "Pong"]
