"""Versions are texts as they were: kept when named, thinned out when not."""

from itertools import pairwise
from pathlib import Path

import pytest

from collab_server.storage import versions
from collab_server.storage.errors import CorruptDocument, UnknownVersion
from collab_server.storage.store import Store, open_store
from collab_server.storage.versions import NewVersion, StoredVersion, closest
from tests.integration.storage.rows import plain, row, store_at, url_of

NOW_S = 1_800_000_000.0


async def kept(store: Store, text: str, **more: object) -> int:
    return await store.versions.add(NewVersion("notes", text, **more))  # pyright: ignore[reportArgumentType]


async def begun(store: Store) -> None:
    await store.append([row(1, b"one", b"two")])


async def test_a_text_comes_back_as_it_was(path: Path) -> None:
    async with store_at(path) as store:
        await begun(store)
        version = await kept(store, "naïve 😀\n" * 1000)

    async with store_at(path) as store:
        assert await store.versions.text("notes", version) == "naïve 😀\n" * 1000


async def test_versions_are_listed_newest_first_with_who_and_when(path: Path) -> None:
    store = await open_store(url_of(path), clock=lambda: NOW_S)
    await begun(store)
    first = await kept(store, "one", users=("bob", "ada"))
    second = await kept(store, "two", name="Second", made_by="ada")

    listed = await store.versions.list("notes")
    await store.close()

    now_ms = int(NOW_S * 1000)
    assert listed == [
        StoredVersion(second, now_ms, 2, "Second", "ada", ()),
        StoredVersion(first, now_ms, 2, None, None, ("ada", "bob")),
    ]


async def test_the_same_text_is_kept_once(store: Store) -> None:
    await begun(store)
    first = await kept(store, "one")

    assert await kept(store, "one") == first
    assert await kept(store, "one", name="Named") == first
    assert await kept(store, "one") == first
    assert await kept(store, "one", name="Again") != first
    assert [version.name for version in await store.versions.list("notes")] == ["Again", "Named"]


async def test_a_version_is_named_later(store: Store) -> None:
    await begun(store)
    version = await kept(store, "one")

    await store.versions.name("notes", version, "First")

    assert [version.name for version in await store.versions.list("notes")] == ["First"]


async def test_there_is_nothing_of_an_unknown_document_or_version(store: Store) -> None:
    await begun(store)
    await store.append([row(1, document="other")])
    version = await kept(store, "one")

    assert await store.versions.list("nothing") == []
    with pytest.raises(UnknownVersion):
        await store.versions.add(NewVersion("nothing", "text"))
    for document, number in (("notes", version + 1), ("other", version)):
        with pytest.raises(UnknownVersion):
            await store.versions.text(document, number)
        with pytest.raises(UnknownVersion):
            await store.versions.name(document, number, "Name")


@pytest.mark.parametrize("damage", ["payload = x'00'", "payload = 'text'", "checksum = x'00'"])
async def test_a_damaged_version_is_no_text(path: Path, damage: str) -> None:
    async with store_at(path) as store:
        await begun(store)
        version = await kept(store, "one")
    with plain(path) as connection:
        connection.execute(f"UPDATE document_versions SET {damage}")

    async with store_at(path) as store:
        with pytest.raises(CorruptDocument, match=f"version {version}"):
            await store.versions.text("notes", version)


async def test_unnamed_versions_are_thinned_out_where_they_are_closest(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "MOST_UNNAMED", 12)
    now_s = 0.0
    store = await open_store(url_of(path), clock=lambda: now_s)
    await begun(store)
    await kept(store, "named", name="Named")
    for number in range(40):
        now_s += 1000.0 if number == 5 else 1.0
        await kept(store, str(number))

    listed = await store.versions.list("notes")
    texts = [await store.versions.text("notes", version.version) for version in listed]
    await store.close()

    assert len(listed) == 13
    assert texts[-1] == "named"
    assert texts[-2] == "0"
    assert texts[:10] == [str(number) for number in range(39, 29, -1)]


def test_the_closest_moment_is_never_the_first_or_the_last() -> None:
    assert closest([0, 1, 100, 101, 102, 200]) == 3
    assert closest([0, 100, 101]) == 1


async def test_a_clock_that_is_set_back_costs_no_run_of_versions(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "MOST_UNNAMED", 25)
    now_s = 1_000_000.0
    store = await open_store(url_of(path), clock=lambda: now_s)
    await begun(store)
    for number in range(20):
        now_s += 600.0 if number != 10 else -7200.0
        await kept(store, f"hour {number}")
    for number in range(15):
        now_s += 60.0
        await kept(store, f"minute {number}")

    listed = await store.versions.list("notes")
    texts = [await store.versions.text("notes", version.version) for version in listed]
    await store.close()

    assert len(texts) == 25
    hours = [int(text[5:]) for text in texts if "hour" in text]
    assert max(newer - older for newer, older in pairwise(hours)) <= 2
    assert len(hours) == 15
    assert texts[0] == "minute 14"
