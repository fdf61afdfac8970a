"""A window, CodeMirror and Monaco on one text, in a real Chromium: equal, and each sees the others.

The pages are bundled with esbuild from the packages of tests/node, as a product would; Playwright
has a thread of its own, beside the loop of the windows.
"""

import asyncio
import functools
import http.server
import json
import shutil
import subprocess
import threading
import time
import urllib.parse
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.demo import press
from app.services.shared_document import SharedDocument
from app.ui.editor_window import EditorWindow
from collab_server.protocol.names import parse_document, room_of
from collab_server.protocol.tokens import TokenClaims, sign_token
from tests.browser.conftest import CHROMIUM
from tests.e2e.conftest import Desk
from tests.eventually import eventually
from tests.support.chromium import WITHIN_S, Browser

pytestmark = [pytest.mark.e2e, pytest.mark.node]

NODE = Path(__file__).parents[1] / "node"
MONACO = "monaco-editor/esm/vs/editor/editor.api.js"
HTML = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="{0}.css">
<body></body><script src="{0}.js"></script>"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bundle the pages and serve them; gives the address that they are at."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"no {CHROMIUM} here: apt install chromium")
    folder = tmp_path_factory.mktemp("pages")
    for editor in ("codemirror", "monaco"):
        command = ["node", "node_modules/esbuild/bin/esbuild", f"browser_{editor}.mjs", "--bundle"]
        command += ["--format=iife", "--loader:.ttf=dataurl", "--log-level=error"]
        command += [f"--alias:{MONACO}=./node_modules/{MONACO}"]
        subprocess.run([*command, f"--outfile={folder / editor}.js"], cwd=NODE, check=True)
        (folder / f"{editor}.css").touch()
        (folder / f"{editor}.html").write_text(HTML.format(editor))
    handler = functools.partial(_QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, name="pages")
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
async def browser(desk: Desk) -> AsyncIterator[Browser]:
    browser = Browser()
    await browser.start()
    yield browser
    await browser.stop()
    assert browser.thrown == []


def shared(window: EditorWindow) -> SharedDocument:
    return window.collaboration.documents[0]


def token(desk: Desk, user: str, document: str) -> str:
    now_s = int(time.time())
    room = room_of(parse_document(document))
    claims = TokenClaims(
        user_id=user.lower(),
        name=user,
        rooms={room: "rw"},
        issued_at_s=now_s,
        expires_at_s=now_s + 900,
        nonce=f"nonce of {user}",
    )
    return sign_token(claims, desk.server.secret.encode())


async def join(desk: Desk, browser: Browser, pages: str, window: EditorWindow) -> dict[str, str]:
    """Open the window's document in both browser editors."""
    address = await desk.server.start()
    users = {"codemirror": "Carl", "monaco": "Mona"}
    for editor, user in users.items():
        door = address.socket_url if editor == "monaco" else address.socket_url[:-2] + "yjs"
        document = window.document_name
        where = {"url": door, "name": document, "token": token(desk, user, document)}
        hash_ = urllib.parse.quote(json.dumps(where))
        await browser.open(editor, f"{pages}/{editor}.html#{hash_}")
        await browser.until(editor, "isSynced", bool)
    return users


async def alike(browser: Browser, *windows: EditorWindow) -> str:
    """Wait until every editor shows one text, and return it."""

    async def texts() -> set[str]:
        shown = [await browser.run(editor, "text") for editor in ("codemirror", "monaco")]
        model = [await browser.run(editor, "shared") for editor in ("codemirror", "monaco")]
        return {window.text for window in windows} | {*shown, *model}

    deadline_s = time.monotonic() + WITHIN_S
    while len(found := await texts()) > 1:
        assert time.monotonic() < deadline_s, found
        await asyncio.sleep(0.02)
    return found.pop()


async def test_a_window_and_two_browser_editors_share_text_carets_and_undo(
    desk: Desk, browser: Browser, pages: str, tmp_path: Path
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("one 😀\ntwo\nthree\n", encoding="utf-8")
    ada, grace = await desk.pair(path)
    users = await join(desk, browser, pages, ada)
    assert await alike(browser, ada, grace) == "one 😀\ntwo\nthree\n"

    await browser.run("codemirror", "replace", 0, 0, "CodeMirror ä\n")
    await browser.run("monaco", "replace", 13, 13, "Monaco 中文\n")
    for char in "window ":
        press(ada, char)
    text = await alike(browser, ada, grace)
    assert "window " in text
    assert "CodeMirror ä\n" in text
    assert "Monaco 中文\n" in text

    end = len(text.encode("utf-16-le")) // 2
    await browser.run("codemirror", "select", 2, 7)
    await browser.run("monaco", "select", end, end)
    ada.editor.select(end - 2, end - 1)
    await eventually(
        lambda: (
            {(c.name, c.anchor_utf16, c.head_utf16) for c in shared(ada).carets}
            >= {("Carl", 2, 7), ("Mona", end, end)}
        ),
        timeout_s=WITHIN_S,
        what="the carets of the browsers in the window",
    )
    # The two bindings do not read each other's carets; the windows speak both their languages.
    await browser.until("codemirror", "people", lambda found: {*found} == {"Ada", "Grace"})
    await browser.until("codemirror", "caretsAt", lambda found: end - 1 in found)
    await browser.until("monaco", "caretsAt", lambda found: end - 1 in found)
    assert set(users.values()) <= {person.name for person in shared(grace).carets}
    await browser.picture("codemirror", tmp_path / "codemirror.png")
    await browser.picture("monaco", tmp_path / "monaco.png")

    await browser.run("codemirror", "undo")
    without = await alike(browser, ada, grace)
    assert without == text.replace("CodeMirror ä\n", "")


async def test_what_was_typed_offline_in_a_browser_is_merged(
    desk: Desk, browser: Browser, pages: str, tmp_path: Path
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("begin\nend\n", encoding="utf-8")
    ada, grace = await desk.pair(path)
    await join(desk, browser, pages, ada)
    for editor in ("codemirror", "monaco"):
        await browser.run(editor, "leave")
        await browser.until(editor, "isSynced", lambda is_synced: not is_synced)

    await browser.run("codemirror", "replace", 6, 6, "of CodeMirror 😀\n")
    await browser.run("monaco", "replace", 6, 6, "of Monaco\n")
    for char in "of the window ":
        press(grace, char)
    for editor in ("codemirror", "monaco"):
        await browser.run(editor, "comeBack")
        await browser.until(editor, "isSynced", bool)

    text = await alike(browser, ada, grace)
    assert all(part in text for part in ("of CodeMirror 😀\n", "of Monaco\n", "of the window "))
