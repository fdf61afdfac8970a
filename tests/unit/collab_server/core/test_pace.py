"""What goes too fast: refused, kept for later, or slowed; and one connection too many."""

import msgspec
import pytest

from collab_server.core.arrivals import Arrival
from collab_server.core.effects import ClientId, Door
from collab_server.protocol import documents as frames
from collab_server.protocol.awareness import AwarenessEntry, encode_awareness
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import Auth, Error, Join, Leave, Ping, Pong
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import RoomId, room_of
from collab_server.protocol.room_events import (
    CursorMoved,
    EditRelayed,
    MoveCursor,
    PostMessage,
    RelayEdit,
)
from tests.support.hub_world import NOTES, HubWorld, Peer
from tests.support.writer import Writer
from tests.unit.collab_server.core.sync_messages import kinds, slugs, statuses, updates
from tests.unit.collab_server.protocol.update_bytes import ranges, update

GENERAL = RoomId("chat_general")
BAD = "not a token"


def members(limits: Limits) -> tuple[HubWorld, Peer, Peer]:
    """Return a world with two people in a room who have the notes open."""
    world = HubWorld(limits=limits)
    ada, bob = world.sign_in("ada"), world.sign_in("bob")
    for peer in (ada, bob):
        world.tell(peer, Join(room=GENERAL))
        world.open(peer)
    ada.take()
    bob.take()
    return world, ada, bob


def positions(peer: Peer) -> list[object]:
    return [
        msgspec.json.decode(msgspec.json.encode(said.position))
        for said in peer.take()
        if isinstance(said, CursorMoved)
    ]


def test_a_message_too_many_is_refused_with_the_time_to_wait() -> None:
    world, ada, bob = members(Limits(messages_a_s=0.5, messages_burst=1))

    world.tell(ada, PostMessage(room=GENERAL, message="one", id=1))
    world.tell(ada, PostMessage(room=GENERAL, message="two", id=2))

    [error] = [said for said in ada.take() if isinstance(said, Error)]
    assert (error.slug, error.retry_after, error.re) == ("rate_limited", 2, 2)
    assert error.room == GENERAL
    assert kinds(bob.take()) == ["MessagePosted"]

    world.advance(2)
    world.tell(ada, PostMessage(room=GENERAL, message="two", id=3))
    assert kinds(bob.take()) == ["MessagePosted"]


def test_a_join_too_many_is_refused() -> None:
    world = HubWorld(limits=Limits(joins_a_s=1, joins_burst=1))
    ada = world.sign_in("ada")

    world.tell(ada, Join(room=GENERAL))
    world.tell(ada, Join(room=RoomId("chat_other")))

    assert slugs(ada.take()) == ["rate_limited"]


def test_of_cursors_that_come_too_fast_the_latest_is_kept() -> None:
    world, ada, bob = members(Limits(cursors_a_s=2))

    for number in range(6):
        world.tell(ada, MoveCursor(room=GENERAL, position=number))
    assert positions(bob) == [0, 1]

    world.advance(0.6)
    assert positions(bob) == [5]


def test_a_cursor_in_time_goes_before_one_that_was_kept() -> None:
    world, ada, bob = members(Limits(cursors_a_s=1))
    world.tell(ada, MoveCursor(room=GENERAL, position=0))
    world.tell(ada, MoveCursor(room=GENERAL, position=1))
    world.now_s += 1.0

    world.tell(ada, MoveCursor(room=GENERAL, position=2))
    world.advance(5)

    assert positions(bob) == [0, 2]


def test_a_wait_below_the_last_digit_of_the_clock_ends() -> None:
    world, ada, bob = members(Limits(cursors_a_s=7))
    world.now_s = 1560.6115254007318  # here the bucket lacks 3e-14 of a token when it is due

    for number in range(12):
        world.tell(ada, MoveCursor(room=GENERAL, position=number))
        world.now_s += 0.014835739785214588
    world.advance(3)

    assert positions(bob)[-1] == 11


def test_cursors_in_several_places_come_one_after_the_other() -> None:
    world, ada, bob = members(Limits(cursors_a_s=1))
    other = RoomId("chat_other")
    for peer in (ada, bob):
        world.tell(peer, Join(room=other))
    for room in (GENERAL, GENERAL, other):
        world.tell(ada, MoveCursor(room=room, position=room))

    world.advance(1)
    assert positions(bob) == [GENERAL, GENERAL]

    world.advance(1)
    assert positions(bob) == [other]


def test_a_kept_cursor_is_forgotten_with_its_room() -> None:
    world, ada, bob = members(Limits(cursors_a_s=1))
    world.tell(ada, MoveCursor(room=GENERAL, position=0))
    world.tell(ada, MoveCursor(room=GENERAL, position=1))
    world.tell(ada, Leave(room=GENERAL))

    world.advance(5)

    assert positions(bob) == [0]


def test_a_cursor_in_a_room_that_one_is_not_in_is_an_error_and_not_kept() -> None:
    world, ada, _ = members(Limits(cursors_a_s=1))

    for _ in range(3):
        world.tell(ada, MoveCursor(room=RoomId("chat_other"), position=0))

    assert slugs(ada.take()) == ["not_in_room"] * 3


def test_of_awareness_the_latest_is_kept_too() -> None:
    world, ada, bob = members(Limits(cursors_a_s=1))

    for clock in (1, 2, 3):
        payload = b"\x01\x07" + bytes((clock,)) + b"\x08{}      "
        world.send(ada, frames.awareness(NOTES, payload))
    assert kinds(bob.take()) == ["AwarenessFrame"]

    world.advance(1)
    assert kinds(bob.take()) == ["AwarenessFrame"]
    assert slugs(ada.take()) == []


def test_what_is_no_update_is_paid_for_by_its_length() -> None:
    world, ada, _ = members(Limits(updates_a_s=1, updates_burst=8))

    world.send(ada, frames.sync_update(NOTES, b"\xff" * 900_000))

    assert "CloseDocument" in kinds(ada.take())
    assert world.hub.is_held(ada.id)


def test_awareness_as_long_as_no_caret_is_not_kept() -> None:
    world, ada, bob = members(Limits(cursors_a_s=1))
    world.send(ada, frames.awareness(NOTES, encode_awareness([AwarenessEntry(7, 1, {})])))
    bob.take()

    long = encode_awareness([AwarenessEntry(7, 2, {"cursor": "x" * 65_536})])
    world.send(ada, frames.awareness(NOTES, long))
    world.advance(5)

    assert (bob.take(), ada.take()) == ([], [])


def test_awareness_of_a_document_that_is_not_open_is_not_kept() -> None:
    world = HubWorld(limits=Limits(cursors_a_s=1))
    ada = world.sign_in("ada")

    for _ in range(3):
        world.send(ada, frames.awareness(NOTES, b"\x00"))
    world.advance(5)

    assert ada.take() == []


def test_updates_too_fast_are_all_taken_and_then_not_read_for_a_while() -> None:
    world, ada, bob = members(Limits(updates_a_s=10, updates_burst=2))
    writer = Writer()

    for number in range(5):
        world.send(ada, frames.sync_update(NOTES, writer.insert(number, "a")))
    assert len(updates(bob.take())) == 3
    assert world.hub.is_held(ada.id)

    world.advance(0.1)
    assert len(updates(bob.take())) == 1
    world.advance(0.1)
    assert len(updates(bob.take())) == 1
    world.advance(0.1)
    assert not world.hub.is_held(ada.id)
    assert statuses(ada.take()) == [True] * 5


def test_an_update_with_much_in_it_slows_for_longer() -> None:
    world, ada, _ = members(Limits(updates_a_s=10, updates_burst=2))
    many = update(deletes=(ranges(1, *((2 * at, 1) for at in range(2560))),))

    world.send(ada, frames.sync_update(NOTES, many))

    world.advance(0.8)
    assert world.hub.is_held(ada.id)
    world.advance(0.2)
    assert not world.hub.is_held(ada.id)


def test_who_asks_for_whole_documents_too_often_is_slowed() -> None:
    world, ada, _ = members(Limits(joins_a_s=1, joins_burst=2))

    world.send(ada, frames.sync_step1(NOTES, b"\x00"))
    world.send(ada, frames.query_awareness(NOTES))

    assert world.hub.is_held(ada.id)
    world.advance(2)
    assert "SyncStep2" in kinds(ada.take())


@pytest.mark.parametrize("frame", [frames.ping(NOTES), frames.stateless(NOTES, "hello")])
def test_small_talk_about_documents_is_slowed(frame: bytes) -> None:
    world, ada, _ = members(Limits(messages_a_s=1, messages_burst=1))

    world.send(ada, frame)
    world.send(ada, frame)

    assert world.hub.is_held(ada.id)


def test_pings_too_fast_are_answered_later() -> None:
    world, ada, _ = members(Limits(messages_a_s=1, messages_burst=1))

    for number in range(4):
        world.tell(ada, Ping(t=number))
    assert [said.t for said in ada.take() if isinstance(said, Pong)] == [0, 1]

    world.advance(1)
    assert [said.t for said in ada.take() if isinstance(said, Pong)] == [2]


def test_relayed_edits_too_fast_are_not_lost() -> None:
    world, ada, bob = members(Limits(updates_a_s=1, updates_burst=1))
    room = room_of(NOTES)
    for peer in (ada, bob):
        world.tell(peer, Join(room=room))

    for number in range(3):
        world.tell(ada, RelayEdit(room=room, changes=number))
    world.advance(3)

    edits = [said for said in bob.take() if isinstance(said, EditRelayed)]
    assert [msgspec.json.encode(edit.changes) for edit in edits] == [b"0", b"1", b"2"]


def from_address(world: HubWorld, name: str, address: str, door: Door = Door.MAIN) -> Peer:
    """Connect from somewhere."""
    peer = Peer(ClientId(name))
    world.peers[peer.id] = peer
    world.hub.connect(peer.id, Arrival(door=door, address=address), world.now_s, world.unix_s)
    world.run()
    return peer


def test_who_fails_to_sign_in_too_often_is_sent_away_whatever_it_brings() -> None:
    world = HubWorld(limits=Limits(failed_auths_a_minute=2))
    for name in ("one", "two"):
        failing = from_address(world, name, "192.0.2.1")
        world.tell(failing, Auth(token=BAD))
        assert failing.close_code == CloseCode.INVALID_TOKEN

    good = from_address(world, "three", "192.0.2.1")
    world.tell(good, Auth(token=world.token("ada")))
    other = from_address(world, "four", "192.0.2.2")
    world.tell(other, Auth(token=world.token("ada")))

    [error] = [said for said in good.take() if isinstance(said, Error)]
    assert (error.slug, error.retry_after) == ("rate_limited", 30)
    assert good.close_code == CloseCode.RATE_LIMITED
    assert other.close_code is None


def test_the_other_door_counts_and_is_counted() -> None:
    world = HubWorld(limits=Limits(failed_auths_a_minute=2))

    first = from_address(world, "one", "192.0.2.1", Door.YJS)
    provider = from_address(world, "two", "192.0.2.1")
    world.send(provider, frames.document_auth(NOTES, BAD))
    third = from_address(world, "three", "192.0.2.1", Door.YJS)
    world.send(provider, frames.document_auth(NOTES, world.token("ada")))

    assert first.close_code == CloseCode.YJS_TOKEN
    assert third.close_code == CloseCode.TRY_AGAIN_LATER
    assert [said.reason for said in provider.take() if isinstance(said, frames.AuthDenied)][
        -1
    ] == "rate_limited"


def test_more_than_so_many_connections_are_refused_with_a_code() -> None:
    world = HubWorld(limits=Limits(connections=1))
    ada = world.sign_in("ada")

    late = from_address(world, "late", "192.0.2.1")

    assert late.close_code == CloseCode.TOO_MANY_CONNECTIONS
    assert ada.close_code is None

    world.disconnect(ada)
    assert from_address(world, "later", "192.0.2.1").close_code is None


def test_strangers_are_counted_apart() -> None:
    world = HubWorld(limits=Limits(connections_unauthenticated=1))
    world.sign_in("ada")
    from_address(world, "one", "")

    late = from_address(world, "two", "")

    assert late.close_code == CloseCode.TOO_MANY_CONNECTIONS


def test_an_address_has_so_many() -> None:
    world = HubWorld(limits=Limits(connections_an_address=1))
    from_address(world, "one", "192.0.2.1")

    assert from_address(world, "two", "192.0.2.2").close_code is None
    assert from_address(world, "three", "192.0.2.1", Door.YJS).close_code == (
        CloseCode.TRY_AGAIN_LATER
    )


def test_a_user_has_so_many() -> None:
    world = HubWorld(limits=Limits(connections_a_user=1))
    ada = world.sign_in("ada")
    again = world.connect("again")

    world.tell(again, Auth(token=world.token("ada")))

    assert slugs(again.take()) == ["limit_exceeded"]
    assert again.close_code == CloseCode.TOO_MANY_CONNECTIONS
    assert ada.close_code is None

    world.disconnect(ada)
    world.sign_in("ada")
