"""Invitation codes: used as often as allowed, however many come at once, and never on the disk."""

import asyncio
from pathlib import Path

import pytest

from collab_server.storage.errors import InvitationRefused, StorageError
from collab_server.storage.invitations import LookedAt, Redeemed, new_invitation_code
from collab_server.storage.store import Store
from tests.integration.storage.rows import plain, store_at

CODE = "q1w2e3r4t5y6u7i8o9p0aa"
NOW_S = 1_800_000_000.0


async def invite(store: Store, *, max_uses: int = 1, code: str = CODE) -> None:
    """Store an invitation to `notes` for one hour."""
    await store.entry.create_invitation(
        code=code,
        room="notes",
        perm="rw",
        expires_at_s=int(NOW_S) + 3600,
        max_uses=max_uses,
        created_by="7",
    )


async def redeemed(store: Store, code: str = CODE, now_s: float = NOW_S) -> Redeemed | str:
    """Use a code; the reason when it is refused."""
    try:
        return await store.entry.redeem_invitation(code, now_s=now_s)
    except InvitationRefused as error:
        return error.reason


async def test_a_code_opens_its_room(store: Store) -> None:
    await invite(store)

    assert await redeemed(store) == Redeemed("notes", "rw")


async def test_a_used_up_code_is_spent(store: Store) -> None:
    await invite(store, max_uses=2)

    outcomes = [await redeemed(store) for _ in range(3)]

    assert outcomes == [Redeemed("notes", "rw"), Redeemed("notes", "rw"), "spent"]


async def looked_at(store: Store, now_s: float = NOW_S, code: str = CODE) -> LookedAt | str:
    """Look at a code; the reason when it is refused."""
    try:
        return await store.entry.look_at_invitation(code, now_s=now_s)
    except InvitationRefused as error:
        return error.reason


async def test_a_code_that_is_looked_at_is_not_used(store: Store) -> None:
    await invite(store)

    looks = [await looked_at(store) for _ in range(3)]
    used = await redeemed(store)

    assert looks == [LookedAt("notes", "rw", int(NOW_S) + 3600, 1, "7")] * 3
    assert used == Redeemed("notes", "rw")


async def test_a_code_that_opens_nothing_shows_nothing(path: Path, store: Store) -> None:
    await invite(store, max_uses=2)
    await invite(store, code=CODE[::-1])
    await redeemed(store)
    left = await looked_at(store)
    await redeemed(store)
    with plain(path) as connection:
        connection.execute("UPDATE invitations SET revoked = 1 WHERE max_uses = 1")

    assert isinstance(left, LookedAt)
    assert left.uses_left == 1
    assert await looked_at(store) == "spent"
    assert await looked_at(store, NOW_S + 3600) == "expired"
    assert await looked_at(store, code="x") == "unknown"
    assert await looked_at(store, code=CODE[::-1]) == "unknown"


@pytest.mark.parametrize("code", ["", "x", CODE.upper(), CODE[:-1], "\ud800", "é" * 100_000])
async def test_a_code_that_nobody_made_is_unknown(store: Store, code: str) -> None:
    await invite(store)

    assert await redeemed(store, code) == "unknown"


async def test_a_code_is_over_at_its_end(store: Store) -> None:
    await invite(store, max_uses=2)

    assert await redeemed(store, now_s=NOW_S + 3599.9) == Redeemed("notes", "rw")
    assert await redeemed(store, now_s=NOW_S + 3600) == "expired"


async def test_a_revoked_code_is_unknown(path: Path, store: Store) -> None:
    await invite(store)
    with plain(path) as connection:
        connection.execute("UPDATE invitations SET revoked = 1")

    assert await redeemed(store) == "unknown"


@pytest.mark.parametrize("max_uses", [1, 7])
async def test_fifty_at_once_get_exactly_the_uses_there_are(store: Store, max_uses: int) -> None:
    await invite(store, max_uses=max_uses)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(redeemed(store), name=f"guest {n}") for n in range(50)]

    outcomes = [task.result() for task in tasks]
    assert outcomes.count("spent") == 50 - max_uses
    assert outcomes.count(Redeemed("notes", "rw")) == max_uses


async def test_fifty_over_two_stores_get_exactly_the_uses_there_are(path: Path) -> None:
    async with store_at(path) as one, store_at(path) as other:
        await invite(one, max_uses=7)

        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(redeemed(store), name=f"guest {n}")
                for n in range(25)
                for store in (one, other)
            ]

    assert [task.result() for task in tasks].count(Redeemed("notes", "rw")) == 7


async def test_uses_are_counted_across_a_restart(path: Path) -> None:
    async with store_at(path) as store:
        await invite(store)
        await redeemed(store)

    async with store_at(path) as store:
        assert await redeemed(store) == "spent"


async def test_no_code_is_ever_on_the_disk(path: Path, store: Store) -> None:
    await invite(store)
    await redeemed(store)

    stored = b"".join(file.read_bytes() for file in path.parent.iterdir())

    assert b"notes" in stored
    assert CODE.encode() not in stored


async def test_the_same_code_twice_changes_nothing(store: Store) -> None:
    await invite(store)

    with pytest.raises(StorageError):
        await invite(store, max_uses=99)

    assert [await redeemed(store), await redeemed(store)] == [Redeemed("notes", "rw"), "spent"]


def test_new_codes_are_long_and_never_alike() -> None:
    codes = {new_invitation_code() for _ in range(1000)}

    assert len(codes) == 1000
    assert {len(code) for code in codes} == {22}
