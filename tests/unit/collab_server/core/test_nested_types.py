"""Types that a hostile writer nests deeper and deeper, update by update."""

from collab_server.core.effects import Persist, ReadUpdate
from collab_server.protocol import documents as frames
from collab_server.protocol.limits import Limits
from tests.support.hub_world import NOTES, HubWorld, Peer
from tests.unit.collab_server.core.sync_messages import kinds, slugs, statuses, updates
from tests.unit.collab_server.protocol.update_bytes import (
    block,
    identity,
    item,
    one,
    ranges,
    text,
    update,
    var,
)

ARRAY = var(0)
DEEPEST = 16


def level(at: int) -> bytes:
    """One array in the one before."""
    return b"\x07\x00" + identity(7, at - 1) + ARRAY if at else item(7, ARRAY)


def nested(world: HubWorld, peer: Peer, levels: int) -> None:
    for at in range(levels):
        world.send(peer, frames.sync_update(NOTES, one(level(at), author=7, clock=at)))


def pair(limits: Limits | None = None) -> tuple[HubWorld, Peer, Peer]:
    world = HubWorld(limits=limits)
    ada, bob = world.sign_in("ada"), world.sign_in("bob")
    world.open(ada)
    world.open(bob)
    ada.take()
    return world, ada, bob


def test_the_update_that_goes_too_deep_is_refused_and_not_stored() -> None:
    world, ada, bob = pair()
    nested(world, ada, DEEPEST)
    assert statuses(ada.take()) == [True] * DEEPEST
    bob.take()

    world.send(ada, frames.sync_update(NOTES, one(level(DEEPEST), author=7, clock=DEEPEST)))

    came = ada.take()
    assert slugs(came) == ["bad_request"]
    assert kinds(came)[-1] == "CloseDocument"
    assert updates(bob.take()) == []
    assert len(world.store.logs[NOTES].updates) == DEEPEST


def test_it_is_refused_after_a_restart_too() -> None:
    world, ada, _ = pair()
    nested(world, ada, DEEPEST)
    later = HubWorld(world.store, ids="later")
    bob = later.sign_in("bob")
    later.open(bob)

    array = b"\x07\x00" + identity(7, DEEPEST - 1) + ARRAY
    later.send(bob, frames.sync_update(NOTES, one(array, author=8)))

    assert slugs(bob.take()) == ["bad_request"]
    assert len(later.store.logs[NOTES].updates) == DEEPEST


def test_the_store_hears_that_types_are_nested() -> None:
    world, ada, _ = pair()

    nested(world, ada, 2)

    batches = [effect for effect in world.performed if isinstance(effect, Persist)]
    assert [row.is_nested for batch in batches for row in batch.appends] == [False, True]


SMALL = Limits(inline_update_items=2, update_items=12)


def large(author: int, struct: bytes) -> bytes:
    """An update that a worker reads, with a struct that stands somewhere in a nest."""
    holes = [(at, 1) for at in (0, 2, 4, 6)]
    return update(
        block(author, 0, item(4, text("0123456789")), struct), deletes=(ranges(author, *holes),)
    )


def test_a_large_update_is_measured_by_its_worker() -> None:
    world, ada, bob = pair(SMALL)
    nested(world, ada, DEEPEST)
    ada.take()
    bob.take()
    beside = b"\x87" + identity(7, DEEPEST - 1) + ARRAY
    inside = b"\x07\x00" + identity(8, 10) + ARRAY

    world.send(bob, frames.sync_update(NOTES, large(8, beside)))
    world.send(bob, frames.sync_update(NOTES, large(9, inside)))

    came = bob.take()
    assert statuses(came) == [True]
    assert slugs(came) == ["bad_request"]


def test_a_large_update_is_measured_again_when_the_nest_has_grown_meanwhile() -> None:
    world, ada, bob = pair(SMALL)
    nested(world, ada, DEEPEST - 1)
    ada.take()
    world.withholds.add(ReadUpdate)
    inside = b"\x07\x00" + identity(7, DEEPEST - 2) + ARRAY
    world.send(bob, frames.sync_update(NOTES, large(8, inside)))
    world.send(ada, frames.sync_update(NOTES, one(level(DEEPEST - 1), author=7, clock=15)))
    assert statuses(ada.take()) == [True]
    bob.take()

    world.answer(1)
    asked_again = len(world.withheld)
    world.answer()

    assert asked_again == 1
    assert statuses(bob.take()) == [True]


def test_a_large_update_is_measured_again_when_its_author_has_come_further() -> None:
    world, ada, bob = pair(SMALL)
    nested(world, ada, 3)
    ada.take()
    world.withholds.add(ReadUpdate)
    lie = update(
        block(8, 0, item(4, text("0123456789")), b"\x87" + identity(8, 9) + ARRAY),
        deletes=(ranges(8, (0, 1), (2, 1), (4, 1)),),
    )
    world.send(bob, frames.sync_update(NOTES, lie))
    deep = b"\x04\x00" + identity(7, 2) + text("0123456789")
    carol = world.sign_in("carol", "bob")
    world.open(carol)
    world.send(carol, frames.sync_update(NOTES, one(deep, author=8)))
    assert statuses(carol.take()) == [True]

    world.answer(1)
    asked_again = len(world.withheld)
    world.answer()

    assert asked_again == 1
    assert statuses(bob.take()) == [True]


def test_who_types_beside_a_nest_has_a_large_update_measured_once() -> None:
    world, ada, bob = pair(SMALL)
    nested(world, ada, 3)
    ada.take()
    world.withholds.add(ReadUpdate)
    world.send(bob, frames.sync_update(NOTES, large(8, b"\x87" + identity(7, 2) + ARRAY)))
    world.send(ada, frames.sync_update(NOTES, one(item(4, text("x")), author=9)))

    world.answer(1)

    assert len(world.withheld) == 0
    assert statuses(bob.take()) == [True]
