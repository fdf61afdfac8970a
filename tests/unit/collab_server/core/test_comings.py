"""Who comes and goes: told at once in small rooms, together in large ones, counted in larger."""

from collab_server.core.comings import (
    COUNTED_EVERY_S,
    TOGETHER_S,
    TOLD_AGAIN_AT,
    TOLD_AT_ONCE_UP_TO,
    TOLD_UP_TO,
)
from collab_server.core.rooms import GRACE_S
from collab_server.protocol.events import (
    Join,
    Leave,
    MembersListed,
    PresenceCounted,
    RoomJoined,
    UserJoined,
    UserLeft,
)
from collab_server.protocol.limits import UNLIMITED, Limits
from collab_server.protocol.room_events import PresenceChanged, SetPresence
from tests.support.hub_world import HubWorld, Peer
from tests.unit.collab_server.core.members import GENERAL, joined, member, the

CROWD = Limits(connections_an_address=UNLIMITED, connections_unauthenticated=UNLIMITED)


def world_with(count: int) -> tuple[HubWorld, list[Peer]]:
    """Return a room in which so many users are, who have heard of each other."""
    world = HubWorld(limits=CROWD)
    peers = [member(world, f"user-{number}") for number in range(count)]
    world.advance(COUNTED_EVERY_S)
    for peer in peers:
        peer.take()
    return world, peers


def told(peer: Peer) -> list[tuple[str, object]]:
    """Return of whom a peer was told what."""
    kinds = (UserJoined, UserLeft, PresenceChanged)
    return [(type(said).__name__, said.user_id) for said in peer.take() if isinstance(said, kinds)]


def test_up_to_fifty_hear_at_once() -> None:
    world, peers = world_with(TOLD_AT_ONCE_UP_TO - 1)

    world.sign_in("late")
    world.tell(world.peers["late"], Join(room=GENERAL))  # pyright: ignore[reportArgumentType]

    assert told(peers[0]) == [("UserJoined", "late")]


def test_more_hear_together_and_only_what_stands() -> None:
    world, peers = world_with(TOLD_AT_ONCE_UP_TO)

    for name in ("anne", "bert", "cleo"):
        member(world, name)
    world.tell(world.peers["bert"], Leave(room=GENERAL))  # pyright: ignore[reportArgumentType]
    world.tell(world.peers["cleo"], SetPresence(status="dnd"))  # pyright: ignore[reportArgumentType]
    world.tell(peers[1], SetPresence(status="idle"))
    world.tell(peers[1], SetPresence(status="dnd"))
    before = peers[0].take()
    world.advance(TOGETHER_S)

    assert before == []
    assert told(peers[0]) == [
        ("UserJoined", "anne"),
        ("UserJoined", "cleo"),
        ("PresenceChanged", "cleo"),
        ("PresenceChanged", "user-1"),
    ]
    world.advance(GRACE_S)
    assert told(peers[0]) == []


def test_who_leaves_and_comes_back_meanwhile_is_told_as_both() -> None:
    world, peers = world_with(TOLD_AT_ONCE_UP_TO + 1)

    world.tell(peers[1], Leave(room=GENERAL))
    world.tell(peers[1], Join(room=GENERAL))
    world.advance(TOGETHER_S)

    assert told(peers[0]) == [("UserLeft", "user-1"), ("UserJoined", "user-1")]
    assert ("UserJoined", "user-1") not in told(peers[1])


def test_what_was_gathered_in_a_large_room_is_told_when_it_is_small_again() -> None:
    world, peers = world_with(TOLD_AT_ONCE_UP_TO)

    late = member(world, "late")
    world.tell(late, Leave(room=GENERAL))
    for peer in peers[40:42]:
        world.tell(peer, Leave(room=GENERAL))
    world.advance(TOGETHER_S)

    assert told(peers[0]) == [("UserLeft", "user-40"), ("UserLeft", "user-41")]


def test_what_is_undone_is_not_told() -> None:
    world, peers = world_with(TOLD_AT_ONCE_UP_TO + 1)

    late = member(world, "late")
    world.tell(late, Leave(room=GENERAL))
    world.advance(TOGETHER_S)

    assert peers[0].take() == []


def test_nobody_is_left_to_be_told() -> None:
    world, peers = world_with(TOLD_AT_ONCE_UP_TO + 3)

    for peer in peers:
        world.tell(peer, Leave(room=GENERAL))
        peer.take()
    again = joined(world, peers[0])
    world.advance(TOGETHER_S)

    assert again.members == ()
    assert told(peers[0]) == []


def test_in_a_very_large_room_only_the_number_is_told_and_not_often() -> None:
    world, peers = world_with(TOLD_UP_TO)

    late = member(world, "late")
    world.tell(peers[5], SetPresence(status="idle"))
    world.tell(peers[7], Leave(room=GENERAL))
    later = member(world, "later")
    at_once = peers[0].take()
    world.advance(COUNTED_EVERY_S)
    heard = peers[0].take()
    world.advance(COUNTED_EVERY_S)

    assert at_once == []
    assert heard == [PresenceCounted(room=GENERAL, users=TOLD_UP_TO + 1)]
    assert peers[0].take() == []
    assert the(PresenceCounted, late) == the(PresenceCounted, later)


def test_who_joins_a_very_large_room_is_told_some_names_and_the_number() -> None:
    world, _ = world_with(TOLD_UP_TO + 5)
    late = world.sign_in("late")

    reply = joined(world, late)

    assert (len(reply.members), reply.users) == (TOLD_UP_TO, TOLD_UP_TO + 6)


def test_a_small_room_says_no_number() -> None:
    world = HubWorld()

    world.sign_in("ada")
    world.tell(world.peers["ada"], Join(room=GENERAL))  # pyright: ignore[reportArgumentType]

    assert the(RoomJoined, world.peers["ada"]).users is None  # pyright: ignore[reportArgumentType]


def test_a_room_that_is_no_more_very_large_is_told_who_is_there() -> None:
    world, peers = world_with(TOLD_UP_TO + 1)

    for peer in peers[TOLD_AGAIN_AT:]:
        world.tell(peer, Leave(room=GENERAL))
    world.advance(COUNTED_EVERY_S)
    listed = the(MembersListed, peers[0])
    world.tell(peers[1], Leave(room=GENERAL))
    world.advance(TOGETHER_S)

    names = [member.user_id for member in listed.members]
    assert names == [f"user-{number}" for number in range(TOLD_AGAIN_AT)]
    assert told(peers[0]) == [("UserLeft", "user-1")]


def test_a_very_large_room_that_shrinks_a_little_is_still_counted() -> None:
    world, peers = world_with(TOLD_UP_TO + 1)

    for peer in peers[TOLD_AGAIN_AT + 1 :]:
        world.tell(peer, Leave(room=GENERAL))
    world.advance(COUNTED_EVERY_S)

    assert the(PresenceCounted, peers[0]).users == TOLD_AGAIN_AT + 1
