"""A process that is killed at any moment has lost nothing that it was told is stored."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from collab_server.storage.store import Store
from tests.integration.storage import crashing_writer
from tests.integration.storage.rows import plain, row, store_at, url_of
from tests.seeds import seeds

KILLS_A_SEED = 2


def run_and_kill(path: Path, seed: int, chance: random.Random) -> int:
    """Run the writer for a moment, kill it, and return the last update it was told is stored."""
    command = [sys.executable, crashing_writer.__file__, url_of(path), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(chance.randint(1, 60))]
        time.sleep(chance.random() * 0.003)  # anywhere inside a commit
        process.kill()
        lines += process.stdout
    return max(int(line) for line in lines if line.endswith("\n"))


async def log_of(store: Store, name: str) -> list[bytes]:
    """Return what is stored; a writer may die before its first commit."""
    stored = await store.load_document(name)
    return list(stored.updates) if stored else []


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(30))
async def test_what_was_acknowledged_survives_a_kill(path: Path, seed: int) -> None:
    chance = random.Random(seed)

    for _ in range(KILLS_A_SEED):
        acknowledged = run_and_kill(path, seed, chance)
        async with store_at(path) as store:
            log, other = [await log_of(store, name) for name in crashing_writer.PAIR]

        assert log == other  # a batch is there whole, or not at all
        assert len(log) >= acknowledged
        assert log == [crashing_writer.update(seed, seq) for seq in range(1, len(log) + 1)]
    with plain(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.fixture
def abandoned(path: Path) -> Path:
    """A database whose process ended without closing it."""
    program = f"""
import asyncio, os
from tests.integration.storage.rows import row, url_of
from collab_server.storage.store import open_store
async def main():
    store = await open_store({url_of(path)!r})
    await store.append([row(1, b"one")])
    os._exit(0)
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    assert path.with_name("collab.db-wal").stat().st_size > 0
    return path


async def test_a_store_that_was_never_closed_opens_again(abandoned: Path) -> None:
    async with store_at(abandoned) as store:
        await store.append([row(2, b"two")])
        stored = await store.load_document("notes")

    assert stored
    assert stored.updates == (b"one", b"two")
