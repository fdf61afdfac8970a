"""Rooms and grants."""

from pathlib import Path

import pytest

from collab_server.core.permissions import CLOSED
from collab_server.protocol.names import parse_room
from collab_server.storage.errors import InvitationRefused, RoomTaken
from collab_server.storage.rooms import CLOSED_PERM, StoredRoom
from collab_server.storage.store import Store
from tests.integration.storage.rows import store_at


async def test_who_makes_a_room_may_do_everything_in_it(store: Store) -> None:
    await store.entry.create_room("notes", "7")

    assert await store.entry.grants_for("7", "notes") == "rwhmo"


@pytest.mark.parametrize(("user", "room"), [("8", "notes"), ("7", "note"), ("7", "notes2")])
async def test_nobody_else_may_do_anything(store: Store, user: str, room: str) -> None:
    await store.entry.create_room("notes", "7")

    assert await store.entry.grants_for(user, room) == ""


async def test_a_room_that_is_taken_stays_its_owners(store: Store) -> None:
    await store.entry.create_room("notes", "7")

    with pytest.raises(RoomTaken):
        await store.entry.create_room("notes", "8")

    assert await store.entry.grants_for("8", "notes") == ""


async def test_making_ones_own_room_again_changes_nothing(store: Store) -> None:
    await store.entry.create_room("notes", "7")
    await store.entry.create_room("notes", "7")

    assert await store.entry.grants_for("7", "notes") == "rwhmo"


async def test_rooms_outlive_a_restart(path: Path) -> None:
    async with store_at(path) as store:
        await store.entry.create_room("notes", "guest:Zoë")

    async with store_at(path) as store:
        assert await store.entry.grants_for("guest:Zoë", "notes") == "rwhmo"


async def test_putting_a_room_replaces_its_grants_and_keeps_its_owner(store: Store) -> None:
    await store.entry.create_room("codexpro_project_7", "ada")
    await store.entry.put_room("codexpro_project_7", None, {"bob": "rw", "eve": "r"})

    room = await store.entry.put_room("codexpro_project_7", None, {"bob": "r", "eve": ""})

    assert room == StoredRoom("ada", {"ada": "rwhmo", "bob": "r"})
    assert await store.entry.room("codexpro_project_7") == room
    assert await store.entry.grants_for("eve", "codexpro_project_7") == ""


async def test_a_new_owner_takes_the_old_ones_place(store: Store) -> None:
    await store.entry.create_room("codexpro_project_7", "ada")

    room = await store.entry.put_room("codexpro_project_7", "grace", {})

    assert room == StoredRoom("grace", {"grace": "rwhmo"})
    assert await store.entry.grants_for("ada", "codexpro_project_7") == ""


async def test_a_room_may_have_grants_and_no_owner(store: Store) -> None:
    assert await store.entry.room("ocr_job_5") is None

    await store.entry.put_room("ocr_job_5", None, {"ada": "r"})

    assert await store.entry.room("ocr_job_5") == StoredRoom(None, {"ada": "r"})


async def test_what_others_commit_is_told_from_what_the_store_writes_itself(
    store: Store, path: Path
) -> None:
    first = await store.rooms.version_of_others()
    await store.entry.put_room("codexpro_project_7", "ada", {"bob": "r"})
    after_own = await store.rooms.version_of_others()
    async with store_at(path) as other:
        await other.entry.put_room("codexpro_project_7", "ada", {"bob": "rw"})

    after_other = await store.rooms.version_of_others()
    found = await store.rooms.grants_of([parse_room("codexpro_project_7"), parse_room("chat_a")])

    assert first == after_own != after_other
    assert found == {
        "codexpro_project_7": StoredRoom("ada", {"ada": "rwhmo", "bob": "rw"}),
        "chat_a": StoredRoom(None, {}),
    }


async def test_a_closed_room_grants_nothing_until_it_is_put_again(store: Store) -> None:
    room = parse_room("codexpro_project_7")
    await store.entry.create_room(room, "ada")
    await store.entry.create_invitation(
        code="c" * 32, room=room, perm="rw", expires_at_s=2**40, max_uses=5, created_by="ada"
    )

    await store.rooms.close_room(room, "ada")
    await store.rooms.close_room(room, "ada")

    assert await store.entry.grants_for("ada", room) == CLOSED_PERM == CLOSED
    assert await store.entry.room(room) == StoredRoom("ada", {"ada": "rwhmo"}, is_closed=True)
    with pytest.raises(InvitationRefused):
        await store.entry.redeem_invitation("c" * 32, now_s=0)
    await store.entry.put_room(room, None, {"bob": "r"})
    assert await store.entry.grants_for("ada", room) == "rwhmo"
    assert await store.entry.grants_for("bob", room) == "r"


async def test_a_room_that_nobody_made_can_be_closed(store: Store) -> None:
    await store.rooms.close_room(parse_room("chat_loud"), "ada")

    assert await store.entry.room("chat_loud") == StoredRoom(None, {}, is_closed=True)
