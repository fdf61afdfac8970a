"""Whatever people ask of versions, a worker is left for everybody's large updates."""

import asyncio
import time
from pathlib import Path
from typing import Any

from collab_server.core.effects import ClientId
from collab_server.core.version_effects import AskVersions
from collab_server.protocol.version_events import NameVersion
from collab_server.storage.store import open_store
from collab_server.transport.version_calls import VersionCalls
from tests.integration.server.shell import NOTES, OddHub


class CountedWorkers:
    """Count how many jobs are under way at once."""

    def __init__(self) -> None:
        self.busy = self.most = 0

    async def run(self, *_: object, **__: object) -> list[bytes]:
        self.busy += 1
        self.most = max(self.most, self.busy)
        await asyncio.sleep(0)
        self.busy -= 1
        return [b"text", b"\0"]


async def test_what_is_asked_of_versions_is_worked_on_one_at_a_time(tmp_path: Path) -> None:
    workers: Any = CountedWorkers()
    store = await open_store(f"sqlite:///{tmp_path / 'collab.db'}")
    calls = VersionCalls(
        store.versions, OddHub(), workers, pieces_of=lambda _: [], clock=time.monotonic
    )
    asked = AskVersions(ClientId("ada"), NameVersion(document=NOTES, name="n"), "ada", 7)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(calls.answer_to(asked))
    await store.close()

    assert workers.most == 1
