"""A document through a real server: acknowledged is stored, and who comes later sees it."""

from pathlib import Path

from collab_server.protocol import documents as frames
from collab_server.protocol.awareness import AwarenessEntry, decode_awareness, encode_awareness
from collab_server.protocol.events import Error, Join, RoomCreate, RoomCreated, RoomJoined
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document
from collab_server.protocol.sync import SyncStep1, SyncUpdate
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import WireClient, wire_client
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")
TEXT = "naïve 😀 e\u0301\n"


async def hear_update(client: WireClient, document=NOTES) -> bytes:
    while True:
        message = (await client.hear(frames.Sync, document=document)).message
        if isinstance(message, SyncUpdate):
            return message.update


async def text_of(server: ServerProcess, document=NOTES) -> str:
    """What a client sees that comes with nothing."""
    async with wire_client(server.url, server.token("fresh")) as client:
        reader = Writer()
        reader.apply(await client.open(document))
        return reader.text


async def test_an_update_is_acknowledged_and_reaches_the_others(server: ServerProcess) -> None:
    ada, grace = Writer(), Writer()
    async with (
        wire_client(server.url, server.token("ada")) as first,
        wire_client(server.url, server.token("grace")) as second,
    ):
        await first.open(NOTES)
        await second.open(NOTES)

        saved = await first.write(NOTES, ada.insert(0, TEXT))
        grace.apply(await hear_update(second))

    assert saved
    assert grace.text == TEXT
    assert await text_of(server) == TEXT


async def test_after_kill_9_everything_acknowledged_is_there(folder: Path) -> None:
    ada = Writer()
    with running_server(folder) as server:
        async with wire_client(server.url, server.token()) as client:
            await client.say(RoomCreate(id=1))
            room = (await client.hear(RoomCreated, re=1)).room
            document = parse_document(f"{room}/f/main.py")
            await client.say(Join(room=room))
            await client.hear(RoomJoined)
            await client.open(document)
            saved = [
                await client.write(document, ada.insert(at, letter))
                for at, letter in enumerate("print(1)")
            ]
            server.kill()
            await client.hear_closed()

        server.restart()

        assert saved == [True] * 8
        assert await text_of(server, document) == "print(1)"


async def test_who_comes_back_with_a_state_gets_only_what_is_new(server: ServerProcess) -> None:
    document = parse_document("codexpro_project_7/f/again")
    ada, grace = Writer(), Writer()
    async with wire_client(server.url, server.token()) as client:
        await client.open(document)
        first = ada.insert(0, "one ")
        await client.write(document, first)
        grace.apply(first)
        await client.write(document, ada.insert(4, "two"))

    async with wire_client(server.url, server.token("grace")) as client:
        missing = await client.open(document, grace.state)
        asked = (await client.hear(frames.Sync)).message

    grace.apply(missing)
    assert grace.text == "one two"
    assert missing == ada.diff(_state_after(first))
    assert asked == SyncStep1(ada.state)


async def test_a_client_brings_what_the_server_lacks(server: ServerProcess) -> None:
    document = parse_document("codexpro_project_7/f/offline")
    ada = Writer()
    ada.insert(0, "typed while away")
    async with wire_client(server.url, server.token()) as client:
        await client.open(document)
        asked = (await client.hear(frames.Sync)).message
        assert isinstance(asked, SyncStep1)
        await client.send(frames.sync_step2(document, ada.diff(asked.state_vector)))

        assert (await client.hear(frames.SyncStatus)).saved

    assert await text_of(server, document) == "typed while away"


async def test_without_the_right_a_document_stays_shut(server: ServerProcess) -> None:
    async with wire_client(server.url, server.token(rooms={})) as client:
        await client.send(frames.sync_step1(NOTES, b"\x00"))

        assert (await client.hear(frames.AuthDenied)).reason == "permission_denied"
        assert (await client.hear(Error)).slug == "permission_denied"


async def test_a_reader_s_edit_is_refused_and_changes_nothing(server: ServerProcess) -> None:
    document = parse_document("codexpro_project_7/f/read")
    token = server.token("reader", rooms={"codexpro_project_7": "r"})
    async with wire_client(server.url, token) as client:
        await client.open(document)

        assert not await client.write(document, Writer().insert(0, "x"))
        assert (await client.hear(Error)).slug == "read_only"

    assert await text_of(server, document) == ""


async def test_a_caret_reaches_the_others_and_goes_with_its_owner(server: ServerProcess) -> None:
    document = parse_document("codexpro_project_7/f/carets")
    async with wire_client(server.url, server.token("grace")) as second:
        await second.open(document)
        async with wire_client(server.url, server.token("ada", name="Ada")) as first:
            await first.open(document)
            caret = AwarenessEntry(7, 1, {"cursor": {"anchor_utf16": 3}})
            await first.send(frames.awareness(document, encode_awareness([caret])))
            shown = await second.hear(frames.AwarenessFrame)
        gone = await second.hear(frames.AwarenessFrame)

    (entry,) = decode_awareness(shown.payload, Limits())
    (end,) = decode_awareness(gone.payload, Limits())
    assert entry.state is not None
    assert (entry.author_id, entry.state["cursor"]) == (7, {"anchor_utf16": 3})
    assert "'name': 'Ada'" in str(entry.state["user"])
    assert (end.author_id, end.state) == (7, None)


async def test_a_document_larger_than_the_outbox_reaches_who_opens_it(folder: Path) -> None:
    document = parse_document("codexpro_project_7/f/large")
    ada = Writer()
    large = "0123456789" * 200_000
    with running_server(folder, settings={"COLLAB_LIMITS__OUTBOX_BYTES": "300000"}) as server:
        async with wire_client(server.url, server.token()) as client:
            await client.open(document)
            assert await client.write(document, ada.insert(0, large))

        assert await text_of(server, document) == large


def _state_after(update: bytes) -> bytes:
    writer = Writer()
    writer.apply(update)
    return writer.state
