"""The log of documents: what was appended is what is read, or it is an error."""

from dataclasses import replace
from pathlib import Path

import pytest

from collab_server.protocol.updates import PARSER_MARK
from collab_server.storage import documents
from collab_server.storage.documents import StoredDocument, checksum_of
from collab_server.storage.errors import CorruptDocument, OutOfSequence
from collab_server.storage.store import Store, open_store
from tests.integration.storage.rows import plain, row, store_at, url_of


async def test_updates_come_back_raw_and_in_order(store: Store) -> None:
    await store.append([row(1, b"one", b"")])
    await store.append([row(3, b"\x00\xff" * 100_000)])

    stored = await store.load_document("notes")

    assert stored == StoredDocument(
        "e1", 3, (b"one", b"", b"\x00\xff" * 100_000), PARSER_MARK, row_count=2
    )


async def test_a_document_nobody_has_written_is_none(store: Store) -> None:
    assert await store.load_document("notes") is None


async def test_a_batch_goes_to_every_document_of_it(store: Store) -> None:
    await store.append([row(1, b"a", document="notes"), row(1, b"b", document="notes/f/1")])

    first = await store.load_document("notes")
    second = await store.load_document("notes/f/1")

    assert first
    assert first.updates == (b"a",)
    assert second
    assert second.updates == (b"b",)


async def test_what_was_stored_is_there_after_reopening(path: Path) -> None:
    async with store_at(path) as store:
        await store.append([row(1, "naïve 😀".encode())])

    async with store_at(path) as store:
        stored = await store.load_document("notes")

    assert stored
    assert stored.updates == ("naïve 😀".encode(),)


async def test_the_log_goes_on_after_reopening(path: Path) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"one")])

    async with store_at(path) as store:
        await store.append([row(2, b"two")])
        stored = await store.load_document("notes")

    assert stored
    assert stored.updates == (b"one", b"two")


@pytest.mark.parametrize("seq_from", [1, 2, 4, 9])
async def test_a_row_that_does_not_follow_is_refused(store: Store, seq_from: int) -> None:
    await store.append([row(1, b"one", b"two")])

    with pytest.raises(OutOfSequence, match="at update 2"):
        await store.append([row(seq_from, b"other")])

    stored = await store.load_document("notes")
    assert stored
    assert stored.updates == (b"one", b"two")


async def test_a_document_begins_with_its_first_update(store: Store) -> None:
    with pytest.raises(OutOfSequence):
        await store.append([row(2, b"two")])

    assert await store.load_document("notes") is None


async def test_another_epoch_is_refused(store: Store) -> None:
    await store.append([row(1, b"one")])

    with pytest.raises(OutOfSequence, match="begun anew"):
        await store.append([row(2, b"two", epoch="e2")])


async def test_of_a_batch_that_fails_nothing_is_stored(store: Store) -> None:
    await store.append([row(1, b"one")])

    with pytest.raises(OutOfSequence):
        await store.append([row(1, b"b", document="other"), row(9, b"nine")])

    assert await store.load_document("other") is None


async def test_whoever_gets_the_key_of_a_document_that_was_not_stored_keeps_its_own_log(
    store: Store,
) -> None:
    await store.append([row(1, b"one")])
    with pytest.raises(OutOfSequence):
        await store.append([row(1, b"lost", document="undone"), row(9, b"nine")])

    await store.append([row(1, b"a", document="next")])
    await store.append([row(1, b"b", document="undone")])
    await store.append([row(2, b"c", document="undone"), row(2, b"d", document="next")])

    stored = [await store.load_document(name) for name in ("next", "undone")]
    assert [log.updates for log in stored if log] == [(b"a", b"d"), (b"b", b"c")]


async def test_more_documents_than_are_kept_at_hand_go_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MOST_IDS", 2)
    names = ("a", "b", "c")
    await store.append([row(1, b"one", document=name) for name in names])

    await store.append([row(2, b"two", document=name) for name in names])

    stored = [await store.load_document(name) for name in names]
    assert [log.updates for log in stored if log] == [(b"one", b"two")] * 3


async def test_a_refused_batch_does_not_stop_the_next_one(store: Store) -> None:
    with pytest.raises(OutOfSequence):
        await store.append([row(2, b"two")])

    await store.append([row(1, b"one")])

    stored = await store.load_document("notes")
    assert stored
    assert stored.updates == (b"one",)


async def test_rows_say_who_wrote_them(path: Path, store: Store) -> None:
    await store.append([row(1, b"one", authors=("7", "guest:Zoë"))])

    with plain(path) as connection:
        found = connection.execute("SELECT authors, parser_mark FROM document_updates").fetchall()

    assert found == [('["7","guest:Zoë"]', PARSER_MARK)]


DAMAGES = {
    "a byte changed": "UPDATE document_updates SET payload = x'0378797a' WHERE seq_from = 2",
    "a byte missing": "UPDATE document_updates SET payload = x'0374' WHERE seq_from = 2",
    "an empty row": "UPDATE document_updates SET payload = x'' WHERE seq_from = 2",
    "another row's content": "UPDATE document_updates SET (payload, checksum) = (SELECT payload,"
    " checksum FROM document_updates WHERE seq_from = 1) WHERE seq_from = 2",
    "another kind of value": "UPDATE document_updates SET payload = 'two' WHERE seq_from = 2",
    "no checksum": "UPDATE document_updates SET checksum = 'none' WHERE seq_from = 2",
    "another length": "UPDATE document_updates SET seq_to = 3 WHERE seq_from = 2",
    "a mark of no kind": "UPDATE document_updates SET parser_mark = 'new' WHERE seq_from = 2",
    "the first row gone": "DELETE FROM document_updates WHERE seq_from = 1",
    "a row gone": "DELETE FROM document_updates WHERE seq_from = 2",
    "the last row gone": "DELETE FROM document_updates WHERE seq_from = 3",
    "all rows gone": "DELETE FROM document_updates",
    "a row too many": "UPDATE documents SET last_seq = 2",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
async def test_a_damaged_log_is_an_error_and_never_less_text(path: Path, damage: str) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"one")])
        await store.append([row(2, b"two")])
        await store.append([row(3, b"three"), row(1, b"well", document="other")])
    with plain(path) as connection:
        connection.execute(damage)

    async with store_at(path) as store:
        with pytest.raises(CorruptDocument) as caught:
            await store.load_document("notes")

    assert caught.value.document == "notes"
    assert "damaged" in caught.value.reason
    assert str(path.parent) not in caught.value.reason


@pytest.mark.parametrize(
    "payload",
    [b"\x05one", b"\xff" * 20, b"\x03one\x03two", b""],
    ids=["cut", "odd", "more", "none"],
)
async def test_a_row_of_another_form_is_an_error_whatever_its_checksum(
    path: Path, payload: bytes
) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"one")])
    with plain(path) as connection:
        connection.execute(
            "UPDATE document_updates SET payload = ?, checksum = ?",
            (payload, checksum_of(1, 1, payload)),
        )

    async with store_at(path) as store:
        with pytest.raises(CorruptDocument, match="are not all there"):
            await store.load_document("notes")


async def test_a_damaged_document_harms_no_other(path: Path) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"one"), row(1, b"well", document="other")])
    with plain(path) as connection:
        connection.execute("UPDATE document_updates SET payload = x'00' WHERE document_id = 1")

    async with store_at(path) as store:
        with pytest.raises(CorruptDocument):
            await store.load_document("notes")
        other = await store.load_document("other")

    assert other
    assert other.updates == (b"well",)


async def test_the_lowest_parser_mark_of_a_log_is_told(path: Path) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"one")])
        await store.append([row(2, b"two")])
    with plain(path) as connection:
        connection.execute("UPDATE document_updates SET parser_mark = 0 WHERE seq_from = 2")

    async with store_at(path) as store:
        stored = await store.load_document("notes")

    assert stored
    assert stored.parser_mark == 0


async def test_author_ids_come_back_with_their_users(path: Path) -> None:
    async with store_at(path) as store:
        await store.append([row(1, new_authors=((2**53 - 1, "ada"), (2, "bob")))])
        await store.append([row(2, new_authors=((3, "ada"),))])
        await store.append([row(1, document="other", new_authors=((2, "cid"),))])

    async with store_at(path) as store:
        stored = await store.load_document("notes")

    assert stored
    assert stored.owners == {2**53 - 1: "ada", 2: "bob", 3: "ada"}
    assert stored.former_authors == frozenset()


async def test_author_ids_of_another_epoch_are_former_ones(path: Path) -> None:
    async with store_at(path) as store:
        await store.append([row(1, new_authors=((1, "ada"),))])
    with plain(path) as connection:
        connection.execute("UPDATE documents SET epoch = 'e2'")

    async with store_at(path) as store:
        await store.append([row(2, epoch="e2", new_authors=((2, "ada"),))])
        stored = await store.load_document("notes")

    assert stored
    assert (stored.owners, stored.former_authors) == ({2: "ada"}, frozenset({1}))


async def test_a_clock_that_is_set_back_changes_no_order(path: Path) -> None:
    times = iter([2_000_000_000.0, 1_000_000_000.0, 0.0])
    store = await open_store(url_of(path), clock=lambda: next(times))
    for seq in (1, 2, 3):
        await store.append([row(seq, b"update %d" % seq)])
    stored = await store.load_document("notes")
    await store.close()

    assert stored
    assert stored.updates == (b"update 1", b"update 2", b"update 3")


async def test_a_document_may_begin_empty_and_goes_on_in_the_same_epoch(path: Path) -> None:
    async with store_at(path) as store:
        await store.append([replace(row(1), updates=())])
        await store.append([replace(row(1), updates=())])  # said twice
        empty = await store.load_document("notes")
        with pytest.raises(OutOfSequence):
            await store.append([row(1, epoch="e2")])
        await store.append([row(1, b"one")])
        stored = await store.load_document("notes")

    assert empty is not None
    assert stored is not None
    assert (empty.epoch, empty.last_seq, empty.updates) == ("e1", 0, ())
    assert (stored.epoch, stored.last_seq, stored.updates) == ("e1", 1, (b"one",))
