"""Who points where: whose entries count, and who hears of them."""

from collab_server.protocol import documents as frames
from collab_server.protocol.awareness import (
    AwarenessEntry,
    decode_awareness,
    encode_awareness,
)
from collab_server.protocol.limits import Limits
from collab_server.protocol.wire import write_var_bytes
from tests.support.hub_world import NOTES, HubWorld, Peer
from tests.unit.collab_server.core.sync_messages import kinds, slugs


def opened(world: HubWorld, name: str) -> Peer:
    peer = world.sign_in(name)
    world.open(peer)
    return peer


def say(world: HubWorld, peer: Peer, *entries: tuple[int, int, dict[str, object] | None]) -> None:
    payload = encode_awareness(AwarenessEntry(*entry) for entry in entries)
    world.send(peer, frames.awareness(NOTES, payload))


def heard(peer: Peer) -> list[tuple[AwarenessEntry, ...]]:
    return [
        decode_awareness(message.payload, Limits())
        for message in peer.take()
        if isinstance(message, frames.AwarenessFrame)
    ]


def test_the_others_hear_a_state_stamped_with_who_it_is() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    ada.take()

    say(world, ada, (7, 3, {"cursor": 5, "user": {"name": "Mallory"}}))

    ((entry,),) = heard(bob)
    assert (entry.author_id, entry.clock) == (7, 3)
    assert entry.state is not None
    assert entry.state["cursor"] == 5
    user = entry.state["user"]
    assert isinstance(user, dict)
    assert (user["id"], user["name"]) == ("ada", "User ada")
    assert heard(ada) == []


def test_what_a_client_says_of_others_is_dropped() -> None:
    world = HubWorld()
    ada, bob, eve = (opened(world, name) for name in ("ada", "bob", "eve"))
    say(world, ada, (7, 1, {"cursor": 1}))
    say(world, bob, (7, 9, {"cursor": 9}), (8, 1, {"cursor": 2}))
    eve.take()

    say(world, bob, (7, 10, None), (8, 2, {"cursor": 3}), (9, 1, {"cursor": 4}))

    ((entry,),) = heard(eve)
    assert (entry.author_id, entry.clock) == (8, 2)


def test_a_state_that_the_stamp_makes_too_large_for_its_readers_is_refused() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    say(world, ada, (7, 1, {"cursor": 1}))
    ada.take()
    bob.take()
    most = Limits().awareness_state_bytes

    say(world, ada, (7, 2, {"cursor": "x" * (most - len('{"cursor":""}'))}))

    assert (slugs(ada.take()), heard(bob), ada.close_code) == (["bad_request"], [], None)
    world.send(bob, frames.query_awareness(NOTES))
    ((entry,),) = heard(bob)
    assert entry.state is not None
    assert entry.state["cursor"] == 1


def test_a_state_that_grows_when_it_is_written_anew_is_refused() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    state = b'{"a":[' + b",".join([b"9e15"] * 800) + b"]}"
    payload = bytearray(b"\x01\x07\x01")
    write_var_bytes(payload, state)

    world.send(ada, frames.awareness(NOTES, bytes(payload)))

    assert heard(bob) == []


def test_more_people_than_one_message_may_hold_come_in_several() -> None:
    world = HubWorld(limits=Limits(awareness_entries=2))
    for author, name in enumerate(("ada", "bob", "cy")):
        say(world, opened(world, name), (author, 1, {"cursor": author}))

    eve = world.sign_in("eve")
    at_opening = [said for said in world.open(eve) if isinstance(said, frames.AwarenessFrame)]
    world.send(eve, frames.query_awareness(NOTES))

    assert [decode_awareness(said.payload, Limits())[0].author_id for said in at_opening] == [0, 2]
    assert [len(entries) for entries in heard(eve)] == [2, 1]


def test_an_older_or_repeated_clock_is_dropped() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    say(world, ada, (7, 5, {"cursor": 1}))
    bob.take()

    say(world, ada, (7, 4, {"cursor": 2}))
    say(world, ada, (7, 5, {"cursor": 2}))

    assert heard(bob) == []


def test_a_state_may_be_taken_back_with_the_same_clock() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    say(world, ada, (7, 5, {"cursor": 1}))
    bob.take()

    say(world, ada, (7, 5, None))
    world.disconnect(ada)

    assert heard(bob) == [(AwarenessEntry(7, 5, None),)]


def test_a_joiner_hears_who_is_there_after_the_content() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    say(world, ada, (7, 5, {"cursor": 1}))
    say(world, bob, (8, 5, None))
    eve = world.sign_in("eve")

    came = world.open(eve)

    assert kinds(came) == ["Stateless", "SyncStep2", "SyncStep1", "AwarenessFrame"]
    snapshot = came[-1]
    assert isinstance(snapshot, frames.AwarenessFrame)
    assert [entry.author_id for entry in decode_awareness(snapshot.payload, Limits())] == [7]


def test_who_asks_hears_of_all_the_others() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    say(world, ada, (7, 5, {"cursor": 1}))
    bob.take()

    world.send(ada, frames.query_awareness(NOTES))
    world.send(bob, frames.query_awareness(NOTES))

    assert heard(ada) == [()]
    assert [entry.author_id for entry in heard(bob)[0]] == [7]


def test_who_has_not_opened_the_document_neither_says_nor_hears() -> None:
    world = HubWorld()
    ada, eve = opened(world, "ada"), world.sign_in("eve")

    say(world, eve, (7, 1, {}))
    world.send(eve, frames.query_awareness(NOTES))
    world.disconnect(ada)
    world.advance(200)
    say(world, eve, (7, 1, {}))

    assert (heard(ada), heard(eve)) == ([], [])


def test_a_cursor_goes_at_once_with_its_connection_and_its_id_is_free_again() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    say(world, ada, (7, 5, {"cursor": 1}))
    bob.take()

    world.disconnect(ada)
    cleared = heard(bob)
    again = opened(world, "again")
    bob.take()
    say(world, again, (7, 7, {"cursor": 2}))

    assert cleared == [(AwarenessEntry(7, 6, None),)]
    assert [entry.clock for entry in heard(bob)[0]] == [7]


def test_the_last_one_to_go_tells_nobody() -> None:
    world = HubWorld()
    ada = opened(world, "ada")
    say(world, ada, (7, 5, {"cursor": 1}))
    world.performed.clear()

    world.disconnect(ada)

    assert world.performed == []


def test_a_malformed_state_is_an_error_and_the_document_stays_open() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    ada.take()

    world.send(ada, frames.awareness(NOTES, b"\x01"))
    say(world, ada, (7, 5, {"cursor": 1}))

    assert slugs(ada.take()) == ["bad_request"]
    assert len(heard(bob)) == 1


def test_an_empty_message_keeps_a_silent_socket_alive() -> None:
    world = HubWorld()
    ada = opened(world, "ada")

    world.advance(19)
    before = heard(ada)
    world.advance(42)

    assert before == []
    assert heard(ada) == [(), (), ()]


def test_opening_and_closing_again_and_again_makes_no_more_messages() -> None:
    world = HubWorld()
    ada = opened(world, "ada")
    for _ in range(5):
        world.send(ada, frames.close_document(NOTES))
        world.open(ada)

    world.advance(40)

    assert heard(ada) == [(), ()]


def test_a_socket_without_documents_needs_no_such_message_until_it_opens_one() -> None:
    world = HubWorld()
    ada = opened(world, "ada")
    world.send(ada, frames.close_document(NOTES))
    world.advance(50)
    before = heard(ada)

    world.open(ada)
    world.advance(21)

    assert (before, heard(ada)) == ([], [()])
