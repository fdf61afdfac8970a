"""Whatever moment the server dies at, what was acknowledged is there, and what was shown too.

Two people write without waiting; the server kills itself at a named moment between write, commit,
relay and status, or is killed from outside at any other. Then it comes back from its disk.
"""

import asyncio
import contextlib
import random
import sys
from collections import deque
from collections.abc import Generator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Auth, encode_event
from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document
from collab_server.protocol.sync import SyncStep1, SyncStep2, SyncUpdate
from collab_server.protocol.updates import parse_update
from tests.integration.storage.rows import plain, store_at
from tests.seeds import seeds
from tests.support import dying_server
from tests.support.server_process import ServerProcess
from tests.support.wire_client import wire_client
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")
LIMITS = Limits()
KILLS_A_SEED = 11
UNANSWERED = 6  # updates that a person has under way
AT_MOST_S = 60.0
PAYLOADS_OF_ROWS = """
    SELECT payload_id FROM document_updates WHERE payload_id IS NOT NULL
    UNION SELECT payload_id FROM document_pieces WHERE payload_id IS NOT NULL
"""


class Typist:
    """Somebody who types, and remembers what was acknowledged and what others were shown."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self.name = name
        self.writer = Writer()
        self.acknowledged: list[bytes] = []
        self.shown: list[bytes] = []
        self._chance = chance

    async def type(self, server: ServerProcess, edits: int) -> None:
        """Type until the server is gone, or so many edits are acknowledged."""
        with contextlib.suppress(OSError, WebSocketException, EOFError):
            async with connect(server.url, compression=None, proxy=None) as socket:
                await socket.send(encode_event(Auth(token=server.token(self.name))))
                await socket.send(frames.sync_step1(NOTES, self.writer.state))
                await self._converse(socket, edits)

    async def _converse(self, socket: ClientConnection, edits: int) -> None:
        awaited: deque[bytes] = deque()
        is_live = False
        while edits > 0 or awaited or not is_live:
            if is_live and edits > 0 and len(awaited) < UNANSWERED:
                update = self._edit()
                awaited.append(update)
                await socket.send(frames.sync_update(NOTES, update))
                edits -= 1
                continue
            data = await socket.recv()
            if isinstance(data, str):
                continue
            match frames.decode_server_frame(data, LIMITS):
                case frames.Sync(message=SyncStep1(state_vector=state_vector)):
                    update = self.writer.diff(state_vector)
                    awaited.append(update)
                    await socket.send(frames.sync_step2(NOTES, update))
                    is_live = True
                case frames.Sync(message=SyncStep2(update=update) | SyncUpdate(update=update)):
                    self.shown.append(update)
                    self.writer.apply(update)
                case frames.SyncStatus(saved=saved):
                    assert saved
                    self.acknowledged.append(awaited.popleft())
                case _:
                    pass

    def _edit(self) -> bytes:
        length = len(self.writer.text)
        if length > 20 and self._chance.random() < 0.3:
            return self.writer.delete(self._chance.randrange(length - 4), 3)
        at = self._chance.randint(0, length)
        return self.writer.insert(at, self._chance.choice(["a", "word ", "line\n"]))


async def log_of(database: Path) -> tuple[KnownState, str]:
    """Return what the store has, read with all its checks."""
    known, reader = KnownState(), Writer()
    async with store_at(database) as store:
        stored = await store.load_document(NOTES)
    for update in (*stored.pieces, *stored.updates) if stored else ():
        known.advance(parse_update(update))
        reader.apply(update)
    return known, reader.text


@contextlib.contextmanager
def killed(server: ServerProcess) -> Generator[ServerProcess]:
    """Run one life of a server, and leave nothing of it."""
    try:
        yield server.start()
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()
        else:
            server.finish()


async def live_and_die(
    server: ServerProcess, people: list[Typist], chance: random.Random, point: str | None
) -> None:
    """Run one life: until its own end at a point, or until it is killed from outside."""
    of_pieces = point is not None and "piece" in point
    if point is None:
        server.program = ("-m", "collab_server")
    else:
        count = 1 if of_pieces else chance.randint(1, 25)
        server.program = (dying_server.__file__, point, str(count))
    with killed(server):
        async with asyncio.timeout(AT_MOST_S), asyncio.TaskGroup() as tasks:
            for person in people:
                edits = 150 if of_pieces else 40
                tasks.create_task(person.type(server, edits), name=person.name)
            if point is None:
                await asyncio.sleep(chance.random() * 0.3)  # any moment at all
                server.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize(
    ("point", "count"),
    [
        (dying_server.PARTS[0], 1),
        (dying_server.PARTS[1], 2),
        (dying_server.PARTS[0], 3),
        ("before the rows are written", 2),
        ("before the rows are committed", 2),
        ("after the commit, before the server knows", 2),
    ],
)
async def test_a_large_update_is_there_wholly_or_not_at_all(
    tmp_path: Path, point: str, count: int
) -> None:
    ada = Writer()
    server = ServerProcess(tmp_path, program=(dying_server.__file__, point, str(count)))
    with killed(server):
        async with wire_client(server.url, server.token("ada")) as client:
            await client.open(NOTES)
            assert await client.write(NOTES, ada.insert(0, "small "))
            large = ada.insert(0, "large " * 400_000)
            await client.send(frames.sync_update(NOTES, large))
            await client.hear_closed()
            statuses = [said for said in client.heard if isinstance(said, frames.SyncStatus)]
    _, left = await log_of(server.database)
    server.program = ("-m", "collab_server")
    with killed(server):
        async with wire_client(server.url, server.token("ada")) as client:
            await client.open(NOTES, ada.state)
            assert await client.write(NOTES, large)
    _, text = await log_of(server.database)
    with plain(server.database) as connection:
        in_parts = set(connection.execute("SELECT payload_id FROM document_parts"))
        in_rows = set(connection.execute(PAYLOADS_OF_ROWS))

    assert statuses == []
    assert left == ("small " if point != "after the commit, before the server knows" else ada.text)
    assert text == ada.text
    assert in_parts == in_rows
    assert len(in_rows) in (1, 2)  # the update, the piece that is made of it, or yet both


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("seed", seeds(6))
async def test_nothing_acknowledged_is_lost_and_nothing_shown_was_not_stored(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    people = [Typist(name, random.Random(f"{seed}/{name}")) for name in ("ada", "bob")]
    server = ServerProcess(tmp_path)
    points = [*dying_server.POINTS, None, None]
    first = seed % len(points)

    for number in range(KILLS_A_SEED):
        point = points[(first + number) % len(points)]
        await live_and_die(server, people, chance, point)
        known, _ = await log_of(server.database)
        for person in people:
            for kind in ("acknowledged", "shown"):
                for update in getattr(person, kind):
                    standing = known.classify(parse_update(update))
                    assert standing is Standing.KNOWN, (kind, person.name, point)

    server.program = ("-m", "collab_server")
    with killed(server):
        for person in (*people, people[0]):
            await asyncio.wait_for(person.type(server, 1), AT_MOST_S)
        await asyncio.wait_for(people[1].type(server, 0), AT_MOST_S)
    _, text = await log_of(server.database)
    assert people[0].writer.text == people[1].writer.text == text
