"""Roles as values, and asks that are bounded."""

import pytest

from app.model.participants import Participant
from app.model.role_asks import (
    MOST_ASKS,
    QUIET_S,
    Role,
    RoleAsk,
    RoleAsks,
    perm_for,
    role_of,
)

BOB = RoleAsk("bob", "Bob")


@pytest.mark.parametrize(
    ("perm", "role", "can_write"),
    [
        ("", None, False),
        ("rh", Role.VIEWER, False),
        ("rwh", Role.EDITOR, True),
        ("rwhmo", Role.OWNER, True),
        ("ro", Role.OWNER, True),
    ],
)
def test_letters_make_a_role(perm: str, role: Role | None, can_write: bool) -> None:
    person = Participant("c", "u", "U", "#000000", perm=perm)

    assert role_of(perm) is role
    assert (person.can_write, person.is_owner) == (can_write, role is Role.OWNER)


def test_who_moderates_goes_on_to_in_another_role() -> None:
    assert perm_for(Role.EDITOR, "rh") == "rwh"
    assert perm_for(Role.VIEWER, "rwhm") == "rhm"


def test_an_ask_is_heard_once_until_it_is_answered() -> None:
    asks = RoleAsks()

    assert [asks.hear(BOB, 0.0), asks.hear(BOB, 1.0)] == [True, False]
    assert asks.waiting == (BOB,)
    assert [asks.settle("bob"), asks.settle("bob")] == [True, False]
    assert asks.hear(BOB, 2.0)


def test_who_was_told_not_now_is_not_heard_for_a_while() -> None:
    asks = RoleAsks()
    asks.hear(BOB, 0.0)

    asks.refuse("bob", 0.0)
    asks.refuse("nobody", 0.0)

    assert [asks.hear(BOB, QUIET_S - 1), asks.hear(BOB, QUIET_S)] == [False, True]


def test_of_many_at_once_only_some_wait() -> None:
    asks = RoleAsks()

    heard = [asks.hear(RoleAsk(str(number), ""), 0.0) for number in range(MOST_ASKS + 3)]

    assert sum(heard) == len(asks.waiting) == MOST_ASKS
