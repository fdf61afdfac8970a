"""Editors and servers that are killed while people type: nothing that was typed is missing."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.collab.text_replica import TextReplica
from collab_server.protocol.names import parse_document
from collab_server.storage.store import open_store
from tests.eventually import eventually
from tests.seeds import seeds
from tests.support.driven_app import DrivenApp
from tests.support.loopback_proxy import LoopbackProxy
from tests.support.server_process import ServerProcess, running_server

pytestmark = pytest.mark.e2e

FIRST = 0x4E00  # each typed character is another one, so that none can be lost or doubled unseen


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[DrivenApp]:
    app = DrivenApp(tmp_path / "app")
    yield app
    await app.stop()


def letters() -> Iterator[str]:
    return map(chr, itertools.count(FIRST))


def take(source: Iterator[str], count: int) -> str:
    return "".join(itertools.islice(source, count))


async def type_and_kill(app: DrivenApp, text: str, *, after: int) -> str:
    """Type, and kill the app when so many keys are in; return the keys that it told of."""
    app.send("type", text)
    told = [await app.answer() for _ in range(after)]
    told += await app.kill()
    return "".join(told)


async def type_all(app: DrivenApp, text: str) -> str:
    app.send("type", text)
    return "".join([await app.answer() for _ in text])


async def test_a_killed_editor_brings_an_unsaved_text_back(app: DrivenApp) -> None:
    await app.start()
    source = letters()

    told = await type_and_kill(app, take(source, 40), after=25)
    await app.start()

    ((name, text, is_modified),) = await app.ask("texts")
    assert (name, is_modified) == ("Untitled", True)
    assert text.startswith(told)
    assert "not saved" in (await app.ask("state"))["banner"]


async def test_a_changed_file_comes_back_changed_and_a_saved_one_does_not(
    app: DrivenApp, tmp_path: Path
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes("naïve 😀\r\n".encode())
    await app.start()
    assert await app.ask("open", str(path))
    told = await type_and_kill(app, take(letters(), 20), after=20)

    await app.start()
    assert await app.ask("texts") == [["notes.txt", f"{told}naïve 😀\n", True]]
    assert path.read_bytes() == "naïve 😀\r\n".encode()
    assert await app.ask("save")
    assert path.read_bytes() == f"{told}naïve 😀\r\n".encode()
    await app.kill()

    await app.start()
    assert await app.ask("texts") == [["Untitled", "", False]]


async def test_an_editor_that_the_system_ends_keeps_what_nobody_was_asked_about(
    app: DrivenApp,
) -> None:
    await app.start()
    told = await type_all(app, "kept 😀")

    assert await app.quit() == 0
    await app.start()

    assert await app.ask("texts") == [["Untitled", told, True]]


async def test_two_editors_at_once_leave_each_others_texts_alone(
    app: DrivenApp, tmp_path: Path
) -> None:
    await app.start()
    told = await type_all(app, "mine")
    other = DrivenApp(app.folder)

    await other.start()
    try:
        assert await other.ask("texts") == [["Untitled", "", False]]
        await app.kill()
        assert await other.ask("texts") == [["Untitled", "", False]]
    finally:
        await other.stop()
    await app.start()
    assert await app.ask("texts") == [["Untitled", told, True]]


async def test_many_kills_while_typing_lose_no_key(app: DrivenApp) -> None:
    plan, source, told = random.Random(4), letters(), ""
    for _ in range(5):
        await app.start()
        told += await type_and_kill(app, take(source, 60), after=plan.randrange(1, 50))
    await app.start()

    ((_, text, _),) = await app.ask("texts")
    counts = Counter(text)
    assert set(told) <= counts.keys()
    assert set(counts.values()) == {1}


class Pair:
    """Two editors, a server, and a bad network between them."""

    def __init__(self, folder: Path, server: ServerProcess, ways: list[LoopbackProxy]) -> None:
        self.server = server
        self.ways = ways
        urls = [f"ws://127.0.0.1:{way.port}/ws" for way in ways]
        self.ada = DrivenApp(folder / "ada", server=urls[0], token=server.token("ada"))
        self.grace = DrivenApp(folder / "grace")
        self.typed: dict[DrivenApp, list[str]] = {self.ada: [], self.grace: []}
        self.told: set[str] = set()
        self._source = letters()

    async def begin(self, path: Path) -> None:
        await self.ada.start()
        await self.ada.ask("open", str(path))
        await self.ada.ask("share")
        state = await self.ada.until(
            "state", is_so=lambda state: state["invitation"] != "", what="an invitation"
        )
        link = state["invitation"].replace(f":{self.server.port}/", f":{self.ways[1].port}/")
        await self.grace.start()
        await self.grace.ask("join", link)
        await self.grace.until("state", is_so=lambda state: state["document"] != "", what="a text")

    async def type_a_little(self, app: DrivenApp, count: int) -> None:
        self.told |= set(await type_all(app, take(self._source, count)))

    async def kill_typing(self, app: DrivenApp, count: int, after: int) -> None:
        text = take(self._source, count)
        self.told |= set(await type_and_kill(app, text, after=after))
        await app.start()

    async def stop(self) -> None:
        await self.ada.stop()
        await self.grace.stop()


async def settled(one: DrivenApp, other: DrivenApp) -> tuple[dict[str, Any], dict[str, Any]]:
    """Wait until both have the same, and the server has all of it."""
    async with asyncio.timeout(120):
        while True:
            states = await one.ask("state"), await other.ask("state")
            words = [(state["save"], state["link"]) for state in states]
            if states[0]["text"] == states[1]["text"] and words == [("saved", "live")] * 2:
                return states
            await asyncio.sleep(0.05)


async def stored_text(server: ServerProcess, document: str) -> str:
    """Return what the log on disk says, read without the server."""
    store = await open_store(f"sqlite:///{server.database}")
    try:
        stored = await store.load_document(parse_document(document))
        assert stored is not None
        reader = TextReplica()
        reader.apply((*stored.pieces, *stored.updates))
        return reader.text
    finally:
        await store.close()


@pytest.mark.parametrize("seed", seeds(1))
async def test_ten_kills_of_anybody_lose_nothing_and_double_nothing(
    tmp_path: Path, seed: int
) -> None:
    plan = random.Random(seed)
    path = tmp_path / "notes.txt"
    path.write_text("# begin\n")
    with running_server(tmp_path) as server:
        async with LoopbackProxy(server.port) as one, LoopbackProxy(server.port) as other:
            pair = Pair(tmp_path, server, [one, other])
            try:
                await pair.begin(path)
                await ten_kills(pair, plan)
                ada, grace = await settled(pair.ada, pair.grace)
            finally:
                await pair.stop()
        server.stop()
        text = await stored_text(server, ada["document"])

    assert ada["text"] == ada["widget"] == grace["text"] == grace["widget"] == text
    counts = Counter(char for char in text if ord(char) >= FIRST)
    assert pair.told <= counts.keys()
    assert set(counts.values()) == {1}
    assert "".join(char for char in text if ord(char) < FIRST) == "# begin\n"


async def ten_kills(pair: Pair, plan: random.Random) -> None:
    victims = ["ada", "grace", "server"] * 3 + [plan.choice(["ada", "grace", "server"])]
    plan.shuffle(victims)
    for victim in victims:
        way = plan.choice(pair.ways)
        plan.choice([way.cut, way.half_close, lambda: None])()
        way.delay_s = plan.choice([0.0, 0.0, 0.02])
        await pair.type_a_little(pair.ada, plan.randrange(1, 12))
        await pair.type_a_little(pair.grace, plan.randrange(1, 12))
        if victim == "server":
            pair.server.kill()
            await pair.type_a_little(pair.ada, plan.randrange(1, 12))
            await pair.type_a_little(pair.grace, plan.randrange(1, 12))
            pair.server.restart()
        else:
            app = pair.ada if victim == "ada" else pair.grace
            await pair.kill_typing(app, 30, after=plan.randrange(1, 25))
    for way in pair.ways:
        way.delay_s = 0.0


async def test_a_hosts_session_goes_on_when_its_editor_is_killed(
    app: DrivenApp, tmp_path: Path
) -> None:
    """The host's editor takes its server with it, and both come back for the guest."""
    path, source, told = tmp_path / "notes.txt", letters(), set[str]()
    path.write_text("# begin\n")
    guest = DrivenApp(tmp_path / "guest")
    await app.start()
    await app.ask("open", str(path))
    await app.ask("share")
    state = await app.until("state", is_so=lambda s: s["invitation"] != "", what="an invitation")
    await guest.start()
    try:
        await guest.ask("join", state["invitation"])
        await guest.until("state", is_so=lambda s: s["document"] != "", what="the text")
        for _ in range(2):
            told |= set(await type_and_kill(app, take(source, 30), after=12))
            told |= set(await type_all(guest, take(source, 10)))
            await app.start()
            told |= set(await type_all(app, take(source, 10)))
        one, other = await settled(app, guest)
    finally:
        await guest.stop()

    assert one["text"] == other["text"] == other["widget"]
    assert one["document"] == other["document"] == state["document"]
    counts = Counter(char for char in one["text"] if ord(char) >= FIRST)
    assert told <= counts.keys()
    assert set(counts.values()) == {1}


async def test_changes_that_were_not_sent_when_a_window_was_closed_are_sent_next_time(
    tmp_path: Path,
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("# begin\n")
    with running_server(tmp_path) as server:
        async with LoopbackProxy(server.port) as one, LoopbackProxy(server.port) as other:
            pair = Pair(tmp_path, server, [one, other])
            try:
                await pair.begin(path)
                other.is_open = False
                other.cut()
                await pair.grace.until(
                    "state", is_so=lambda state: state["link"] != "live", what="an outage"
                )
                await pair.type_a_little(pair.grace, 10)
                await pair.grace.ask("close")
                assert await pair.grace.ask("choose", "discard")
                assert await pair.grace.ended() == 0

                other.is_open = True
                await pair.grace.start()
                ada, _ = await settled(pair.ada, pair.grace)
            finally:
                await pair.stop()

    assert pair.told <= set(ada["text"])


async def test_messages_that_were_not_sent_when_an_editor_was_killed_are_said_once(
    tmp_path: Path,
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("# begin\n")
    with running_server(tmp_path) as server:
        async with LoopbackProxy(server.port) as one, LoopbackProxy(server.port) as other:
            pair = Pair(tmp_path, server, [one, other])
            try:
                await pair.begin(path)
                await pair.grace.until(
                    "say", "with a connection", is_so=bool, what="a room to speak in"
                )
                await pair.grace.kill()  # whether the server has heard it or not
                await pair.grace.start()
                await pair.grace.until("chat", is_so=lambda said: len(said) == 1, what="the first")
                other.is_open = False
                other.cut()
                await pair.grace.until(
                    "state", is_so=lambda state: state["link"] != "live", what="an outage"
                )
                assert await pair.grace.ask("say", "without one 😀")
                assert await pair.grace.ask("say", "and another")
                await pair.grace.kill()

                other.is_open = True
                await pair.grace.start()
                wanted = [
                    ["with a connection", True],
                    ["without one 😀", True],
                    ["and another", True],
                ]
                for app in (pair.grace, pair.ada):
                    await app.until("chat", is_so=wanted.__eq__, what="each message, once")
                kept = pair.grace.folder / "data" / "unsent"
                await eventually(lambda: not list(kept.rglob("*.journal")), what="nothing kept")
            finally:
                await pair.stop()
