"""The page of a share link: a guest without the editor reads and writes the same texts."""

import asyncio
import shutil
import urllib.error
import urllib.request
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pycrdt
import pytest
from playwright.sync_api import BrowserContext, Dialog, Page

from collab_server.protocol.events import Invite, Invited
from collab_server.protocol.names import parse_document, parse_room
from tests.support.pair_bundle import PAIR, bundle
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import wire_client
from tests.support.writer import Writer

pytestmark = pytest.mark.e2e

ROOM = parse_room("codexpro_project_7")
HELLO, OTHER = parse_document(f"{ROOM}/f/hello"), parse_document(f"{ROOM}/f/other")
HOSTILE = '<img src=x onerror="alert(1)">.py'
WITHIN_MS = 60_000


def outside(work: Coroutine[Any, Any, Any]) -> Any:
    """Run something beside the browser, whose loop runs in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def share(server: ServerProcess, perm: str = "rw") -> str:
    """Share two files, and return an invitation's code."""
    manifest = pycrdt.Doc()
    files = manifest.get("files", type=pycrdt.Map)
    files["hello"] = {"path": "hello.py", "eol": "lf", "mode": "text"}
    files["other"] = {"path": HOSTILE, "eol": "lf", "mode": "text"}
    files["default"] = "hello"
    async with wire_client(server.url, server.token("ada", rooms={ROOM: "rwo"})) as ada:
        for name in (parse_document(ROOM), HELLO, OTHER):
            await ada.open(name)
        assert await ada.write(parse_document(ROOM), manifest.get_update())
        assert await ada.write(HELLO, Writer().insert(0, "print('hello')\n"))
        assert await ada.write(OTHER, Writer().insert(0, "the other file\n"))
        await ada.say(Invite(room=ROOM, perm=perm))
        return (await ada.hear(Invited)).code


async def stored(server: ServerProcess, ending: str) -> str:
    """Return the first file's text as soon as it ends so."""
    reader = Writer()
    async with wire_client(server.url, server.token("grace", rooms={ROOM: "r"})) as grace:
        reader.apply(await grace.open(HELLO))
        while not reader.text.endswith(ending):
            reader.apply(await grace.hear_update(HELLO))
    return reader.text


@dataclass
class Guest:
    """The page in a browser, and what went wrong in it."""

    page: Page
    trouble: list[str] = field(default_factory=list)

    def dismiss(self, dialog: Dialog) -> None:
        self.trouble.append(dialog.message)
        dialog.dismiss()

    def enter(self, url: str, name: str = "Mona") -> None:
        self.page.goto(url)
        self.page.fill("#name", name)
        self.page.click("#enter")

    def wait_for_text(self, text: str) -> None:
        self.page.locator(".cm-content", has_text=text).wait_for(timeout=WITHIN_MS)


@pytest.fixture
def sharing(tmp_path: Path) -> Iterator[ServerProcess]:
    with running_server(tmp_path) as process:
        yield process


@pytest.fixture
def guest(context: BrowserContext) -> Guest:
    found = Guest(context.new_page())
    found.page.set_default_timeout(WITHIN_MS)
    found.page.on("pageerror", lambda error: found.trouble.append(str(error)))
    found.page.on("dialog", found.dismiss)
    found.page.on(
        "console",
        lambda said: found.trouble.append(said.text) if said.type == "error" else None,
    )
    return found


def page_of(server: ServerProcess, code: str = "") -> str:
    return f"http://127.0.0.1:{server.port}/pair/{ROOM}" + (f"#{code}" if code else "")


def test_a_guest_writes_in_the_page_and_comes_back_as_the_same(
    sharing: ServerProcess, guest: Guest
) -> None:
    code = outside(share(sharing))
    guest.page.goto(page_of(sharing, code))
    link = guest.page.input_value("#link-text")
    opens = guest.page.get_attribute("#open", "href")
    guest.enter(page_of(sharing, code))
    guest.wait_for_text("print('hello')")
    address = guest.page.url

    guest.page.locator(".cm-content").press("Control+End")
    guest.page.keyboard.type("print('from the page')")
    text = outside(stored(sharing, "print('from the page')"))
    guest.page.reload()
    again = guest.page.inner_text("#enter")
    guest.page.click("#enter")
    guest.wait_for_text("from the page")

    assert link == opens == f"codexpro://join/127.0.0.1:{sharing.port}/{code}"
    assert text == "print('hello')\nprint('from the page')"
    assert code not in address
    assert again == "Go on as Mona"
    assert code not in sharing.log
    assert guest.trouble == []


def test_the_other_files_are_there_and_their_names_are_only_text(
    sharing: ServerProcess, guest: Guest
) -> None:
    code = outside(share(sharing))
    guest.enter(page_of(sharing, code))
    guest.wait_for_text("print('hello')")

    names = guest.page.locator("#files option").all_inner_texts()
    guest.page.select_option("#files", "other")
    guest.wait_for_text("the other file")

    assert names == [HOSTILE, "hello.py"]
    assert guest.page.locator("img").count() == 0
    assert guest.trouble == []


def test_who_may_only_read_cannot_type(sharing: ServerProcess, guest: Guest) -> None:
    code = outside(share(sharing, perm="r"))
    guest.enter(page_of(sharing, code))
    guest.wait_for_text("print('hello')")

    assert guest.page.get_attribute(".cm-content", "contenteditable") == "false"
    assert "may read" in guest.page.inner_text("#who")
    assert guest.trouble == []


def test_a_code_that_was_used_up_is_said_to_be(sharing: ServerProcess, guest: Guest) -> None:
    code = outside(share(sharing))
    guest.enter(page_of(sharing, code))
    guest.wait_for_text("print('hello')")
    guest.page.evaluate("localStorage.clear()")
    guest.page.goto("about:blank")

    guest.enter(page_of(sharing, code))
    guest.page.locator("#trouble").wait_for()

    assert guest.page.inner_text("#trouble") != ""
    assert guest.page.locator("#welcome").is_visible()


@pytest.mark.parametrize("code", ["", "short", "<script>alert(1)</script>", "x" * 65])
def test_a_link_without_a_code_offers_nothing(
    server: ServerProcess, guest: Guest, code: str
) -> None:
    guest.page.goto(page_of(server, code))

    assert guest.page.locator("#codeless").is_visible()
    assert not guest.page.locator("#app").is_visible()
    assert not guest.page.locator("#here").is_visible()
    assert guest.trouble == []


def test_only_its_own_script_may_run_and_nobody_frames_it(server: ServerProcess) -> None:
    with urllib.request.urlopen(page_of(server), timeout=20) as response:
        policy, body = response.headers["Content-Security-Policy"], response.read().decode()

    assert "default-src 'none'; script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert f'content="{nonce}"' in body
    assert body.count("<script") == 1


@pytest.mark.parametrize(
    "name", ["chat_general", "nothing", "codexpro_project_", "%3Cb%3E", "x%00"]
)
def test_what_is_no_project_has_no_page(server: ServerProcess, name: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/pair/{name}", timeout=20)

    with caught.value as error:
        assert error.code == 404
        assert name not in error.read().decode()


def test_the_bundle_is_made_of_its_source() -> None:
    if shutil.which("node") is None:
        pytest.skip("no node here, so the page's script cannot be bundled again")

    script, licences = bundle()

    assert (PAIR / "pair.js").read_bytes() == script
    assert (PAIR / "LICENSES.txt").read_text() == licences
