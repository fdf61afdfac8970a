"""Updates that are read in a worker process, by a real server."""

import psutil

from collab_server.protocol import documents as frames
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import Error
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document
from collab_server.protocol.updates import encode_text, parse_update
from tests.eventually import eventually
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import wire_client
from tests.unit.collab_server.protocol.update_bytes import ranges, update

MIB = 1024 * 1024
ROOM = "codexpro_project_large"
RIGHTS = {ROOM: "rw"}


def children(server: ServerProcess) -> list[int]:
    assert server.process is not None
    return [child.pid for child in psutil.Process(server.process.pid).children(recursive=True)]


async def test_an_update_of_almost_sixteen_mib_is_stored(folder) -> None:
    document = parse_document(f"{ROOM}/f/whole")
    sent = encode_text(7, "content", "x" * (16 * MIB - 8192))
    settings = {"COLLAB_LIMITS__DOCUMENT_TEXT_BYTES": "unlimited"}
    with running_server(folder, settings=settings) as server:
        async with wire_client(server.url, server.token(rooms=RIGHTS)) as ada:
            await ada.open(document)
            assert await ada.write(document, sent)

            async with wire_client(server.url, server.token("bob", rooms=RIGHTS)) as bob:
                found = parse_update(await bob.open(document))

    assert found.structs == parse_update(sent).structs


async def test_hundreds_of_thousands_of_deletes_are_taken_in(server: ServerProcess) -> None:
    document = parse_document(f"{ROOM}/f/holes")
    count = 400_000
    deletes = update(deletes=(ranges(7, *((2 * at, 1) for at in range(count))),))
    async with wire_client(server.url, server.token(rooms=RIGHTS)) as ada:
        await ada.open(document)
        assert await ada.write(document, encode_text(7, "content", "x" * 2 * count))

        assert await ada.write(document, deletes)
        assert await ada.write(document, update(deletes=(ranges(7, (2 * count - 2, 1)),)))


async def test_more_than_the_limit_is_refused_and_the_connection_goes_on(
    server: ServerProcess,
) -> None:
    document = parse_document(f"{ROOM}/f/more")
    most = Limits().update_items
    async with wire_client(server.url, server.token(rooms=RIGHTS)) as ada:
        await ada.open(document)
        await ada.send(
            frames.sync_update(
                document, update(deletes=(ranges(7, *((2 * at, 1) for at in range(most + 1))),))
            )
        )

        assert (await ada.hear(Error)).slug == "too_large"
        assert (await ada.hear(frames.CloseDocument)).reason == "too_large"
        await ada.open(parse_document(f"{ROOM}/f/another"))


async def test_a_worker_that_dies_costs_the_connection_and_nobody_else(folder) -> None:
    document = parse_document(f"{ROOM}/f/dies")
    with running_server(folder) as server:
        async with (
            wire_client(server.url, server.token(rooms=RIGHTS)) as ada,
            wire_client(server.url, server.token("bob", rooms=RIGHTS)) as bob,
        ):
            await ada.open(document)
            await bob.open(document)
            await ada.send(frames.sync_update(document, encode_text(8, "content", "y" * 2 * MIB)))
            [worker] = await eventually(lambda: children(server))
            psutil.Process(worker).kill()  # while its interpreter starts

            code, _ = await ada.hear_closed()
            assert await bob.write(document, encode_text(9, "content", "z"))
        log = server.log

    assert code == CloseCode.INTERNAL
    assert "parse crashed" in log or "no worker process could be started" in log


async def test_workers_end_with_the_server(folder) -> None:
    document = parse_document(f"{ROOM}/f/ends")
    with running_server(folder) as server:
        async with wire_client(server.url, server.token(rooms=RIGHTS)) as ada:
            await ada.open(document)
            await ada.write(document, encode_text(7, "content", "x" * 2 * MIB))
        found = children(server)
        assert server.stop() == 0

    assert found
    assert not any(psutil.pid_exists(child) for child in found)
