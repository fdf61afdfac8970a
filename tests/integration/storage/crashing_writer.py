"""A program that appends until it is killed, and prints what it was told is stored.

Run as `python crashing_writer.py URL SEED`. What update n of a document holds follows from the
seed, so that the test can tell what should be there. Every batch goes to two documents at once.
"""

import asyncio
import random
import sys

from collab_server.storage.store import Store, open_store
from tests.integration.storage.rows import row

PAIR = ("notes", "notes/f/1")


def update(seed: int, seq: int) -> bytes:
    """Return what update `seq` of either document holds: mostly small, sometimes of many pages."""
    chance = random.Random(f"{seed}/{seq}")
    size = chance.choice([0, 20, 30, 40, 300, 300, 5_000, 60_000])
    return chance.randbytes(size)


async def write(store: Store, seed: int, last_seq: int) -> None:
    """Append batch after batch; between them other verbs share the writer's transactions."""
    chance = random.Random(seed)
    while True:
        count = chance.randint(1, 5)
        updates = [update(seed, last_seq + 1 + n) for n in range(count)]
        async with asyncio.TaskGroup() as group:
            for n in range(chance.randint(0, 3)):
                binding = store.entry.bind_nonce(
                    nonce=f"{last_seq}.{n}", session_id="s", key_hash=b"k", expires_at_s=2**32
                )
                group.create_task(binding, name="bind")
            append = store.append([row(last_seq + 1, *updates, document=name) for name in PAIR])
            group.create_task(append, name="append")
        last_seq += count
        print(last_seq, flush=True)


async def main(url: str, seed: int) -> None:
    """Go on where the log ends."""
    store = await open_store(url)
    stored = await store.load_document(PAIR[0])
    last_seq = stored.last_seq if stored else 0
    print(last_seq, flush=True)
    await write(store, seed, last_seq)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
