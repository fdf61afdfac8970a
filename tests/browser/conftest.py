"""A real Chromium, pages of a product on a port of their own, and a real server.

Pages are served from another origin than the server, as products do. What a page threw, and every
dialog that it opened, is written down.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from collab_server.client_script import script_tag
from tests.support.server_process import ServerProcess, running_server

PAGES = Path(__file__).parent / "pages"
CODEMIRROR = Path(__file__).parents[1] / "node" / "node_modules" / "codemirror"
FILES = {
    "/codemirror.js": CODEMIRROR / "lib" / "codemirror.js",
    "/codemirror.css": CODEMIRROR / "lib" / "codemirror.css",
    "/codemirror-javascript.js": CODEMIRROR / "mode" / "javascript" / "javascript.js",
}
TYPES = {".js": "text/javascript", ".css": "text/css"}
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
]
API_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
ASKED = {"user": "61", "room": "codexpro_project_asked"}
"""Whom the product lets in, when the server asks it."""

MARK = "<!-- CLIENT SCRIPT -->"


class ProductPages:
    """The pages of a product, served on loopback."""

    def __init__(self) -> None:
        pages = self._pages = {}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if path in FILES:
                    body, headers = FILES[path].read_bytes(), {}
                    headers["Content-Type"] = TYPES[FILES[path].suffix]
                elif path in pages:
                    html, headers = pages[path]
                    body = html.encode()
                    headers = {"Content-Type": "text/html; charset=utf-8"} | headers
                else:
                    self.send_error(404)
                    return
                self.send_response(200)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                """Answer the server's question what a user may in a room."""
                length = int(self.headers["Content-Length"])
                asked = json.loads(self.rfile.read(length))
                answer = b'{"perm":"rw"}' if asked == ASKED else b""
                self.send_response(200 if answer else 403)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="product pages")
        self._thread.start()

    @property
    def authorize_url(self) -> str:
        """Where the server asks what a user may."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/authorize"

    def put(self, html: str, headers: dict[str, str] | None = None) -> str:
        """Serve a page, and return its address."""
        path = f"/page/{len(self._pages)}"
        self._pages[path] = (html, headers or {})
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Seen:
    """A page, and what went wrong in it."""

    page: Page
    thrown: list[str] = field(default_factory=list)  # exceptions that nobody caught
    dialogs: list[str] = field(default_factory=list)

    def dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def wait_for(self, expression: str, within_s: float = 30.0) -> None:
        """Wait until an expression of the page is true, also where a policy forbids `eval`."""
        deadline_s = time.monotonic() + within_s
        while not self.page.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < deadline_s, f"never came true: {expression}"
            self.page.wait_for_timeout(20)


OpenPage = Callable[..., Seen]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for a module, no longer: while it lives, an event loop runs in this thread."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"no {CHROMIUM} here: apt install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def products() -> Iterator[ProductPages]:
    pages = ProductPages()
    yield pages
    pages.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context()
    yield found
    found.close()


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, products: ProductPages
) -> Iterator[ServerProcess]:
    """A server that the tests of a module share, with everything of the seed open."""
    settings = {
        "COLLAB_ROOMS__LEGACY_OPEN": "codexpro_project_open*:rw ocr_job_open*:r",
        "COLLAB_HOOKS__AUTHORIZE_URL": products.authorize_url,
        "COLLAB_LIMITS__MESSAGES_A_S": "1000",
        "COLLAB_LIMITS__MESSAGES_BURST": "1000",
    }
    folder = tmp_path_factory.mktemp("server")
    key_file = folder / "key"
    key_file.write_text(API_KEY)
    arguments = ("--dev", "--api-key-file", str(key_file), "--internal-port", "0")
    with running_server(folder, *arguments, settings=settings) as process:
        yield process


def publish(server: ServerProcess, room: str, message: object, owner: str | None = None) -> None:
    """Say something as a product's back-end does, by the address that the seed names."""
    said = {"room": room, "message": message} | ({"owner": owner} if owner else {})
    _ask("POST", f"http://127.0.0.1:{server.port}/broadcast", said)


def put_room(server: ServerProcess, room: str, **members: str) -> None:
    """Grant rights in a room as a product's back-end does."""
    url = f"http://127.0.0.1:{server.ready['internal_port']}/api/rooms/{room}"
    _ask("PUT", url, {"owner": "1", "members": members})


def _ask(method: str, url: str, body: object) -> None:
    headers = {"X-API-Key": API_KEY, "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as response:
        assert response.status == 200


@pytest.fixture
def open_page(context: BrowserContext, products: ProductPages) -> OpenPage:
    """Open a page of the seed with the client script in it."""

    def opened(
        name: str,
        server: ServerProcess,
        token: str | None,
        *,
        query: str = "",
        init: str = "",
        policy: Callable[[str], str] | None = None,
        **attributes: str,
    ) -> Seen:
        given = {} if token is None else {"token": token}
        given |= {key.replace("_", "-"): value for key, value in attributes.items()}
        html = (PAGES / name).read_text().replace(MARK, script_tag(server.url, given))
        headers = {} if policy is None else {"Content-Security-Policy": policy(html)}
        seen = Seen(context.new_page())
        seen.page.on("pageerror", lambda error: seen.thrown.append(str(error)))
        seen.page.on("dialog", seen.dismiss)
        if init:
            seen.page.add_init_script(init)
        seen.page.goto(f"{products.put(html, headers)}{query}")
        return seen

    return opened
