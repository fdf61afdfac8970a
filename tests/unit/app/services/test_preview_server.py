"""The server of previews over real sockets: what it hands out, to whom, and when it says so."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.model.preview import Found, Held, PreviewFile, PreviewText
from app.services.preview_server import PreviewServer

PAGE = "<body>Grüße</body>"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class World:
    """A server, what it finds, and a client that says what it likes."""

    found: dict[str, Found] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = PreviewServer(self.find)

    def find(self, path: str) -> Found:
        self.asked.append(path)
        return self.found.get(path)

    @property
    def host(self) -> str:
        return self.server.address_of("").split("/")[2]

    @property
    def root(self) -> str:
        """The path that everything stands under, with "/" at both ends."""
        return self.server.address_of("").removeprefix(f"http://{self.host}")

    async def get(
        self, target: str, *, host: str | None = None, method: str = "GET", more: str = ""
    ) -> Answer:
        reader, writer = await self.ask(target, host=host, method=method, more=more)
        whole = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        await writer.wait_closed()
        head, _, body = whole.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        return Answer(int(first.split()[1]), headers, body)

    async def is_served(self) -> bool:
        """Tell whether our page is there: the port may be anybody's by now."""
        try:
            return (await self.get(self.root)).text.startswith("<body>Grüße")
        except (OSError, ValueError, IndexError):
            return False

    async def ask(
        self, target: str, *, host: str | None = None, method: str = "GET", more: str = ""
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address, port = self.host.split(":")
        reader, writer = await asyncio.open_connection(address, int(port))
        hosts = f"Host: {self.host if host is None else host}\r\n"
        writer.write(
            f"{method} {target} HTTP/1.1\r\n{hosts}Connection: close\r\n{more}\r\n".encode()
        )
        return reader, writer


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    await world.server.start()
    yield world
    await world.server.stop()


async def test_a_text_is_handed_out_as_it_stands_with_our_script(world: World) -> None:
    world.found["index.html"] = PreviewText(PAGE)

    answer = await world.get(world.root)

    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<body>Grüße<script src=")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_a_style_sheet_is_handed_out_without_it(world: World) -> None:
    world.found["a/style.css"] = PreviewText("body {}")

    answer = await world.get(f"{world.root}a/style.css")

    assert (answer.text, answer.headers["content-type"]) == ("body {}", "text/css; charset=utf-8")


async def test_files_come_from_the_folder(world: World, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "b.html").write_bytes(b"<p>\xff</p>")
    world.found["a.png"] = PreviewFile(tmp_path, "a.png")
    world.found["b.html"] = PreviewFile(tmp_path, "b.html")

    image = await world.get(f"{world.root}a.png")
    page = await world.get(f"{world.root}b.html")

    assert (image.body, image.headers["content-type"]) == (b"\x89PNG\r\n", "image/png")
    assert page.text.startswith("<p>\ufffd</p><script")


async def test_a_file_that_leads_outside_is_not_there(world: World, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.txt").symlink_to(tmp_path / "secret.txt")
    world.found["a.txt"] = PreviewFile(tmp_path / "project", "a.txt")

    answer = await world.get(f"{world.root}a.txt")

    assert answer.status == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        "../index.html",
        "%2e%2e/index.html",
        "..%2findex.html",
        "a/%2e%2e/%2e%2e/index.html",
        "..%5cindex.html",
        "/etc/passwd.txt",
        ".env",
        "%2eenv",
        ".git/index.html",
        "a%00.html",
        "server.py",
        ".live/",
        ".live/../index.html",
    ],
)
async def test_ways_out_are_refused_and_nobody_is_asked(world: World, asked: str) -> None:
    world.found["index.html"] = PreviewText(PAGE)

    answer = await world.get(f"{world.root}{asked}")

    assert answer.status == 404
    assert world.asked == []


async def test_without_the_secret_nothing_is_there(world: World) -> None:
    world.found["index.html"] = PreviewText(PAGE)

    answers = [
        await world.get(target)
        for target in ("/", "/index.html", "/x/index.html", world.root[:-2] + "/index.html")
    ]

    assert [answer.status for answer in answers] == [404] * 4
    assert world.asked == []


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", "evil.example:80", ""]
)
async def test_another_host_than_its_own_is_refused(world: World, host: str) -> None:
    world.found["index.html"] = PreviewText(PAGE)

    answer = await world.get(world.root, host=host)

    assert answer.status == 421
    assert world.asked == []


async def test_pages_are_read_and_nothing_else(world: World) -> None:
    world.found["index.html"] = PreviewText(PAGE)

    post = await world.get(world.root, method="POST", more="Content-Length: 0\r\n")
    head = await world.get(world.root, method="HEAD")
    stream = await world.get(f"{world.root}.live/changes?seen=0", method="HEAD")

    assert (post.status, head.status, head.body) == (405, 200, b"")
    assert stream.status == 404


async def test_what_is_held_is_not_shown_and_loads_again(world: World) -> None:
    world.found["index.html"] = Held.UNASKED

    answer = await world.get(world.root)

    assert answer.status == 403
    assert "reload.js" in answer.text


async def test_a_page_hears_when_something_has_changed_and_no_sooner(world: World) -> None:
    script = await world.get(f"{world.root}.live/reload.js?seen=0")
    reader, writer = await world.ask(f"{world.root}.live/changes?seen=0")
    begun = await asyncio.wait_for(reader.readuntil(b"retry: 1000"), 30)

    world.server.tell_changed()
    rest = await asyncio.wait_for(reader.read(), 30)
    writer.close()

    assert "EventSource" in script.text
    assert b"\r\n\r\nd\r\nretry: 1000" in begun  # a chunk of 13 bytes, and nothing before it
    assert b"data: 1" in rest


async def test_who_missed_a_change_hears_of_it_at_once(world: World) -> None:
    world.server.tell_changed()

    answer = await world.get(f"{world.root}.live/changes?seen=0")

    assert b"data: 1" in answer.body


@pytest.mark.parametrize("seen", ["", "x", "-1", "%D9%A1", "9" * 40])
async def test_a_stream_says_what_was_seen(world: World, seen: str) -> None:
    answer = await world.get(f"{world.root}.live/changes?seen={seen}")

    assert answer.status == 400


async def test_at_the_end_streams_end_and_nobody_listens(world: World) -> None:
    reader, writer = await world.ask(f"{world.root}.live/changes?seen=0")
    await asyncio.wait_for(reader.readuntil(b"retry: 1000"), 30)
    world.found["index.html"] = PreviewText(PAGE)
    await world.server.stop()
    rest = await asyncio.wait_for(reader.read(), 30)
    writer.close()

    assert b"data:" not in rest
    assert not await world.is_served()


async def test_there_are_not_more_streams_than_some(world: World) -> None:
    streams = [await world.ask(f"{world.root}.live/changes?seen=0") for _ in range(32)]
    for reader, _ in streams:
        await asyncio.wait_for(reader.readuntil(b"retry: 1000"), 30)

    refused = await world.get(f"{world.root}.live/changes?seen=0")
    for _, writer in streams:
        writer.close()

    async def is_free() -> bool:
        return (await world.get(f"{world.root}.live/changes?seen=1")).status == 200

    assert refused.status == 503
    for _, writer in streams:
        await writer.wait_closed()
    deadline = asyncio.get_running_loop().time() + 30
    while not await is_free():
        assert asyncio.get_running_loop().time() < deadline


async def test_a_page_that_asks_from_the_root_is_led_into_its_folder(world: World) -> None:
    world.found["style.css"] = PreviewText("p {}")
    here = f"Referer: http://{world.host}{world.root}sub/index.html\r\n"

    led = await world.get("/style.css?v=1%202", more=here)
    odd = await world.get("//elsewhere.example/x", more=here)

    assert (led.status, led.headers["location"]) == (307, f"{world.root}style.css?v=1%202")
    assert (await world.get(led.headers["location"], more=here)).text == "p {}"
    assert (odd.status, odd.headers["location"]) == (307, f"{world.root}/elsewhere.example/x")
    assert world.asked == ["style.css"]


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "Referer: http://{host}/\r\n",
        "Referer: http://{host}/guessed/index.html\r\n",
        "Referer: http://evil.example{root}\r\n",
        "Referer: http://evil.example/{host}{root}\r\n",
        "Referer: {root}\r\n",
    ],
)
async def test_who_does_not_know_the_secret_path_is_led_nowhere(world: World, referer: str) -> None:
    world.found["style.css"] = PreviewText("p {}")

    answer = await world.get("/style.css", more=referer.format(host=world.host, root=world.root))

    assert (answer.status, world.asked) == (404, [])


@pytest.mark.parametrize("climbing", ["/../secret.css", "/%2e%2e/secret.css", "/a/..%2fsecret.css"])
async def test_from_the_root_nothing_outside_of_the_folder_is_reached(
    world: World, tmp_path: Path, climbing: str
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "secret.css").write_text("secret")
    for path in ("secret.css", "../secret.css", "a/../secret.css"):
        world.found[path] = PreviewFile(tmp_path / "site", path)
    here = f"Referer: http://{world.host}{world.root}\r\n"

    led = await world.get(climbing, more=here)
    answer = await world.get(led.headers["location"], more=here)

    assert "secret" not in answer.text
    assert answer.status == 404
