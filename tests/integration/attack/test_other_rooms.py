"""A sample of the ways into another room, on real sockets against a real server and its store.

The whole matrix is in memory: tests/unit/collab_server/core/test_other_rooms.py.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Generator
from urllib.parse import quote

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Join, RoomJoined
from collab_server.protocol.names import parse_document, parse_room
from collab_server.protocol.room_events import MessagePosted, PostMessage
from collab_server.protocol.version_events import FindVersions, NameVersion, VersionNamed
from tests.support.other_rooms import CANARY, MARK, Aim, attacks
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import WAIT_S, WireClient, wire_client
from tests.support.writer import Writer

THEIRS = parse_room("codexpro_project_Secret.1")
NOTES = parse_document(f"{THEIRS}/f/notes")
SETTINGS = {
    f"COLLAB_LIMITS__{name}": "unlimited"
    for name in ("ERRORS_A_MINUTE", "FAILED_AUTHS_A_MINUTE", "MESSAGES_BURST", "JOINS_BURST")
}
NAMES = {  # OURS is a room of the attacker's own, another one each time
    "as it is": (THEIRS, NOTES),
    "lower case": (THEIRS.lower(), NOTES.lower()),
    "a dot in percent": (THEIRS.replace(".", "%2e"), NOTES.replace(".", "%2e")),
    "NUL": (f"{THEIRS}\0", f"{THEIRS}\0/f/notes"),
    "up from ours": (f"OURS/../{THEIRS}", f"OURS/../{NOTES}"),
    "wide letters": (THEIRS.replace("S", "\N{FULLWIDTH LATIN CAPITAL LETTER S}"), NOTES),
    "theirs in ours": ("OURS", NOTES),
    "ours, with ids of theirs": ("OURS", "OURS/f/notes"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    """One for all: what was tried before must not help either."""
    with running_server(tmp_path_factory.mktemp("server"), settings=SETTINGS) as server:
        yield server


@contextlib.asynccontextmanager
async def entered(server: ServerProcess, ours: str) -> AsyncGenerator[ClientConnection]:
    """Let an attacker in, with every right in a room of its own."""
    async with connect(server.url, compression=None, proxy=None) as socket:
        token = server.token("attacker", rooms={ours: "rwhmo"})
        await socket.send(json.dumps({"type": "auth", "token": token}))
        await socket.send(json.dumps({"type": "join", "room": ours}))
        await socket.send(frames.sync_step1(parse_document(f"{ours}/f/notes"), b"\x00"))
        yield socket


async def heard_by(socket: ClientConnection) -> str:
    """Return all that came until the server has answered a last question, or closed."""
    heard = ""
    try:
        async with asyncio.timeout(WAIT_S):
            await socket.send(json.dumps({"type": "ping", "t": "the last"}))
            while '"the last"' not in heard:
                frame = await socket.recv()
                heard += frame if isinstance(frame, str) else frame.decode(errors="replace")
    except ConnectionClosed:
        pass
    return heard


async def says(victim: WireClient, text: str) -> MessagePosted:
    """Let the victim say something, and wait until it is told to everybody who may hear it."""
    await victim.say(PostMessage(room=THEIRS, message=text))
    return await victim.hear(MessagePosted)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
async def test_nothing_of_another_room_is_seen(server: ServerProcess, name: str) -> None:
    ours = f"codexpro_project_{list(NAMES).index(name)}"
    room, document = (text.replace("OURS", ours) for text in NAMES[name])
    text = f"{CANARY} {ours}"
    token = server.token("victim", rooms={THEIRS: "rwhmo"}, name=CANARY)
    socket: ClientConnection | None = None
    async with (
        wire_client(server.url, token) as victim,
        contextlib.AsyncExitStack() as stack,
    ):
        await victim.say(Join(room=THEIRS))
        epoch = (await victim.hear(RoomJoined)).epoch
        await victim.open(NOTES)
        assert await victim.write(NOTES, Writer().insert(0, text))
        await victim.say(NameVersion(document=NOTES, name=CANARY))
        version = (await victim.hear(VersionNamed)).version
        message_id = (await says(victim, CANARY)).id
        assert message_id is not None
        aim = Aim(room=room, document=document, message_id=message_id, version=version)
        aim.epoch = epoch or ""
        everything, codes = "", set[int | None]()
        for _, frame in attacks(aim):
            if socket is None or socket.close_code is not None:
                socket = await stack.enter_async_context(entered(server, ours))
            await socket.send(frame)
            everything += await heard_by(socket)
            codes.add(socket.close_code)
        assert socket is not None
        await says(victim, f"{CANARY} again")
        everything += await heard_by(socket)
        everything += await heard_at_yjs(server, ours, document)

        assert CANARY not in everything
        assert '"the last"' in everything
        assert codes <= {None, 4500}  # a frame that no client sends
        await victim.say(FindVersions(document=NOTES))
        assert MARK not in repr(victim.heard)
    async with wire_client(server.url, server.token("late", rooms={THEIRS: "r"})) as late:
        seen = Writer()
        seen.apply(await late.open(NOTES))
        assert text in seen.text
        assert MARK not in seen.text


async def heard_at_yjs(server: ServerProcess, ours: str, document: str) -> str:
    """Come in by the door of stock clients; return all that came until it was closed."""
    path = quote(document, safe="/%")
    token = server.token("attacker", rooms={ours: "rwhmo"})
    url = f"{server.url.removesuffix('/ws')}/yjs/{path}?token={token}"
    heard = ""
    async with connect(url, compression=None, proxy=None) as socket:
        if document.startswith(f"{ours}/f/"):
            return heard
        try:
            await socket.send(b"\x00\x00\x01\x00")
            async with asyncio.timeout(WAIT_S):
                while True:
                    frame = await socket.recv()
                    heard += frame if isinstance(frame, str) else frame.decode(errors="replace")
        except ConnectionClosed:
            assert socket.close_code == 4403
    return heard
