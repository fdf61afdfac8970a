"""The door of stock y-websocket clients: who gets in, what is said, by which code it ends."""

import pytest

from collab_server.core.effects import FindGrants, LoadDocument, Persist
from collab_server.protocol import documents as frames
from collab_server.protocol import yjs_frames
from collab_server.protocol.awareness import (
    EMPTY_AWARENESS,
    AwarenessEntry,
    decode_awareness,
    encode_awareness,
)
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import DocumentName
from collab_server.protocol.sync import SyncStep1, SyncStep2, encode_step_2
from tests.support.hub_world import ELSEWHERE, NOTES, ROOM, HubWorld, Peer, Refused
from tests.support.writer import Writer
from tests.unit.collab_server.core.sync_messages import (
    kinds,
    statuses,
    step_1s,
    updates,
)

OPEN = yjs_frames.sync_step1(b"\x00")


def opened(
    world: HubWorld,
    name: str = "ada",
    *,
    token: str | None = None,
    rooms: dict[str, str] | None = None,
    ttl_s: int = 3600,
) -> Peer:
    peer = world.arrive(name, token=token, rooms=rooms, ttl_s=ttl_s)
    world.send(peer, OPEN)
    peer.take()
    return peer


def point(author_id: int, clock: int, state: dict[str, object] | None) -> bytes:
    return yjs_frames.awareness(encode_awareness([AwarenessEntry(author_id, clock, state)]))


def test_a_step_1_is_answered_by_a_step_2_and_then_asked_back() -> None:
    world = HubWorld()
    ada = world.arrive("ada")

    world.send(ada, OPEN)

    first, second = ada.take()
    assert first == frames.Sync(NOTES, SyncStep2(b"\x00\x00"))
    assert second == frames.Sync(NOTES, SyncStep1(b"\x00"))


def test_an_update_reaches_every_door_in_its_own_words_and_brings_no_status() -> None:
    world = HubWorld()
    ada, bob, eve = opened(world, "ada"), opened(world, "bob"), world.sign_in("eve")
    world.open(eve)
    update = Writer().insert(0, "hé😀")

    world.send(ada, yjs_frames.sync_update(update))

    assert ada.take() == []
    assert updates(bob.take()) == [update]
    assert updates(eve.take()) == [update]
    assert world.store.logs[NOTES].updates == [update]


def test_what_the_main_door_writes_arrives_here() -> None:
    world = HubWorld()
    ada, eve = opened(world, "ada"), world.sign_in("eve")
    world.open(eve)
    update = Writer().insert(0, "x")

    world.send(eve, frames.sync_update(NOTES, update))

    assert updates(ada.take()) == [update]
    assert statuses(eve.take()) == [True]


@pytest.mark.parametrize(
    ("token", "reason"),
    [("", "token_required"), ("nonsense", "invalid_token"), ("x" * 9000, "invalid_token")],
)
def test_who_has_no_good_token_is_told_and_stopped(token: str, reason: str) -> None:
    world = HubWorld()

    ada = world.arrive("ada", token=token)

    assert ada.take() == [Refused(reason)]
    assert ada.close_code == 4401


def test_an_expired_token_is_stopped_too() -> None:
    world = HubWorld()

    token = world.token("ada", ttl_s=60)
    world.advance(91)
    ada = world.arrive("ada", token=token)

    assert (ada.take(), ada.close_code) == ([Refused("token_expired")], 4401)


@pytest.mark.parametrize("document", [ELSEWHERE, DocumentName("nobody/knows"), None])
def test_who_has_no_right_or_names_no_document_is_stopped(document: DocumentName | None) -> None:
    world = HubWorld()

    ada = world.arrive("ada", document, rooms={ROOM: "rw"})

    reason = "invalid_room" if document is None else "permission_denied"
    assert (ada.take(), ada.close_code) == ([Refused(reason)], 4403)


def test_a_granted_right_opens_it_and_the_client_waits_meanwhile() -> None:
    world = HubWorld()
    world.store.grants["ada", ROOM] = "rw"
    world.withholds |= {FindGrants, LoadDocument}
    ada = world.arrive("ada", rooms={})
    world.send(ada, OPEN)
    assert ada.take() == []

    world.answer()
    world.answer()

    assert kinds(ada.take()) == ["SyncStep2", "SyncStep1"]


@pytest.mark.parametrize("asked", [FindGrants, LoadDocument])
def test_a_store_that_does_not_answer_sends_the_client_away_for_a_while(asked: type) -> None:
    world = HubWorld()
    world.withholds.add(asked)
    ada = world.arrive("ada")

    world.refuse()

    assert (ada.take(), ada.close_code) == ([], 1013)


def test_a_replica_of_another_history_is_stopped() -> None:
    world = HubWorld()
    ada = opened(world, "ada")
    world.send(ada, yjs_frames.sync_update(Writer().insert(0, "x")))
    epoch = world.store.logs[NOTES].epoch

    same, other = world.arrive("same", epoch=epoch), world.arrive("other", epoch="0" * 32)

    assert same.close_code is None
    assert (other.take(), other.close_code) == ([Refused("epoch")], 4409)


def test_a_reader_is_told_once_and_never_closed() -> None:
    world = HubWorld()
    reader, ada = opened(world, "reader", rooms={ROOM: "r"}), opened(world, "ada")
    writer = Writer()

    world.send(reader, yjs_frames.sync_update(writer.insert(0, "x")))
    world.send(reader, yjs_frames.sync_update(writer.insert(0, "y")))
    world.send(ada, yjs_frames.sync_update(seen := Writer().insert(0, "z")))

    came = reader.take()
    assert came[0] == Refused("read-only")
    assert updates(came[1:]) == [seen]
    assert len(came) == 2
    assert reader.close_code is None
    assert world.store.logs[NOTES].updates == [seen]


def test_an_early_update_is_asked_for_and_three_early_answers_come_back_later() -> None:
    world = HubWorld()
    ada, writer = opened(world, "ada"), Writer()
    writer.insert(0, "first")
    early = writer.insert(0, "x")

    world.send(ada, yjs_frames.sync_update(early))
    for _ in range(3):
        world.send(ada, b"\x00" + encode_step_2(early))
    assert step_1s(ada.take()) == [b"\x00"] * 3
    world.send(ada, b"\x00" + encode_step_2(early))

    assert ada.close_code == 1013


def test_a_step_2_heals_what_came_too_early() -> None:
    world = HubWorld()
    ada, bob, writer = opened(world, "ada"), opened(world, "bob"), Writer()
    writer.insert(0, "first ")
    world.send(ada, yjs_frames.sync_update(writer.insert(0, "second")))

    world.send(ada, b"\x00" + encode_step_2(whole := writer.diff(b"\x00")))

    assert updates(bob.take()) == [whole]
    assert ada.close_code is None


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"", 4400),
        (b"\x00", 4400),
        (b"\x00\x07\x00", 4400),
        (b"\x02\x00\x01x", 4400),
        (b"\x09", 4400),
        (b"\x00\x02\x02\x00\x00\x00", 4400),
        (b"\x00\x02\x01\xff", 4400),
        (b"\x00\x00\x01\xff", 4400),
        (b"\x01\x05", 4400),
        (b"\x01\x03\x01\x07\x01", 4400),
        (b"\x01\x06\x01\x07\x01\x02[]", 4400),
        (yjs_frames.awareness(b"\xe9\x07"), 4413),
        (point(7, 1, {"x": "y" * 5000}), 4413),
        ("text", 4400),
    ],
)
def test_what_no_stock_client_sends_ends_only_that_connection(frame: bytes, code: int) -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    ada.take()

    world.send(ada, frame)

    assert ada.close_code == code
    assert isinstance(ada.take()[-1], Refused)
    assert bob.close_code is None
    assert bob.take() == []


def test_a_frame_over_the_limit_is_too_large() -> None:
    world = HubWorld(limits=Limits(document_frame_bytes=100))
    ada, bob = opened(world, "ada"), opened(world, "bob")

    world.send(ada, yjs_frames.sync_update(b"\x00" * 100))
    world.hub.refuse_oversized(bob.id, world.now_s)
    world.run()

    assert (ada.close_code, bob.close_code) == (4413, 4413)


def test_an_update_with_too_many_structs_is_too_large() -> None:
    world = HubWorld(limits=Limits(update_items=1))
    ada = opened(world, "ada")

    world.send(ada, yjs_frames.sync_update(b"\x00\x01\x07\x02\x00\x01\x02\x01"))

    assert ada.close_code == 4413


def test_who_writes_before_asking_is_no_stock_client() -> None:
    world = HubWorld()
    ada = world.arrive("ada")

    world.send(ada, yjs_frames.sync_update(Writer().insert(0, "x")))

    assert ada.close_code == 4400


def test_who_is_there_comes_after_the_sync_and_when_asked_for() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), world.arrive("bob")
    world.send(ada, point(7, 1, {"cursor": None}))

    world.send(bob, OPEN)
    world.send(bob, b"\x03")
    world.send(ada, b"\x03")

    assert kinds(bob.take()) == ["SyncStep2", "SyncStep1", "AwarenessFrame", "AwarenessFrame"]
    assert ada.take() == [frames.AwarenessFrame(NOTES, EMPTY_AWARENESS)]


def test_a_vanished_client_is_cleared_at_every_door() -> None:
    world = HubWorld()
    ada, bob, eve = opened(world, "ada"), opened(world, "bob"), world.sign_in("eve")
    world.open(eve)
    world.send(ada, point(7, 1, {"cursor": None}))
    bob.take()
    eve.take()

    world.disconnect(ada)

    gone = frames.AwarenessFrame(NOTES, encode_awareness([AwarenessEntry(7, 2, None)]))
    assert (bob.take(), eve.take()) == ([gone], [gone])


def test_who_comes_back_with_its_old_clock_is_seen_at_once() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    world.send(ada, point(7, 5, {"at": 1}))
    world.disconnect(ada)
    bob.take()

    ada = opened(world, "ada")
    world.send(ada, point(7, 5, {"at": 1}))
    world.send(ada, point(7, 6, {"at": 2}))

    clocks = [
        entry.clock
        for message in bob.take()
        if isinstance(message, frames.AwarenessFrame)
        for entry in decode_awareness(message.payload, Limits())
    ]
    assert clocks == [7, 8]


def test_a_silent_socket_gets_a_sign_of_life() -> None:
    world = HubWorld()
    ada = opened(world, "ada")

    world.advance(41)

    assert ada.take() == [frames.AwarenessFrame(NOTES, EMPTY_AWARENESS)] * 2


def test_opening_a_document_is_presence_once_a_user() -> None:
    world = HubWorld()
    eve = world.sign_in("eve")
    world.send(eve, f'{{"type":"join","room":"{ROOM}"}}')
    eve.take()

    first, second = opened(world, "ada"), opened(world, "ada2", token=world.token("ada"))
    joined = eve.take()
    world.disconnect(first)
    world.disconnect(second)
    world.advance(10)

    assert kinds(joined) == ["UserJoined"]
    assert kinds(eve.take()) == ["UserLeft"]


def test_the_end_of_the_token_ends_the_connection() -> None:
    world = HubWorld()
    ada = opened(world, "ada", ttl_s=900)

    world.advance(929)
    assert ada.close_code is None
    world.advance(1)

    assert ada.take()[-1] == Refused("token expired")
    assert ada.close_code == 4401


def test_a_nonce_opens_a_bounded_number_of_sockets_at_a_time() -> None:
    world = HubWorld(limits=Limits(sockets_a_nonce=2))
    token = world.token("ada")
    first, second, third = (world.arrive(name, token=token) for name in "abc")
    assert (third.take(), third.close_code) == ([Refused("limit_exceeded")], 4429)

    world.disconnect(first)
    fourth = world.arrive("d", token=token)

    assert (second.close_code, fourth.close_code) == (None, None)


def test_every_use_of_a_token_is_announced_and_the_token_is_not() -> None:
    world = HubWorld()
    token = world.token("ada")

    world.arrive("a", token=token)
    world.arrive("b", token=token)
    world.arrive("c", token=token[:-2])

    texts = [(each.client, each.text) for each in world.announced]
    assert texts[:2] == [
        ("a", "a token of user 'ada' was used on yjs"),
        ("b", "a token of user 'ada' was used on yjs"),
    ]
    assert not [text for _, text in texts if token[:20] in text]
    assert token[:20] not in repr(world.hub.__dict__)


def test_a_server_that_goes_sends_stock_clients_away_for_a_while() -> None:
    world = HubWorld()
    ada = opened(world, "ada")

    world.hub.drain(world.now_s)
    late = world.arrive("late")

    assert ada.take() == []
    assert (late.take(), late.close_code) == ([], 1012)


def test_an_update_that_cannot_be_kept_is_asked_for_by_coming_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collab_server.core.waiting_line.MAX_WAITING_BYTES", 10)
    world = HubWorld()
    world.withholds.add(Persist)
    ada = opened(world, "ada")

    world.send(ada, yjs_frames.sync_update(Writer().insert(0, "more than ten bytes")))

    assert ada.close_code == 1013


def test_a_store_that_fails_is_no_news_for_a_stock_client() -> None:
    world = HubWorld()
    world.withholds.add(Persist)
    ada = opened(world, "ada")
    world.send(ada, yjs_frames.sync_update(Writer().insert(0, "x")))

    world.refuse()

    assert (ada.take(), ada.close_code) == ([], None)


def test_text_under_another_users_author_id_is_asked_for_and_then_stopped() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    writer = Writer()
    world.send(ada, yjs_frames.sync_update(writer.insert(0, "hers")))
    bob.take()

    his = yjs_frames.sync_update(writer.insert(0, "his"))
    for _ in range(3):
        world.send(bob, his)

    came = bob.take()
    assert kinds(came) == ["SyncStep1", "SyncStep1", "SyncStep1", "Refused"]
    assert bob.close_code == 4403
