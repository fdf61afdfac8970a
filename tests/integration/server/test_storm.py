"""A server restarts under many clients: all are back in time, spread out, and nothing is lost."""

import asyncio
import contextlib
import random
import time
from pathlib import Path

import pytest
from websockets.exceptions import WebSocketException

from collab_server.protocol.events import Auth, AuthSuccess, SessionKey, Shutdown
from collab_server.protocol.names import parse_document
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import wire_client
from tests.support.writer import Writer

CLIENTS = 150
BACK_WITHIN_S = 30.0
NOTES = parse_document("codexpro_project_7/f/notes")


class Person:
    """Somebody who writes, is sent away, and comes back as clients should."""

    def __init__(self, server: ServerProcess, number: int) -> None:
        self.number = number
        self.token = server.token(f"user-{number}")
        self.session: SessionKey | None = None
        self.spread_s = 0.0
        self.tries = 0

    async def write_until_sent_away(self, server: ServerProcess, ready: asyncio.Semaphore) -> None:
        async with wire_client(server.url) as client:
            await client.say(Auth(token=self.token))
            self.session = (await client.hear(AuthSuccess)).session
            await client.open(NOTES)
            assert await client.write(NOTES, Writer().insert(0, f"<{self.number}>"))
            ready.release()
            while not any(isinstance(said, Shutdown) for said in client.heard):
                await client.connection.wait_closed()
            self.spread_s = (await client.hear(Shutdown)).spread_ms / 1000
            assert (await client.hear_closed())[0] == 4000

    async def come_back(self, server: ServerProcess) -> None:
        """Within the spread, and then again and again with full jitter."""
        longest_s = self.spread_s
        while True:
            await asyncio.sleep(random.random() * longest_s)
            longest_s = 1.0
            self.tries += 1
            with contextlib.suppress(OSError, WebSocketException, AssertionError):
                async with wire_client(server.url) as client:
                    await client.say(Auth(token=self.token, session=self.session))
                    await client.hear(AuthSuccess)
                    return


@pytest.mark.slow
async def test_everybody_is_back_after_a_restart_and_nothing_is_lost(tmp_path: Path) -> None:
    settings = {"COLLAB_LIMITS__CONNECTIONS_AN_ADDRESS": "unlimited"}
    with running_server(tmp_path, settings=settings) as server:
        people = [Person(server, number) for number in range(CLIENTS)]
        ready = asyncio.Semaphore(0)
        async with asyncio.TaskGroup() as tasks:
            for person in people:
                tasks.create_task(person.write_until_sent_away(server, ready))
            for _ in people:
                await ready.acquire()
            assert await asyncio.to_thread(server.stop) == 0

        await asyncio.to_thread(server.restart)
        began_s = time.monotonic()
        async with asyncio.timeout(BACK_WITHIN_S), asyncio.TaskGroup() as tasks:
            for person in people:
                tasks.create_task(person.come_back(server))
        took_s = time.monotonic() - began_s

        reader = Writer()
        async with wire_client(server.url, server.token("reader")) as client:
            reader.apply(await client.open(NOTES))

    tries = sum(person.tries for person in people)
    print(f"{CLIENTS} clients were back after {took_s:.1f} s, in {tries} tries")
    assert {person.spread_s for person in people} == {2.0}
    assert sorted(reader.text.replace(">", "> ").split()) == sorted(
        f"<{number}>" for number in range(CLIENTS)
    )
