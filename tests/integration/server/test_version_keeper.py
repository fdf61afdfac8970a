"""Versions that are made by themselves."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from collab_server.core.effects import DocumentAppend
from collab_server.protocol.names import parse_document
from collab_server.storage.store import open_store
from collab_server.transport.version_calls import EVERY_S, VersionKeeper
from collab_server.transport.workers import Workers
from tests.eventually import eventually
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")


class Keeping:
    """A store with one document, and what makes versions of it."""

    def __init__(self, store, tasks, workers) -> None:
        self.now_s = 0.0
        self.store = store
        self.writer = Writer()
        self.pieces: list[bytes] = []
        self.beacons: list[tuple[bytes, str]] = []
        self.keeper = VersionKeeper(
            store.versions,
            workers,
            tasks,
            clock=lambda: self.now_s,
            after=lambda _, state, text_sha256: self.beacons.append((state, text_sha256)),
        )

    async def write(self, text: str, user: str = "ada") -> None:
        update = self.writer.insert(0, text)
        append = DocumentAppend(NOTES, "e1", len(self.pieces) + 1, (update,), (user,))
        await self.store.append([append])
        self.pieces.append(update)
        self.keeper.changed(append, lambda _: self.pieces)

    async def texts(self) -> list[tuple[str, tuple[str, ...]]]:
        return [
            (await self.store.versions.text(NOTES, version.version), version.users)
            for version in await self.store.versions.list(NOTES)
        ]


@pytest.fixture
async def keeping(tmp_path: Path):
    store = await open_store(f"sqlite:///{tmp_path / 'collab.db'}")
    workers = Workers()
    async with asyncio.TaskGroup() as tasks:
        scene = Keeping(store, tasks, workers)
        yield scene
        scene.keeper.stop()
    await workers.close()
    await store.close()


async def made(keeping: Keeping, count: int) -> None:
    """Wait until there are so many versions."""
    async with asyncio.timeout(30):
        while len(await keeping.store.versions.list(NOTES)) < count:
            pass


async def test_a_document_that_rests_leaves_a_version_with_who_changed_it(keeping) -> None:
    await keeping.write("one ")
    await keeping.write("two ", "bob")

    keeping.keeper.rests(NOTES, keeping.pieces)
    await made(keeping, 1)

    assert await keeping.texts() == [("two one ", ("ada", "bob"))]


async def test_a_document_that_nobody_changed_leaves_none(keeping) -> None:
    await keeping.write("one ")
    keeping.keeper.rests(NOTES, keeping.pieces)
    await made(keeping, 1)

    keeping.keeper.rests(NOTES, keeping.pieces)
    await keeping.write("two ")
    keeping.keeper.rests(NOTES, keeping.pieces)
    await made(keeping, 2)

    assert await keeping.texts() == [("two one ", ("ada",)), ("one ", ("ada",))]


async def test_a_text_that_is_changed_for_long_leaves_one_now_and_then(keeping) -> None:
    await keeping.write("one ")
    keeping.now_s = EVERY_S - 1
    await keeping.write("two ")
    keeping.now_s = EVERY_S
    await keeping.write("three ")
    await made(keeping, 1)

    assert await keeping.texts() == [("three two one ", ("ada",))]
    assert keeping.beacons == [
        (keeping.writer.state, hashlib.sha256(b"three two one ").hexdigest())
    ]


@pytest.mark.allow_warnings
async def test_what_cannot_be_read_is_left_out(keeping, caplog: pytest.LogCaptureFixture) -> None:
    await keeping.write("one ")

    keeping.keeper.rests(NOTES, [b"no update at all"])
    await eventually(lambda: f"no version of {NOTES} could be made" in caplog.text)

    assert await keeping.texts() == []
