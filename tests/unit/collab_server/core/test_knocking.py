"""Who knocks at a room, and who may open."""

import pytest

from collab_server.core.effects import FindGrants
from collab_server.core.moderation import KNOCK_EVERY_S
from collab_server.protocol.events import (
    Error,
    Join,
)
from collab_server.protocol.moderation_events import (
    Admit,
    Admitted,
    Denied,
    Deny,
    Knock,
    Knocked,
    RoleChanged,
)
from collab_server.protocol.room_events import (
    Ack,
)
from tests.support.hub_world import HubWorld
from tests.unit.collab_server.core.members import all_of, joined, member, slug, the
from tests.unit.collab_server.core.room_people import PROJECT, moderator, outsider

# Knocking.


def test_who_knocks_is_heard_by_who_can_open_and_let_in() -> None:
    world = HubWorld()
    mod, writer = moderator(world), member(world, "writer", None, PROJECT)
    eve = world.sign_in("eve", "7", rooms={}, name="Eve")
    mod.take()
    world.tell(eve, Knock(room=PROJECT, id=1))
    knocked, quiet, ack = mod.take(), all_of(Knocked, writer), the(Ack, eve)

    world.tell(mod, Admit(room=PROJECT, user_id=7, perm="rw", id=2))

    assert knocked == [Knocked(room=PROJECT, user_id=7, name="Eve")]
    assert (quiet, ack.re) == ([], 1)
    assert the(Admitted, eve) == Admitted(room=PROJECT, user_id=7, perm="rw")
    assert the(RoleChanged, writer) == RoleChanged(room=PROJECT, user_id=7, perm="rw")
    assert the(Ack, mod).re == 2
    assert joined(world, eve, PROJECT).perm == "rw"


def test_who_was_let_in_may_come_back_after_a_restart() -> None:
    world = HubWorld()
    mod = moderator(world)
    world.tell(mod, Admit(room=PROJECT, user_id="eve"))
    later = HubWorld(world.store)

    assert joined(later, outsider(later), PROJECT).perm == "rw"


def test_who_is_not_let_in_hears_so() -> None:
    world = HubWorld()
    mod, eve = moderator(world), outsider(world)
    world.tell(eve, Knock(room=PROJECT))
    eve.take()

    world.tell(mod, Deny(room=PROJECT, user_id="eve", id=1))

    assert eve.take() == [Denied(room=PROJECT, user_id="eve")]
    assert the(Ack, mod).re == 1
    world.tell(eve, Join(room=PROJECT))
    assert slug(eve) == "permission_denied"


def test_knocking_again_and_again_is_heard_once_in_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collab_server.core.moderation.KNOCKS", 1)
    world = HubWorld()
    mod, eve, mallory = moderator(world), outsider(world), outsider(world, "mallory")
    mod.take()
    for _ in range(5):
        world.tell(eve, Knock(room=PROJECT))
    first = all_of(Knocked, mod)
    world.advance(KNOCK_EVERY_S)
    for peer in (eve, mallory):
        world.tell(peer, Knock(room=PROJECT))

    assert len(first) == 1
    assert [one.user_id for one in all_of(Knocked, mod)] == ["eve", "mallory"]
    assert len(all_of(Ack, eve)) == 6


def test_a_door_that_nobody_can_open_says_so() -> None:
    world = HubWorld()
    eve = outsider(world)

    world.tell(eve, Knock(room=PROJECT, id=1))

    error = the(Error, eve)
    assert (error.slug, error.temporary) == ("unavailable", True)


def test_who_may_enter_need_not_knock() -> None:
    world = HubWorld()
    mod, writer = moderator(world), world.sign_in("writer")
    mod.take()

    world.tell(writer, Knock(room=PROJECT, id=1))

    assert the(Ack, writer).re == 1
    assert mod.take() == []


def test_a_store_that_fails_while_somebody_knocks_is_said() -> None:
    world = HubWorld()
    eve = outsider(world)
    world.withholds |= {FindGrants}
    world.tell(eve, Knock(room=PROJECT, id=1))

    world.refuse()

    assert slug(eve) == "unavailable"
