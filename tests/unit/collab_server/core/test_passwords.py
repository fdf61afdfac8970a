"""ProShare rooms with a password: who knows it, who guesses, and what that costs."""

import pytest

from collab_server.core.room_effects import CheckPassword
from collab_server.core.terms import MOST_UNDER_WAY
from collab_server.protocol.events import (
    Auth,
    Join,
)
from collab_server.protocol.limits import Limits
from tests.support.hub_world import HubWorld
from tests.unit.collab_server.core.members import slug
from tests.unit.collab_server.core.room_terms import (
    PASSWORD,
    ROOM,
    grant,
    guess,
    knocker,
    world_with,
)

# Passwords.


def test_who_knows_the_password_becomes_a_member_for_good() -> None:
    world, _ = world_with(password=PASSWORD)
    bob = knocker(world, "bob")

    first = guess(world, bob, PASSWORD)
    again = guess(world, knocker(world, "bob's phone", "bob"), None)

    assert (first, again) == ("rwh", "rwh")


def test_a_room_with_a_password_asks_for_it_and_takes_no_other() -> None:
    world, _ = world_with(password=PASSWORD)
    bob = knocker(world, "bob")

    answers = [guess(world, bob, said) for said in (None, "wrong", PASSWORD + " ")]

    assert answers == ["password_required", "wrong_password", "wrong_password"]
    assert world.hub.is_held(bob.id) is False


def test_a_room_without_a_password_takes_none() -> None:
    world, _ = world_with(max_users=5)

    assert guess(world, knocker(world, "bob"), PASSWORD) == "permission_denied"


def test_one_system_writes_an_accent_as_two_characters() -> None:
    world, _ = world_with(password="caf\u00e9")

    assert guess(world, knocker(world, "bob"), "cafe\u0301") == "rwh"


def test_other_devices_of_who_knew_it_need_not_say_it() -> None:
    world, _ = world_with(password=PASSWORD)
    phone, laptop = knocker(world, "phone", "bob"), knocker(world, "laptop", "bob")

    answers = [
        guess(world, phone, None),
        guess(world, laptop, PASSWORD),
        guess(world, phone, None),
    ]

    assert answers == ["password_required", "rwh", "rwh"]


def test_no_password_lets_a_banned_one_in() -> None:
    world, _ = world_with(password=PASSWORD)
    grant(world, "bob", "-")

    assert guess(world, knocker(world, "bob"), PASSWORD) == "permission_denied"


def test_a_ban_that_comes_while_a_password_is_looked_at_stays() -> None:
    world, _ = world_with(password=PASSWORD)
    bob = knocker(world, "bob")
    world.withholds.add(CheckPassword)
    world.tell(bob, Join(room=ROOM, password=PASSWORD))
    grant(world, "bob", "-")

    world.answer()

    assert slug(bob) == "permission_denied"


def test_who_guesses_wrong_waits_and_so_does_their_address() -> None:
    world, _ = world_with(password=PASSWORD)
    bob, eve = knocker(world, "bob"), knocker(world, "eve")

    wrong = [guess(world, bob, f"guess {number}") for number in range(5)]
    then = [guess(world, bob, PASSWORD), guess(world, eve, PASSWORD)]
    world.advance(60)

    assert wrong == ["wrong_password"] * 5
    assert then == ["rate_limited"] * 2
    assert guess(world, bob, PASSWORD) == "rwh"


def test_sockets_of_one_user_do_not_guess_at_once() -> None:
    world, _ = world_with(password=PASSWORD)
    world.withholds.add(CheckPassword)
    phones = [knocker(world, f"phone {number}", "bob") for number in range(6)]

    for phone in phones:
        world.tell(phone, Join(room=ROOM, password="guess"))

    assert [len(phone.take()) for phone in phones] == [0, 0, 0, 0, 0, 1]


def test_who_is_right_has_not_guessed() -> None:
    world, _ = world_with(password=PASSWORD)

    answers = [guess(world, knocker(world, f"user-{at}"), PASSWORD) for at in range(12)]

    assert answers == ["rwh"] * 12


def test_only_so_many_passwords_are_looked_at_together() -> None:
    world, _ = world_with(password=PASSWORD)
    world.withholds.add(CheckPassword)
    for number in range(MOST_UNDER_WAY):
        peer = knocker(world, f"user-{number}")
        world.tell(peer, Join(room=ROOM, password="guess"))

    assert guess(world, knocker(world, "late"), PASSWORD) == "unavailable"


def test_a_store_that_cannot_tell_says_so_and_counts_nothing() -> None:
    world, _ = world_with(Limits(password_guesses_a_minute=1), password=PASSWORD)
    world.withholds.add(CheckPassword)
    bob, gone = knocker(world, "bob"), knocker(world, "gone")
    for peer in (bob, gone):
        world.tell(peer, Join(room=ROOM, password=PASSWORD))
    world.disconnect(gone)

    world.refuse()
    world.refuse()
    world.withholds.clear()
    world.advance(60)

    assert slug(bob) == "unavailable"
    assert guess(world, bob, PASSWORD) == "rwh"


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_an_answer_for_who_has_gone_goes_nowhere(password: str) -> None:
    world, ada = world_with(password=PASSWORD)
    world.withholds.add(CheckPassword)
    bob = knocker(world, "bob")
    world.tell(bob, Join(room=ROOM, password=password))
    world.disconnect(bob)

    world.answer()

    assert ada.take() == []


def test_an_answer_that_is_not_waited_for_any_more_says_nothing() -> None:
    world, _ = world_with(password=PASSWORD)
    world.withholds.add(CheckPassword)
    bob = knocker(world, "bob")
    world.tell(bob, Join(room=ROOM, password="wrong"))
    asked = world.withheld[0]
    assert isinstance(asked, CheckPassword)

    world.answer()
    world.hub.room_answers.password_checked(asked, None, world.now_s, world.unix_s)
    world.hub.room_answers.password_unchecked(asked, world.now_s)
    world.run()

    assert slug(bob) == "wrong_password"


def test_one_without_an_address_pays_by_name_only() -> None:
    world, _ = world_with(password=PASSWORD)
    bob = world.connect("bob", address="")
    world.tell(bob, Auth(token=world.token("bob", rooms={})))
    bob.take()

    answers = [guess(world, bob, "wrong") for _ in range(6)]
    other = guess(world, knocker(world, "eve"), PASSWORD)

    assert answers == ["wrong_password"] * 5 + ["rate_limited"]
    assert other == "rwh"


def test_a_room_that_ends_while_a_password_is_looked_at_stays_closed() -> None:
    ends_s = int(HubWorld().unix_s) + 100
    world, _ = world_with(password=PASSWORD, expires_at_s=ends_s)
    bob = knocker(world, "bob")
    world.withholds.add(CheckPassword)
    world.tell(bob, Join(room=ROOM, password=PASSWORD))
    asked = world.withheld[0]
    assert isinstance(asked, CheckPassword)

    world.advance(101)
    world.hub.room_answers.password_checked(asked, "rwh", world.now_s, world.unix_s)
    world.run()

    assert slug(bob) == "room_closed"
