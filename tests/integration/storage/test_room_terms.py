"""What holds in one room beside rights, in a real database."""

from pathlib import Path

import pytest
from msgspec import UNSET

from collab_server.core.permissions import CLOSED
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_facts import NewEvent, NewTerms, RoomTerms
from collab_server.storage import passwords
from collab_server.storage.store import Store
from tests.integration.storage.rows import store_at

ROOM = parse_room("proshare_room_X7K2")
PASSWORD = "correct horse"


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_nothing_holds_in_a_room_of_which_nothing_was_said(store: Store) -> None:
    assert await store.rooms.terms_of(ROOM) == RoomTerms()
    assert await store.rooms.check_password(ROOM, "bob", "") is None


async def test_terms_outlive_a_restart_and_change_one_by_one(tmp_path: Path) -> None:
    async with store_at(tmp_path / "collab.db") as store:
        await store.rooms.set_terms(ROOM, NewTerms(password=PASSWORD, max_users=3, keep_s=60))
    async with store_at(tmp_path / "collab.db") as store:
        kept = await store.rooms.terms_of(ROOM)
        changed = await store.rooms.set_terms(
            ROOM, NewTerms(password=UNSET, max_users=None, expires_at_s=2**40)
        )
        granted = await store.rooms.check_password(ROOM, "bob", PASSWORD)
        gone = await store.rooms.set_terms(ROOM, NewTerms(password=None))

    assert kept == RoomTerms(has_password=True, max_users=3, keep_s=60)
    assert changed == RoomTerms(has_password=True, expires_at_s=2**40, keep_s=60)
    assert granted == "rwh"
    assert not gone.has_password


async def test_the_password_itself_is_nowhere_in_the_file(tmp_path: Path) -> None:
    async with store_at(tmp_path / "collab.db") as store:
        await store.rooms.set_terms(ROOM, NewTerms(password=PASSWORD))
        wrong = await store.rooms.check_password(ROOM, "bob", PASSWORD.upper())
        right = await store.rooms.check_password(ROOM, "bob", PASSWORD)
        again = await store.entry.grants_for("bob", ROOM)

    assert (wrong, right, again) == (None, "rwh", "rwh")
    assert PASSWORD.encode() not in everything_in(tmp_path)


async def test_who_is_granted_more_keeps_it_and_a_ban_stays(store: Store) -> None:
    await store.rooms.set_terms(ROOM, NewTerms(password=PASSWORD))
    await store.rooms.change_grant(ROOM, "ada", "rwhm")
    await store.rooms.change_grant(ROOM, "eve", "-")

    granted = [await store.rooms.check_password(ROOM, user, PASSWORD) for user in ("ada", "eve")]

    assert granted == ["rwhm", "-"]


async def test_a_room_that_is_over_is_closed_to_everybody(store: Store) -> None:
    await store.entry.put_room(ROOM, "ada", {"bob": "rw"})
    await store.rooms.set_terms(ROOM, NewTerms(expires_at_s=1))

    shown = await store.entry.room(ROOM)
    put = await store.entry.put_room(ROOM, None, {"bob": "rw"})

    assert await store.entry.grants_for("ada", ROOM) == CLOSED
    assert shown is not None
    assert (shown.is_closed, put.is_closed) == (True, True)


@pytest.mark.parametrize("terms", [NewTerms(keep_s=60), NewTerms(expires_at_s=1)])
async def test_what_was_said_there_is_deleted_from_the_disk(store: Store, terms: NewTerms) -> None:
    said = NewEvent(kind="message", room=ROOM, user_id="ada", at_ms=1, message=b'"old"')
    other = NewEvent(
        kind="message", room=parse_room("chat_x"), user_id="ada", at_ms=1, message=b'"kept"'
    )
    await store.rooms.store_events([said, other], epoch="e")
    await store.rooms.set_terms(ROOM, terms)

    await store.rooms.forget_old(())
    await store.rooms.set_terms(ROOM, NewTerms(keep_s=None, expires_at_s=None))

    pages = [
        await store.rooms.history(room, before=None, after=None, limit=10)
        for room in (ROOM, other.room)
    ]
    assert [len(page.messages) for page in pages] == [0, 1]


def test_a_hash_says_how_it_was_made_and_two_are_never_alike() -> None:
    first, second = (passwords.hash_password(PASSWORD) for _ in range(2))

    assert first.startswith("scrypt$16384$8$5$")
    assert first != second
    assert passwords.is_password(PASSWORD, first)
    assert not passwords.is_password(PASSWORD + "!", first)
