"""Another process may use the database while the server does: `collab-server invite` is one."""

import asyncio
import sys
from pathlib import Path

from tests.integration.storage.rows import plain, row, store_at, url_of

APPENDS = 300

OTHER_PROCESS = """
import asyncio, sys
from collab_server.storage.store import open_store
from tests.integration.storage.rows import row
async def main(url, count):
    store = await open_store(url)
    for n in range(count):
        await store.append([row(n + 1, b"theirs %d" % n, document="theirs")])
        await store.entry.create_invitation(
            code=f"code {n}", room="r", perm="r", expires_at_s=2**32, max_uses=1, created_by="7")
    await store.close()
asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


async def test_two_processes_write_at_the_same_time_and_lose_nothing(path: Path) -> None:
    async with store_at(path) as store:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", OTHER_PROCESS, url_of(path), str(APPENDS)
        )
        count = 0
        while process.returncode is None or count < APPENDS:
            count += 1
            await store.append([row(count, b"ours %d" % count, document="ours")])
        exit_code = await process.wait()
        theirs = await store.load_document("theirs")
        ours = await store.load_document("ours")

    assert exit_code == 0
    assert theirs
    assert theirs.updates == tuple(b"theirs %d" % n for n in range(APPENDS))
    assert ours
    assert ours.updates == tuple(b"ours %d" % n for n in range(1, count + 1))
    with plain(path) as connection:
        assert connection.execute("SELECT count(*) FROM invitations").fetchone() == (APPENDS,)


async def test_who_writes_the_same_document_elsewhere_is_noticed(path: Path) -> None:
    async with store_at(path) as one, store_at(path) as other:
        await one.append([row(1, b"one")])
        await other.append([row(2, b"two")])

        stored = await one.load_document("notes")

    assert stored
    assert stored.updates == (b"one", b"two")
