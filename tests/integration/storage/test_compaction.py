"""Pieces take the place of rows, and at no moment is anything held by one unread copy."""

import asyncio
from pathlib import Path

import pytest

from collab_server.storage import compaction
from collab_server.storage.compaction import (
    MOST_BYTES_A_MERGE,
    ROWS_A_PIECE,
    Span,
    first_to_merge,
)
from collab_server.storage.errors import CorruptDocument, OutOfSequence, StoreError
from collab_server.storage.store import Store
from tests.integration.storage.rows import plain, row, store_at


def spans(*sizes: int, begin: int = 1) -> list[Span]:
    return [Span(begin + at, begin + at, size) for at, size in enumerate(sizes)]


MANY = spans(*[10] * ROWS_A_PIECE, begin=100)


def test_few_rows_are_left_alone() -> None:
    assert first_to_merge([], MANY[1:], whole=False) is None
    assert first_to_merge(spans(1, 1, 1), MANY[1:], whole=False) is None


def test_many_rows_become_a_piece_of_their_own_behind_a_large_one() -> None:
    assert first_to_merge(spans(4001), MANY, whole=False) == 1


def test_pieces_that_are_not_much_larger_are_merged_with_them() -> None:
    assert first_to_merge(spans(100_000, 12_001, 4000), MANY, whole=False) == 2
    assert first_to_merge(spans(100_000, 12_000, 4000), MANY, whole=False) == 1
    assert first_to_merge(spans(36_000, 12_000, 4000), MANY, whole=False) == 0


def test_a_byte_is_merged_only_as_often_as_the_log_has_doubled() -> None:
    pieces: list[Span] = []
    merged_bytes = 0
    for _ in range(1000):
        first = first_to_merge(pieces, MANY, whole=False)
        assert first is not None
        size = sum(span.size_bytes for span in (*pieces[first:], *MANY))
        merged_bytes += size
        pieces[first:] = [Span(1, 1, size)]

    assert len(pieces) < 12
    assert merged_bytes < 12 * 1000 * 2000


def test_of_a_log_that_rests_everything_is_merged() -> None:
    assert first_to_merge(spans(100_000, 5), MANY[:1], whole=True) == 0
    assert first_to_merge([], [], whole=True) is None


def test_a_few_large_rows_are_many() -> None:
    assert first_to_merge([], spans(*[40_000] * 4), whole=False) is None
    assert first_to_merge([], spans(*[40_000] * 5), whole=False) == 0


async def filled(store: Store, rows: int = 5) -> None:
    for seq in range(1, rows + 1):
        await store.append([row(seq, b"update %d" % seq)])


async def merge(store: Store, payload: bytes = b"merged", **options: bool) -> None:
    stretch = await store.read_stretch("notes", whole=True)
    assert stretch
    await store.replace(stretch, payload, is_collected=options.get("is_collected", False))


async def test_a_piece_takes_the_place_of_its_rows(path: Path) -> None:
    async with store_at(path) as store:
        await filled(store)
        stretch = await store.read_stretch("notes", whole=True)
        assert stretch
        await store.append([row(6, b"meanwhile")])
        await store.replace(stretch, b"merged", is_collected=False)

    async with store_at(path) as store:
        stored = await store.load_document("notes")

    assert stretch.updates == tuple(b"update %d" % seq for seq in range(1, 6))
    assert stored
    assert (stored.pieces, stored.updates, stored.last_seq) == ((b"merged",), (b"meanwhile",), 6)
    assert (stored.row_count, stored.is_collected) == (1, False)
    with plain(path) as connection:
        assert connection.execute("SELECT count(*) FROM document_updates").fetchone() == (1,)


async def test_what_is_appended_goes_on_behind_the_piece(store: Store) -> None:
    await filled(store)
    await merge(store)

    await store.append([row(6, b"more")])
    stored = await store.load_document("notes")

    assert stored
    assert (stored.pieces, stored.updates, stored.last_seq) == ((b"merged",), (b"more",), 6)


async def test_pieces_and_rows_are_merged_into_one_piece(store: Store) -> None:
    await filled(store)
    await merge(store, b"first")
    await store.append([row(6, b"more")])

    stretch = await store.read_stretch("notes", whole=True)
    assert stretch
    await store.replace(stretch, b"second", is_collected=True)

    assert (stretch.merged, stretch.updates, stretch.is_whole) == ((b"first",), (b"more",), True)
    stored = await store.load_document("notes")
    assert stored
    assert (stored.pieces, stored.updates, stored.last_seq) == ((b"second",), (), 6)
    assert stored.is_collected


async def test_of_much_that_came_at_once_a_part_is_read_at_a_time(store: Store) -> None:
    large = [bytes((letter,)) * (MOST_BYTES_A_MERGE // 3) for letter in b"abcd"]
    for seq, update in enumerate(large, 1):
        await store.append([row(seq, update)])

    first = await store.read_stretch("notes")
    assert first
    await store.replace(first, b"first", is_collected=False)
    second = await store.read_stretch("notes")
    assert second

    assert (first.updates, first.is_whole) == (tuple(large[:2]), True)
    assert (second.merged, second.updates) == ((b"first",), tuple(large[2:]))


async def test_what_is_larger_than_a_part_is_read_alone(store: Store) -> None:
    large = b"x" * (MOST_BYTES_A_MERGE + 1)
    await store.append([row(1, large)])
    await store.append([row(2, b"small")])

    stretch = await store.read_stretch("notes")

    assert stretch
    assert stretch.updates == (large,)


async def test_a_piece_may_be_replaced_by_one_of_the_same_place(store: Store) -> None:
    await filled(store)
    await merge(store, b"first")

    await merge(store, b"smaller", is_collected=True)

    stored = await store.load_document("notes")
    assert stored
    assert (stored.pieces, stored.is_collected) == ((b"smaller",), True)


async def test_a_short_log_and_no_log_have_nothing_to_merge(store: Store) -> None:
    await filled(store)

    assert await store.read_stretch("notes") is None
    assert await store.read_stretch("nothing", whole=True) is None


async def test_a_crash_before_the_piece_counts_leaves_the_rows(path: Path) -> None:
    async with store_at(path) as store:
        await filled(store)
        stretch = await store.read_stretch("notes", whole=True)
        assert stretch
    with plain(path) as connection:
        compaction.add_piece(connection, stretch, b"half way", is_collected=False, now_ms=0)

    async with store_at(path) as store:
        before = await store.load_document("notes")
        await merge(store, b"merged")
        after = await store.load_document("notes")

    assert before
    assert (before.pieces, len(before.updates)) == ((), 5)
    assert after
    assert after.pieces == (b"merged",)
    with plain(path) as connection:
        assert connection.execute("SELECT count(*) FROM document_pieces").fetchone() == (1,)


async def test_two_who_merge_the_same_do_it_once(store: Store) -> None:
    await filled(store)
    stretch = await store.read_stretch("notes", whole=True)
    assert stretch
    await store.replace(stretch, b"merged", is_collected=False)

    with pytest.raises((OutOfSequence, StoreError)):
        await store.replace(stretch, b"again", is_collected=False)

    stored = await store.load_document("notes")
    assert stored
    assert stored.pieces == (b"merged",)


async def test_a_history_that_was_begun_anew_is_left_alone(path: Path) -> None:
    async with store_at(path) as store:
        await filled(store)
        stretch = await store.read_stretch("notes", whole=True)
        assert stretch
        with plain(path) as connection:
            connection.execute("UPDATE documents SET epoch = 'e2'")

        with pytest.raises(OutOfSequence, match="begun anew"):
            await store.replace(stretch, b"merged", is_collected=False)


async def test_a_piece_that_reads_back_differently_never_counts(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(store)
    monkeypatch.setattr(compaction, "checksum_of", lambda *_: b"another checksum")

    with pytest.raises(CorruptDocument, match="differ from their checksum"):
        await merge(store)

    stored = await store.load_document("notes")
    assert stored
    assert (stored.pieces, len(stored.updates)) == ((), 5)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("UPDATE document_pieces SET payload = x'00'", "differ from their checksum"),
        ("UPDATE document_pieces SET seq_from = 2", "update 1 is missing"),
        ("UPDATE document_pieces SET payload = 'text'", "of no known form"),
        ("DELETE FROM document_pieces", "update 1 is missing"),
        ("UPDATE document_pieces SET is_verified = 0", "update 1 is missing"),
    ],
)
async def test_a_damaged_piece_is_no_document(path: Path, damage: str, says: str) -> None:
    async with store_at(path) as store:
        await filled(store)
        await merge(store)
        await store.append([row(6, b"more")])
    with plain(path) as connection:
        connection.execute(damage)

    async with store_at(path) as store:
        with pytest.raises(CorruptDocument, match=says):
            await store.load_document("notes")
        with pytest.raises(CorruptDocument, match=says):
            await store.read_stretch("notes", whole=True)


async def test_merging_and_appending_at_once_lose_nothing(path: Path) -> None:
    count = 400

    async def append(store: Store) -> None:
        for seq in range(1, count + 1):
            await store.append([row(seq, b"%d " % seq)])

    async with store_at(path) as store:
        async with asyncio.TaskGroup() as tasks:
            appending = tasks.create_task(append(store), name="append")
            while not appending.done():
                await asyncio.sleep(0)
                if stretch := await store.read_stretch("notes", whole=True):
                    payload = b"".join((*stretch.merged, *stretch.updates))
                    await store.replace(stretch, payload, is_collected=False)
        stored = await store.load_document("notes")

    assert stored
    assert b"".join((*stored.pieces, *stored.updates)) == b"".join(
        b"%d " % seq for seq in range(1, count + 1)
    )
