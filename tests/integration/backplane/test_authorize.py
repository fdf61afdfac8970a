"""A product is asked by HTTP what a user may: a real server asks a real listener."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from collab_server.admin.gate import Asked, Gate
from collab_server.backplane.authorize import AuthorizeHook
from collab_server.backplane.errors import HookFailed
from collab_server.protocol.events import Error, Join, RoomJoined
from collab_server.protocol.names import parse_room
from tests.support.api_client import API_KEY
from tests.support.server_process import running_server
from tests.support.wire_client import wire_client

ROOM = parse_room("codexpro_project_9")
Answer = Callable[[bytes], bytes | None]


def ok(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def status(line: str) -> bytes:
    return f"HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


@contextlib.asynccontextmanager
async def product(answer: Answer) -> AsyncGenerator[tuple[str, list[tuple[bytes, bytes]]]]:
    """Listen as a product; yield the URL, and what was asked, head and body."""
    asked: list[tuple[bytes, bytes]] = []
    tasks: set[asyncio.Task[None]] = set()

    def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(converse(reader, writer)))

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            body = await reader.readexactly(length)
            asked.append((head, body))
            said = answer(body)
            if said is None:
                await reader.read()  # until the other side gives up
            else:
                writer.write(said)
                await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/may?x=1", asked
    finally:
        server.close()
        await asyncio.gather(*tasks)  # whoever asked has gone: every conversation ends
        await server.wait_closed()


def may_write(body: bytes) -> bytes | None:
    said = json.loads(body)
    return ok(b'{"perm":"rw"}') if said == {"user": "ada", "room": ROOM} else status("403 No")


async def test_what_the_product_says_is_a_right_and_the_question_is_signed(tmp_path: Path) -> None:
    async with product(may_write) as (url, asked):
        settings = {"COLLAB_HOOKS__AUTHORIZE_URL": url, "COLLAB_API_KEY": API_KEY}
        with running_server(tmp_path, settings=settings) as server:
            async with wire_client(server.url, server.token("ada", rooms={})) as ada:
                await ada.say(Join(room=ROOM))
                joined = await ada.hear(RoomJoined)
            async with wire_client(server.url, server.token("eve", rooms={})) as eve:
                await eve.say(Join(room=ROOM))
                refused = await eve.hear(Error)

    head, body = asked[0]
    pairs = (line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    headers = {name.lower(): value for name, value in pairs}
    question = Asked(
        method="POST",
        target="/may?x=1",
        headers={"x-collab-signature": headers[b"x-collab-signature"].decode()},
        body=body,
    )
    assert (joined.perm, refused.slug) == ("rw", "permission_denied")
    Gate(API_KEY.encode(), started_s=0).check(question, time.time())


async def test_a_product_that_does_not_answer_grants_nothing_and_it_may_be_tried_again(
    tmp_path: Path,
) -> None:
    silent = True

    def answer(body: bytes) -> bytes | None:
        return None if silent else may_write(body)

    async with product(answer) as (url, _):
        settings = {"COLLAB_HOOKS__AUTHORIZE_URL": url}
        with running_server(tmp_path, settings=settings) as server:
            async with wire_client(server.url, server.token("ada", rooms={})) as ada:
                await ada.say(Join(room=ROOM))
                refused = await ada.hear(Error)
                silent = False
                await ada.say(Join(room=ROOM))
                await ada.hear(RoomJoined)
            server.stop()

    assert (refused.slug, refused.temporary) == ("unavailable", True)
    assert "the authorize hook failed" in server.log


@pytest.mark.parametrize(
    "said",
    [
        status("500 Broken"),
        status("302 Elsewhere"),
        ok(b""),
        ok(b"[]"),
        ok(b'{"perm":7}'),
        ok(b'{"perm":"rwx"}'),
        ok(b"\xff"),
        ok(b'{"perm":"rw"}' + b" " * 10_000),
        b"not HTTP at all\r\n\r\n",
        b"",
    ],
)
async def test_whatever_else_is_answered_is_a_failure(said: bytes) -> None:
    async with product(lambda _: said) as (url, _):
        hook = AuthorizeHook(url, None)

        with pytest.raises(HookFailed):
            await hook.perm_of("ada", ROOM)

        await hook.close()


@pytest.mark.parametrize(
    ("said", "perm"),
    [(ok(b'{"perm":""}'), ""), (ok(b'{"perm":"rwh","x":1}'), "rwh"), (status("404 No"), "")],
)
async def test_what_is_answered_rightly_counts(said: bytes, perm: str) -> None:
    async with product(lambda _: said) as (url, _):
        hook = AuthorizeHook(url, None)

        assert await hook.perm_of("ada", ROOM) == perm

        await hook.close()


async def test_nobody_there_is_a_failure() -> None:
    hook = AuthorizeHook("http://127.0.0.1:9/may", None)

    with pytest.raises(HookFailed):
        await hook.perm_of("ada", ROOM)

    await hook.close()
