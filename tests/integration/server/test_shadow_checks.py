"""Live documents are compared with the store, and what is wrong is put right and kept aside."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

from collab_server.core.effects import DocumentAppend
from collab_server.protocol import documents as frames
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.sync import SyncStep2
from collab_server.protocol.updates import encode_text, parse_update
from collab_server.storage.errors import OutOfSequence, StoreClosed
from collab_server.storage.store import open_store
from collab_server.transport import shadow_checks
from collab_server.transport.jobs import MERGE
from collab_server.transport.shadow_checks import EVERY_S, ShadowChecks, Snapshot
from collab_server.transport.workers import Workers
from tests.eventually import eventually
from tests.integration.server.shell import NOTES, Scene, messages_of, open_notes, running_shell
from tests.support.hub_world import decoded
from tests.support.writer import Writer
from tests.unit.collab_server.transport.peer import Peer, binary

pytestmark = pytest.mark.allow_warnings


def aside(database: Path) -> list[tuple[int, str, str, bytes]]:
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT seq, reason, authors, payload FROM document_quarantine ORDER BY id"
        ).fetchall()
    connection.close()
    return rows


class Checking:
    """A store with one document, what of it is in memory, and what compares the two."""

    def __init__(self, database: Path, store, workers, tasks) -> None:
        self.database = database
        self.store = store
        self.workers = workers
        self.now_s = 0.0
        self.writer = Writer()
        self.pieces: list[bytes] = []
        self.known = KnownState()
        self.is_settled = True
        self.asked = 0
        self.suspected: list[str] = []
        self.renewed: list[str] = []
        self.checks = ShadowChecks(
            store,
            workers,
            tasks,
            snapshot=self._snapshot,
            suspect=lambda _, reason: self.suspected.append(reason),
            renew=lambda _, reason: self.renewed.append(reason),
            clock=lambda: self.now_s,
        )

    def _snapshot(self, _: str) -> Snapshot | None:
        self.asked += 1
        if not self.is_settled:
            return None
        return Snapshot("e1", len(self.pieces), self.known.digest(), tuple(self.pieces))

    async def write(self, text: str) -> None:
        await self.take(self.writer.insert(0, text))

    async def take(self, update: bytes) -> None:
        append = DocumentAppend(NOTES, "e1", len(self.pieces) + 1, (update,), ("ada",))
        await self.store.append([append])
        self.pieces.append(update)
        self.known.advance(parse_update(update))

    async def check(self) -> None:
        """Compare, and wait until it is done."""
        before = self.asked
        self.checks.check(NOTES)
        assert await eventually(lambda: self.asked > before and self.checks.is_idle)

    def damage(self, statement: str) -> None:
        with sqlite3.connect(self.database) as connection:
            connection.execute(statement)
        connection.close()

    async def text(self) -> str:
        reader = Writer()
        stored = await self.store.load_document(NOTES)
        for update in (*stored.pieces, *stored.updates):
            reader.apply(update)
        return reader.text


@pytest.fixture
async def checking(tmp_path: Path):
    database = tmp_path / "collab.db"
    store = await open_store(f"sqlite:///{database}")
    workers = Workers()
    async with asyncio.TaskGroup() as tasks:
        scene = Checking(database, store, workers, tasks)
        yield scene
        scene.checks.stop()
    await workers.close()
    await store.close()


async def test_what_is_as_it_is_stored_is_left_alone(checking: Checking, caplog) -> None:
    await checking.write("one ")
    await checking.write("two ")

    await checking.check()

    assert (checking.suspected, checking.renewed, aside(checking.database)) == ([], [], [])
    assert caplog.messages == []


async def test_a_document_is_compared_now_and_then_while_it_is_written_to(
    checking: Checking,
) -> None:
    await checking.write("one ")
    checking.checks.written(NOTES)
    checking.now_s = EVERY_S - 1
    checking.checks.written(NOTES)
    early = checking.asked
    checking.now_s = EVERY_S
    checking.checks.written(NOTES)
    assert await eventually(lambda: checking.asked == 1 and checking.checks.is_idle)
    checking.checks.written(NOTES)

    assert early == 0
    assert checking.checks.is_idle


async def test_while_something_is_on_its_way_it_waits_for_the_next_commit(
    checking: Checking,
) -> None:
    await checking.write("one ")
    checking.checks.written(NOTES)
    checking.now_s = EVERY_S
    checking.is_settled = False
    checking.checks.written(NOTES)
    assert await eventually(lambda: checking.asked == 1 and checking.checks.is_idle)
    checking.is_settled = True
    checking.checks.written(NOTES)

    assert await eventually(lambda: checking.asked == 2 and checking.checks.is_idle)


async def test_what_has_been_written_since_does_not_count(checking: Checking, caplog) -> None:
    await checking.write("one ")
    later = encode_text(7, "content", "later")
    await checking.store.append([DocumentAppend(NOTES, "e1", 2, (later,), ("bob",))])

    await checking.check()

    assert (checking.suspected, checking.renewed, caplog.messages) == ([], [], [])


async def test_another_history_is_not_compared(checking: Checking) -> None:
    await checking.write("one ")
    checking.damage("UPDATE documents SET epoch = 'e2'")

    await checking.check()

    assert (checking.suspected, checking.renewed) == ([], [])


async def test_what_is_wrong_in_memory_is_kept_aside_and_read_anew(checking: Checking) -> None:
    await checking.take(encode_text(7, "content", "stored"))
    rotten = encode_text(7, "content", "rotten")
    checking.pieces[0] = rotten

    await checking.check()

    ((seq, reason, authors, payload),) = aside(checking.database)
    assert (seq, authors, payload) == (1, "[]", rotten)
    assert "text in memory" in reason
    assert len(checking.renewed) == 1
    assert await checking.text() == "stored"


async def test_a_log_with_a_bad_update_goes_to_the_quarantine(checking: Checking) -> None:
    await checking.write("one ")
    bad = b"\x01\x01\x07\x00\x04\x01\x07content\x05cut"
    await checking.store.append([DocumentAppend(NOTES, "e1", 2, (bad,), ("eve",))])
    checking.pieces.append(bad)

    await checking.check()

    assert len(checking.suspected) == 1
    assert checking.renewed == []


DAMAGES = {
    "a byte is another": (
        "UPDATE document_updates SET payload = CAST(x'00' || payload AS BLOB) WHERE seq_from = 2",
        [2],
    ),
    "a row is of no known form": (
        "UPDATE document_updates SET payload = 'text' WHERE seq_from = 1",
        [1],
    ),
    "a row is gone": ("DELETE FROM document_updates WHERE seq_from = 2", []),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
async def test_a_log_that_the_disk_damaged_is_written_anew_from_memory(
    checking: Checking, caplog, damage: str
) -> None:
    for word in ("three ", "two ", "one "):
        await checking.write(word)
    statement, damaged = DAMAGES[damage]
    checking.damage(statement)

    await checking.check()

    kept = aside(checking.database)
    assert await checking.text() == "one two three "
    assert [seq for seq, *_ in kept] == damaged
    assert all(json.loads(authors) == ["ada"] for _, _, authors, _ in kept)
    assert "was damaged and is written anew" in caplog.text
    assert NOTES in caplog.text
    await checking.write("zero ")
    assert await checking.text() == "zero one two three "


async def test_a_damaged_piece_is_written_anew_too(checking: Checking) -> None:
    for word in ("two ", "one "):
        await checking.write(word)
    stretch = await checking.store.read_stretch(NOTES, whole=True)
    kinds = MERGE * len(checking.pieces)
    (merged,) = await checking.workers.run("compact", kinds, *checking.pieces, within_s=60)
    await checking.store.replace(stretch, merged, is_collected=False)
    checking.damage("UPDATE document_pieces SET checksum = x'00'")

    await checking.check()

    assert await checking.text() == "one two "
    assert [payload for *_, payload in aside(checking.database)] == [merged]


async def test_who_writes_meanwhile_makes_it_look_again(
    checking: Checking, monkeypatch: pytest.MonkeyPatch
) -> None:
    await checking.write("one ")
    checking.damage("UPDATE document_updates SET checksum = x'00'")
    write_anew = checking.store.write_anew
    refusals = iter([True, True, False])

    async def odd(*facts: object) -> int:
        if next(refusals):
            raise OutOfSequence(NOTES, "it was written to")
        return await write_anew(*facts)

    monkeypatch.setattr(checking.store, "write_anew", odd)
    await checking.check()

    assert checking.asked == 3
    assert await checking.text() == "one "


async def test_who_writes_all_the_time_is_left_for_later(
    checking: Checking, monkeypatch: pytest.MonkeyPatch
) -> None:
    await checking.write("one ")
    checking.damage("UPDATE document_updates SET checksum = x'00'")

    async def refused(*_: object) -> int:
        raise OutOfSequence(NOTES, "it was written to")

    monkeypatch.setattr(checking.store, "write_anew", refused)
    await checking.check()

    assert aside(checking.database) == []


async def test_a_store_that_is_closed_is_asked_nothing_more(
    checking: Checking, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    await checking.write("one ")

    async def closed(_: str) -> None:
        raise StoreClosed

    monkeypatch.setattr(checking.store, "load_document", closed)
    await checking.check()

    assert caplog.messages == []


async def test_what_cannot_be_compared_is_said_and_left(checking: Checking, caplog) -> None:
    await checking.write("one ")
    await checking.workers.close()

    await checking.check()

    assert f"{NOTES} could not be compared with the store" in caplog.text


async def test_after_the_stop_nothing_is_compared(checking: Checking) -> None:
    checking.checks.stop()

    checking.checks.check(NOTES)

    assert checking.checks.is_idle
    assert checking.asked == 0


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shadow_checks, "EVERY_S", -1.0)  # after every commit
    async with running_shell(tmp_path) as scene:
        yield scene


async def heard(peer: Peer, kind: type) -> object:
    """Wait until a message of a kind comes, and return it."""
    said: list[object] = []

    def has_come() -> bool:
        said.extend(map(decoded, messages_of(peer)))
        return any(isinstance(message, kind) for message in said)

    assert await eventually(has_come)
    return next(message for message in said if isinstance(message, kind))


async def test_a_server_whose_memory_is_wrong_shuts_the_document_and_serves_the_store(
    scene: Scene, tmp_path: Path
) -> None:
    ada = await scene.peer()
    assert await open_notes(ada)
    wrong, right = (encode_text(7, "content", text) for text in ("rotten", "stored"))
    scene.store.becomes[wrong] = right

    await ada.say(binary(frames.sync_update(NOTES, wrong)))
    closed = await heard(ada, frames.CloseDocument)
    await ada.say(binary(frames.sync_step1(NOTES, b"\x00")))
    answer = await heard(ada, frames.Sync)

    assert closed == frames.CloseDocument(NOTES, "changed_elsewhere")
    assert answer == frames.Sync(NOTES, SyncStep2(right))
    assert [payload for *_, payload in aside(tmp_path / "collab.db")] == [wrong]


async def test_a_server_whose_disk_rots_writes_the_log_anew_and_nobody_notices(
    scene: Scene, tmp_path: Path
) -> None:
    database = tmp_path / "collab.db"
    ada, writer, reader = await scene.peer(), Writer(), Writer()
    assert await open_notes(ada)
    await ada.say(binary(frames.sync_update(NOTES, writer.insert(0, "one "))))
    await heard(ada, frames.SyncStatus)
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE document_updates SET payload = x'0200'")
    connection.close()

    await ada.say(binary(frames.sync_update(NOTES, writer.insert(0, "zero "))))
    await heard(ada, frames.SyncStatus)
    assert await eventually(lambda: aside(database) != [])
    stored = await scene.store.load_document(NOTES)

    assert [payload for *_, payload in aside(database)] == [b"\x02\x00"]
    for update in (*stored.pieces, *stored.updates):
        reader.apply(update)
    assert reader.text == "zero one "
    assert messages_of(ada) == []
