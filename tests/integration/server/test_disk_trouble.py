"""Disks that are full, become read-only or lose the end of a file, under a server that runs."""

import contextlib
import fcntl
import json
import os
import resource
import struct
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Error
from collab_server.protocol.names import parse_document
from collab_server.protocol.sync import SyncStep1, SyncUpdate
from tests.integration.server.test_trouble import health
from tests.integration.storage.rows import plain, store_at
from tests.support import ill_server
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import WireClient, wire_client
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")
PLANS = parse_document("codexpro_project_7/f/plans")
FRAME_BYTES = 24 + 4096  # of the log of writes: a head and a page

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="disks of Linux")

Ailment = Callable[[ServerProcess], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def no_room_for_files(server: ServerProcess) -> Generator[None]:
    """Let the system refuse to make the server's files longer than its log of writes is now."""
    assert server.process is not None
    pid = server.process.pid
    wal_bytes = server.database.with_name("collab.db-wal").stat().st_size
    was = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (wal_bytes, was[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, was)


@contextlib.contextmanager
def read_only_for_sqlite(server: ServerProcess) -> Generator[None]:
    """Let SQLite refuse to write, with the error of a read-only disk."""
    sign = server.folder / ill_server.READ_ONLY
    sign.touch()
    try:
        yield
    finally:
        sign.unlink()


@contextlib.contextmanager
def read_only_for_everybody(server: ServerProcess) -> Generator[None]:
    """Let the file system refuse writing to files that are open; skip where that cannot be.

    A mount with files open for writing cannot be made read-only by hand; the kernel does it when a
    disk fails, and what it then answers is what an immutable file answers.
    """
    files = [server.database, server.database.with_name("collab.db-wal")]
    try:
        for file in files:
            _set_immutable(file, is_immutable=True)
    except OSError as error:
        for file in files:
            with contextlib.suppress(OSError):
                _set_immutable(file, is_immutable=False)
        pytest.skip(f"no file can be made immutable here: {error.strerror}")
    try:
        yield
    finally:
        for file in files:
            _set_immutable(file, is_immutable=False)


def _set_immutable(file: Path, *, is_immutable: bool) -> None:
    get_flags, set_flags, immutable = 0x80086601, 0x40086602, 0x10  # linux/fs.h, FS_IOC_*
    descriptor = os.open(file, os.O_RDONLY)
    try:
        (flags,) = struct.unpack("l", fcntl.ioctl(descriptor, get_flags, struct.pack("l", 0)))
        flags = flags | immutable if is_immutable else flags & ~immutable
        fcntl.ioctl(descriptor, set_flags, struct.pack("l", flags))
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def a_full_file_system(server: ServerProcess) -> Generator[None]:
    """Fill the file system that the database is on."""
    ballast = server.database.with_name("ballast")
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A file system of 2 MiB; the test is skipped where none can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("no file system can be mounted here: there is no `mount`")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no file system can be mounted here: {error.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def read_only(said: frames.Stateless) -> bool:
    """Tell whether it says that the document is read-only for now."""
    told = json.loads(said.text)
    return told.get("reason") == "unavailable" and "w" not in told["perm"]


async def hear_perm(client: WireClient) -> frames.Stateless:
    """Wait for the next word on what a client may; the server says it again when that changes."""
    return await client.hear(frames.Stateless)


async def ail_and_heal(server: ServerProcess, ailment: Ailment) -> None:
    """Let two people write before, during and after, and check what they hear and what is kept."""
    ada, bob, reader = Writer(), Writer(), Writer()
    async with (
        wire_client(server.url, server.token("ada")) as hers,
        wire_client(server.url, server.token("bob")) as his,
    ):
        for client in (hers, his):
            await client.open(NOTES)
            await hear_perm(client)
            await client.hear(frames.Sync)  # the server's question
        assert await hers.write(NOTES, ada.insert(0, "before "))
        first = (await his.hear(frames.Sync)).message
        assert isinstance(first, SyncUpdate)
        bob.apply(first.update)

        with ailment(server):
            await hers.send(frames.sync_update(NOTES, ada.insert(7, "during ")))
            told = await hers.hear(Error)
            suspended = [await hear_perm(client) for client in (hers, his)]
            await his.send(frames.sync_update(NOTES, bob.insert(7, "too late ")))
            refused = await his.hear(frames.SyncStatus)
            said = await his.hear(Error)
            sick = health(server)
            unsaved = [each for each in hers.heard if isinstance(each, frames.SyncStatus)]
            seen_early = [each for each in his.heard if isinstance(each, frames.Sync)]

        kept = await hers.hear(frames.SyncStatus)
        healed = [await hear_perm(client) for client in (hers, his)]
        while not isinstance((sync := await his.hear(frames.Sync)).message, SyncStep1):
            bob.apply(sync.message.update)
        await his.send(frames.sync_step2(NOTES, bob.diff(sync.message.state_vector)))
        brought = await his.hear(frames.SyncStatus)
    async with wire_client(server.url, server.token("cid")) as client:
        reader.apply(await client.open(NOTES))

    assert (told.slug, told.temporary) == ("unavailable", True)
    assert all(map(read_only, suspended))
    assert not refused.saved
    assert (said.slug, said.temporary) == ("unavailable", True)
    assert sick == 503
    assert (unsaved, seen_early) == ([], [])
    assert kept.saved
    assert not any(map(read_only, healed))
    assert brought.saved
    assert health(server) == 200
    assert reader.text == bob.text
    assert sorted(reader.text.split()) == ["before", "during", "late", "too"]


@pytest.mark.parametrize(
    "ailment",
    [
        no_room_for_files,
        pytest.param(read_only_for_sqlite, marks=pytest.mark.slow),
        pytest.param(read_only_for_everybody, marks=pytest.mark.slow),
    ],
)
async def test_while_nothing_can_be_written_documents_are_read_only_and_then_all_is_stored(
    folder: Path, ailment: Ailment
) -> None:
    program = (ill_server.__file__, str(folder))
    with running_server(folder, program=program) as server:
        await ail_and_heal(server, ailment)
        server.kill()
        server.restart()
        async with wire_client(server.url, server.token("cid")) as client:
            reader = Writer()
            reader.apply(await client.open(NOTES))

    assert "during " in reader.text
    assert "the store goes on failing: documents are read-only" in server.log
    assert "the store works again" in server.log


@pytest.mark.slow
async def test_so_it_is_on_a_file_system_that_is_full(tmp_path: Path, small_disk: Path) -> None:
    server = ServerProcess(tmp_path)
    server.database = small_disk / "collab.db"
    try:
        await ail_and_heal(server.start(), a_full_file_system)
    finally:
        server.kill()

    assert "the store fails: the disk is full" in server.log


async def written(server: ServerProcess, words: list[str]) -> Writer:
    """Write words into a document, each acknowledged by itself."""
    ada = Writer()
    async with wire_client(server.url, server.token()) as client:
        await client.open(NOTES)
        for word in words:
            assert await client.write(NOTES, ada.insert(len(ada.text), word))
    return ada


async def read(server: ServerProcess) -> str:
    """Return the text that a newcomer gets."""
    reader = Writer()
    async with wire_client(server.url, server.token("cid")) as client:
        reader.apply(await client.open(NOTES))
    return reader.text


async def test_behind_a_torn_frame_of_the_log_nothing_acknowledged_is_lost(folder: Path) -> None:
    words = [f"word{number} " for number in range(5)]
    with running_server(folder) as server:
        await written(server, words)
        server.kill()
        log = server.database.with_name("collab.db-wal")
        header = log.read_bytes()[32:56]  # of its first frame: right but for its checksum
        with log.open("ab") as file:
            file.write(header + b"torn in the middle of its page" * 40)
        server.restart()

        assert await read(server) == "".join(words)


@pytest.mark.parametrize("frames_lost", [3, 8, 14])
async def test_what_a_disk_lost_of_the_end_its_author_brings_again(
    folder: Path, frames_lost: int
) -> None:
    words = [f"word{number} " for number in range(20)]
    with running_server(folder) as server:
        with plain(server.database) as reading:  # so that nothing is folded into the file
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM documents").fetchone()
            ada = await written(server, words)
            server.kill()
            log = server.database.with_name("collab.db-wal")
            kept = {file: file.read_bytes() for file in (server.database, log)}
        for file, content in kept.items():  # closing has folded it
            file.write_bytes(content)
        os.truncate(log, len(kept[log]) - frames_lost * FRAME_BYTES + 1234)
        server.restart()
        left = await read(server)
        async with wire_client(server.url, server.token()) as client:
            await client.send(frames.sync_step1(NOTES, ada.state))
            while not isinstance((sync := await client.hear(frames.Sync)).message, SyncStep1):
                pass
            await client.send(frames.sync_step2(NOTES, ada.diff(sync.message.state_vector)))
            again = await client.hear(frames.SyncStatus)
        whole = await read(server)
    async with store_at(server.database) as store:
        stored = await store.load_document(NOTES)

    assert left in ["".join(words[:count]) for count in range(1, len(words))]
    assert again.saved
    assert whole == ada.text
    assert stored is not None


async def test_a_database_that_was_cut_short_is_named_and_left_as_it_is(folder: Path) -> None:
    with running_server(folder) as server:
        await written(server, ["text"])
        server.stop()
        os.truncate(server.database, server.database.stat().st_size // 2)
        cut = server.database.read_bytes()
        code = server.launch().wait(30)
        server.finish()

    assert code == 2
    assert f"{server.database}: the database file is damaged" in server.log
    assert server.database.read_bytes() == cut


async def test_of_a_file_that_lost_some_pages_the_documents_on_others_are_served(
    folder: Path,
) -> None:
    with running_server(folder) as server:
        async with wire_client(server.url, server.token()) as client:
            for document, word in ((PLANS, "plans"), (NOTES, "n" * 500_000)):
                await client.open(document)
                assert await client.write(document, Writer().insert(0, word))
        server.stop()
        whole = server.database.read_bytes()
        at = whole.index(b"n" * 4000)  # inside of its large row
        holed = whole[:at] + bytes(100_000) + whole[at + 100_000 :]
        server.database.write_bytes(holed)
        server.restart()

        async with wire_client(server.url, server.token()) as client:
            await client.send(frames.sync_step1(NOTES, b"\x00"))
            closed = await client.hear(frames.CloseDocument)
            error = await client.hear(Error)
            reader = Writer()
            reader.apply(await client.open(PLANS))
            assert await client.write(PLANS, reader.insert(0, "more "))
        still_there = server.database.read_bytes()[at : at + 100_000]

    assert (closed.document, closed.reason) == (NOTES, "unavailable")
    assert error.slug == "unavailable"
    assert f"LoadDocument of {NOTES} failed: the database file is damaged (restore" in server.log
    assert reader.text == "more plans"
    assert still_there == bytes(100_000)
