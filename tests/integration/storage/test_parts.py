"""What is too large for one transaction is stored in parts, which count when a row names them."""

import asyncio
import functools
from pathlib import Path

import pytest

from collab_server.storage import parts
from collab_server.storage.documents import append_rows
from collab_server.storage.epochs import Anew
from collab_server.storage.errors import CorruptDocument
from collab_server.storage.migrating import bring_up_to_date
from collab_server.storage.store import Store
from collab_server.storage.writer import Writer
from tests.integration.storage.rows import plain, row, store_at

LARGE = bytes(range(256)) * 10_000  # two and a half MiB
OTHER = LARGE[::-1]


def counted(path: Path) -> tuple[int, int]:
    """Return how many parts there are, and how many bytes stand in rows and pieces themselves."""
    with plain(path) as connection:
        (parts_count,) = connection.execute("SELECT count(*) FROM document_parts").fetchone()
        (row_bytes,) = connection.execute(
            "SELECT coalesce((SELECT sum(length(payload)) FROM document_updates), 0)"
            " + coalesce((SELECT sum(length(payload)) FROM document_pieces), 0)"
        ).fetchone()
    return parts_count, row_bytes


async def log_of(store: Store) -> list[bytes]:
    stored = await store.load_document("notes")
    return [] if stored is None else [*stored.pieces, *stored.updates]


async def test_a_staged_update_is_stored_in_parts_and_comes_back_whole(path: Path) -> None:
    async with store_at(path) as store:
        await store.stage(LARGE)
        await store.append([row(1, LARGE)])
        first = counted(path)
    async with store_at(path) as store:
        log = await log_of(store)

    assert first == (3, 0)
    assert log == [LARGE]


async def test_small_ones_before_and_behind_keep_their_numbers(path: Path, store: Store) -> None:
    await store.stage(LARGE)
    await store.stage(OTHER)
    await store.append([row(1, b"a", b"b", LARGE, OTHER, b"c")])
    await store.append([row(6, b"d")])

    assert await log_of(store) == [b"a", b"b", LARGE, OTHER, b"c", b"d"]
    assert counted(path)[0] == 6


async def test_what_was_not_staged_is_stored_all_the_same(path: Path, store: Store) -> None:
    await store.append([row(1, LARGE)])

    assert await log_of(store) == [LARGE]
    assert counted(path)[0] == 0


async def test_others_write_between_the_parts(store: Store) -> None:
    staging = asyncio.create_task(store.stage(bytes(16 * parts.PART_BYTES)), name="staging")
    await asyncio.sleep(0)  # its first part is asked for
    await store.append([row(1, b"small")])
    was_done = staging.done()
    await staging

    assert not was_done


async def test_parts_that_no_row_names_are_no_update_and_swept_at_the_next_start(
    path: Path,
) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"one")])
        await store.stage(LARGE)
        log = await log_of(store)
        before = counted(path)[0]
    async with store_at(path) as store:
        await store.append([row(2, b"two")])
        after = counted(path)[0]
        again = await log_of(store)

    assert (log, again) == ([b"one"], [b"one", b"two"])
    assert (before, after) == (3, 0)


async def test_parts_that_another_server_has_swept_are_written_anew(
    path: Path, store: Store
) -> None:
    await store.stage(LARGE)
    async with store_at(path):
        pass
    await store.append([row(1, LARGE)])

    assert await log_of(store) == [LARGE]


async def test_the_same_twice_is_two_updates(path: Path, store: Store) -> None:
    await store.stage(LARGE)
    await store.stage(LARGE)
    assert counted(path)[0] == 3
    await store.append([row(1, LARGE)])
    await store.stage(LARGE)
    await store.append([row(2, LARGE)])

    assert await log_of(store) == [LARGE, LARGE]
    assert counted(path)[0] == 6


async def test_of_those_that_are_never_appended_only_a_few_are_kept(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MOST_STAGED", 2)
    for number in range(4):
        await store.stage(LARGE + bytes([number]))

    assert counted(path)[0] == 6


async def test_parts_that_a_row_has_come_to_name_are_not_deleted(path: Path) -> None:
    writer = Writer(path, functools.partial(bring_up_to_date, path=path))
    await writer.open()
    apart = parts.Parts(writer)
    await apart.stage(LARGE)
    finding = apart.finding
    assert finding is not None
    named = await writer.run(
        lambda connection: append_rows(connection, [row(1, LARGE)], 0, finding)
    )
    await apart.drop([each.payload_id for each in named])
    await writer.close()

    async with store_at(path) as store:
        assert await log_of(store) == [LARGE]


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM document_parts WHERE part = 1",
        "DELETE FROM document_parts WHERE part = 2",
        "DELETE FROM document_parts",
        "UPDATE document_parts SET payload = x'00' WHERE part = 2",
        "UPDATE document_parts SET payload = 'text' WHERE part = 0",
        "UPDATE document_updates SET payload_id = payload_id + 1",
        "UPDATE document_updates SET payload_id = NULL",
        "UPDATE document_updates SET payload_id = 'text'",
    ],
)
async def test_a_part_that_is_not_what_was_written_makes_no_document(
    path: Path, damage: str
) -> None:
    async with store_at(path) as store:
        await store.stage(LARGE)
        await store.append([row(1, LARGE)])
        with plain(path) as connection:
            connection.execute(damage)

        with pytest.raises(CorruptDocument):
            await store.load_document("notes")


async def test_a_large_merge_is_written_in_parts_and_frees_those_of_its_rows(
    path: Path, store: Store
) -> None:
    await store.stage(LARGE)
    await store.append([row(1, b"small", LARGE)])
    stretch = await store.read_stretch("notes", whole=True)
    assert stretch is not None
    merged = LARGE + OTHER
    await store.replace(stretch, merged, is_collected=False)
    first = counted(path)
    stored = await store.load_document("notes")
    again = await store.read_stretch("notes", whole=True)
    assert again is not None
    await store.replace(again, b"small again", is_collected=True)

    assert stretch.updates == (b"small", LARGE)
    assert stretch.span.size_bytes == len(LARGE) + len(b"\x05small")
    assert stored is not None
    assert stored.pieces == (merged,)
    assert first == (5, 0)
    assert again.span.size_bytes == len(merged)
    assert counted(path) == (0, len(b"small again"))
    assert await log_of(store) == [b"small again"]


async def test_a_history_that_is_begun_anew_leaves_no_parts(path: Path, store: Store) -> None:
    await store.stage(LARGE)
    await store.append([row(1, LARGE)])
    anew = Anew(document="notes", epoch="e2", update=b"new", owners={})
    await store.begin_anew(anew, was=("e1", 1), aside=((1, LARGE),), reason="a test")

    assert counted(path)[0] == 0
    assert await log_of(store) == [b"new"]


async def test_a_damaged_log_in_parts_is_written_anew_and_what_is_left_is_kept_aside(
    path: Path, store: Store
) -> None:
    await store.stage(LARGE)
    await store.append([row(1, LARGE)])
    with plain(path) as connection:
        connection.execute("DELETE FROM document_parts WHERE part = 1")
    rows = await store.write_anew("notes", ("e1", 1), b"from memory", "a part was missing")

    with plain(path) as connection:
        ((aside,),) = connection.execute("SELECT payload FROM document_quarantine").fetchall()
    assert rows == 1
    assert aside == LARGE[: parts.PART_BYTES] + LARGE[2 * parts.PART_BYTES :]
    assert counted(path)[0] == 0
    assert await log_of(store) == [b"from memory"]
