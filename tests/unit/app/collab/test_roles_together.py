"""Sessions and the real hub, joined in memory: who is there, and who may what."""

import pytest

from app.collab import session_effects
from app.model.role_asks import EDITOR_PERM
from collab_server.protocol.moderation_events import Ban, Kick, RoleRequest, RoleSet, Unban
from collab_server.protocol.names import RoomId
from tests.unit.app.collab.hub_world import World

ROOM = RoomId("codexpro_project_1")


def joined(world: World, name: str, perm: str):
    person = world.person(name, rooms={ROOM: perm})
    person.session.rooms.join(ROOM)
    person.start()
    world.settle()
    return person


def perms(person) -> dict[str, str]:
    """Return what everybody may, as somebody has been told it."""
    told = [
        effect.participants
        for effect in person.seen
        if isinstance(effect, session_effects.ParticipantsChanged)
    ]
    return {each.user_id: each.perm for each in told[-1]}


def ask(world: World, person, wish) -> list[object]:
    """Let somebody wish for something, and return how that ended."""
    request = person.session.rooms.moderate(wish)
    person.pump()
    world.settle()
    kinds = session_effects.Done | session_effects.RequestFailed
    return [each for each in person.seen if isinstance(each, kinds) and each.request == request]


def asks_heard(person) -> list[session_effects.RoleAsked]:
    return [each for each in person.seen if isinstance(each, session_effects.RoleAsked)]


def test_roles_of_all_are_told_and_change_while_one_is_there() -> None:
    world = World()
    ada, bob = joined(world, "ada", "rwho"), joined(world, "bob", "rh")
    before = perms(ada), perms(bob)

    done = ask(world, ada, RoleSet(room=ROOM, user_id="bob", perm=EDITOR_PERM))

    assert before == ({"ada": "rwho", "bob": "rh"},) * 2
    assert perms(ada) == perms(bob) == {"ada": "rwho", "bob": "rwh"}
    assert [type(each) for each in done] == [session_effects.Done]


def test_an_ask_reaches_the_owner_with_the_name_that_the_server_vouches_for() -> None:
    world = World()
    ada, bob = joined(world, "ada", "rwho"), joined(world, "bob", "rh")
    cyd = joined(world, "cyd", "rwh")

    for _ in range(3):
        ask(world, bob, RoleRequest(room=ROOM, perm=EDITOR_PERM))

    assert asks_heard(ada) == [session_effects.RoleAsked(ROOM, "bob", "Bob", EDITOR_PERM)]
    assert asks_heard(cyd) == asks_heard(bob) == []


def test_nobody_who_could_allow_it_is_said() -> None:
    world = World()
    bob = joined(world, "bob", "rh")

    (answer,) = ask(world, bob, RoleRequest(room=ROOM, perm=EDITOR_PERM))

    assert isinstance(answer, session_effects.RequestFailed)
    assert answer.slug == "unavailable"


@pytest.mark.parametrize(
    "wish",
    [
        RoleSet(room=ROOM, user_id="bob", perm=EDITOR_PERM),
        RoleSet(room=ROOM, user_id="ada", perm="r"),
        Kick(room=ROOM, user_id="ada"),
        Ban(room=ROOM, user_id="ada"),
    ],
    ids=lambda wish: f"{type(wish).__name__} {wish.user_id}",
)
def test_a_viewer_gives_and_takes_nothing(wish) -> None:
    world = World()
    ada, bob = joined(world, "ada", "rwho"), joined(world, "bob", "rh")

    (answer,) = ask(world, bob, wish)

    assert isinstance(answer, session_effects.RequestFailed)
    assert answer.slug == "permission_denied"
    assert perms(ada) == {"ada": "rwho", "bob": "rh"}


def test_who_is_blocked_goes_and_may_come_back_when_it_is_undone() -> None:
    world = World()
    ada, bob = joined(world, "ada", "rwho"), joined(world, "bob", "rh")
    ask(world, ada, Ban(room=ROOM, user_id="bob"))
    lost = [each for each in bob.seen if isinstance(each, session_effects.RoomLost)]
    bob.session.rooms.join(ROOM)
    bob.pump()
    world.settle()
    blocked = perms(ada)

    ask(world, ada, Unban(room=ROOM, user_id="bob"))
    bob.session.rooms.join(ROOM)
    bob.pump()
    world.settle()

    assert [each.reason for each in lost] == ["kicked"]
    assert blocked == {"ada": "rwho"}
    assert perms(ada) == {"ada": "rwho", "bob": "rh"}


def test_of_a_very_large_room_the_number_is_told_and_names_again_when_it_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module, name, users in (
        ("comings", "TOLD_AT_ONCE_UP_TO", 2),
        ("comings", "TOLD_UP_TO", 3),
        ("comings", "TOLD_AGAIN_AT", 2),
        ("requests", "TOLD_UP_TO", 3),
    ):
        monkeypatch.setattr(f"collab_server.core.{module}.{name}", users)
    world = World()
    ada, *others = [joined(world, name, "rh") for name in ("ada", "bob", "cyd", "dot", "eve")]
    world.settle(advance_s=3.0)
    late = counts(others[-1])

    for person in others[1:]:
        person.session.rooms.leave(ROOM)
        person.pump()
    world.settle(advance_s=3.0)
    world.settle(advance_s=3.0)

    assert late == [5]
    assert counts(ada)[-2:] == [5, None]
    assert perms(ada) == {"ada": "rh", "bob": "rh"}


def counts(person) -> list[int | None]:
    return [
        effect.users for effect in person.seen if isinstance(effect, session_effects.PeopleCounted)
    ]
