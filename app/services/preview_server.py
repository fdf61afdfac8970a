"""Hands one window's pages to the browser on this machine, and tells it when they have changed.

Listens on loopback only, at a port and under a path that nobody can guess; another Host than its
own is refused, so that no site can have its name point here. Whoever asks gets what `find` gives
and nothing else. Imported when somebody previews a page, and not before: it takes half a second.
Knows no window and no session. Source: EDITOR.md (preview); the issue: preview.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import secrets
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from app.model.preview import (
    LIVE,
    MOST_FILE_BYTES,
    POLICY,
    Held,
    PreviewFile,
    PreviewText,
    is_page,
    kind_of,
    preview_path,
    with_script,
)
from app.storage.file_errors import FileError
from app.storage.preview_files import read_inside

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import Receive, Scope, Send

    from app.model.preview import Found

logger = logging.getLogger(__name__)

_LOOPBACK = "127.0.0.1"
_KEEP_ALIVE_S = 5
_STOP_S = 2.0
_MOST_CONNECTIONS = 64
_MOST_STREAMS = 32
_SCRIPT, _STREAM = f"{LIVE}/reload.js", f"{LIVE}/changes"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # the path is a secret, but not from the page itself
    "X-Content-Type-Options": "nosniff",
}
_RELOAD_JS = """\
(() => {
  const here = new URL(document.currentScript.src);
  const changes = new EventSource(new URL("changes" + here.search, here));
  let missed = 0;
  changes.onopen = () => { missed = 0; };
  changes.onerror = () => { missed += 1; if (missed > 5) changes.close(); };
  changes.onmessage = () => { changes.close(); location.reload(); };
  addEventListener("pagehide", () => changes.close());
})();
"""
_HELD_HTML = """\
<!doctype html><meta charset="utf-8"><title>CodeXPro</title>
<p>Others wrote this. CodeXPro asks you in its window before it is run here.</p>
"""


class PreviewServer:
    """Pages of one window, for as long as it previews them.

    Invariant: nothing is answered but GET and HEAD, at our own Host and under our own path.
    """

    def __init__(self, find: Callable[[str], Found]) -> None:
        """Prepare; nothing listens yet.

        Args:
            find: returns what there is at a path, as `preview_path` gives it; asked in the loop.
        """
        self._find = find
        self._secret = secrets.token_urlsafe(24)
        self._state = ServerState()
        self._server: asyncio.AbstractServer | None = None
        self._host = ""
        self._version = 0  # of everything; what a page was made of is in its script's address
        self._changed = asyncio.Event()  # of this version; the next one has another
        self._streams = 0
        self._is_over = False

    async def start(self) -> None:
        """Listen on a free port of this machine.

        Raises:
            OSError: there is none.
        """
        config = Config(
            self._answer,
            http=H11Protocol,
            ws="none",
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            limit_concurrency=_MOST_CONNECTIONS,
        )
        config.load()
        loop = asyncio.get_running_loop()
        protocol = partial(H11Protocol, config, self._state, app_state={}, _loop=loop)
        self._server = await loop.create_server(protocol, _LOOPBACK, 0)
        port = self._server.sockets[0].getsockname()[1]
        self._host = f"{_LOOPBACK}:{port}"

    def address_of(self, path: str) -> str:
        """Return where a browser finds a file of the project. Secret: never logged."""
        return f"http://{self._host}/{self._secret}/{quote(path)}"

    def tell_changed(self) -> None:
        """Let the pages that are open be loaded again."""
        self._version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def stop(self) -> None:
        """End all connections, and listen no more."""
        self._is_over = True
        self.tell_changed()
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=_STOP_S)
        for connection in list(self._state.connections):
            connection.transport.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                await self._server.wait_closed()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._response(request)
        response.headers.update(_HEADERS)
        await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        hosts = request.headers.getlist("host")
        if hosts != [self._host]:
            return _refusal(421, "This server answers on its own address only.")
        if request.method not in ("GET", "HEAD"):
            return _refusal(405, "Pages are read here, nothing else.")
        _, secret, *rest = (*request.scope["path"].split("/", 2), "", "")
        if not self._is_ours(secret):
            return self._from_root(request)
        asked = rest[0]
        if asked == _SCRIPT:
            return Response(_RELOAD_JS, media_type="text/javascript; charset=utf-8")
        if asked == _STREAM and request.method == "GET":
            return self._stream(request.query_params.get("seen", ""))
        return await self._file(asked)

    def _is_ours(self, secret: str) -> bool:
        return hmac.compare_digest(secret.encode(), self._secret.encode())

    def _from_root(self, request: Request) -> Response:
        """Lead a page of ours that asks from the root, as for `/style.css`, into its project.

        Only such a page knows what to say of where it stands, and a browser lets no other say it.
        """
        referred = request.headers.get("referer", "").split("/", 4)
        if len(referred) < 5 or referred[2] != self._host or not self._is_ours(referred[3]):
            return _refusal(404, "There is no such page.")
        query = request.scope["query_string"].decode("latin-1")
        target = f"/{self._secret}{quote(request.scope['path'])}" + (f"?{query}" if query else "")
        return Response(status_code=307, headers={"Location": target})

    async def _file(self, asked: str) -> Response:
        path = preview_path(asked)
        found = self._find(path) if path is not None else None
        match found:
            case PreviewText():
                return self._text(path or "", found.text)
            case PreviewFile():
                try:
                    content = await asyncio.to_thread(
                        read_inside, found.folder, found.path, most_bytes=MOST_FILE_BYTES
                    )
                except FileError:
                    return _refusal(404, "There is no such file in the project.")
                if is_page(found.path):
                    return self._text(found.path, content.decode(errors="replace"))
                return _of_kind(kind_of(found.path), content)
            case Held():
                return _page(with_script(_HELD_HTML, self._script()), 403)
            case None:
                return _refusal(404, "There is no such file in the project.")

    def _text(self, path: str, text: str) -> Response:
        if is_page(path):
            return _page(with_script(text, self._script()), 200)
        return _of_kind(kind_of(path), text.encode())

    def _script(self) -> str:
        return f"/{self._secret}/{_SCRIPT}?seen={self._version}"

    def _stream(self, seen_text: str) -> Response:
        if not (seen_text.isascii() and seen_text.isdecimal() and len(seen_text) < 16):
            return _refusal(400, "Which version was seen?")
        if self._streams >= _MOST_STREAMS:
            return _refusal(503, "Too many pages are open.")
        return StreamingResponse(self._changes(int(seen_text)), media_type="text/event-stream")

    async def _changes(self, seen: int) -> AsyncIterator[str]:
        """Say once that there is another version than the one that was seen."""
        self._streams += 1
        try:
            yield "retry: 1000\n\n"
            while self._version == seen:
                changed = self._changed
                await changed.wait()
            if not self._is_over:
                yield f"data: {self._version}\n\n"
        finally:
            self._streams -= 1


def _page(text: str, status: int) -> Response:
    return Response(text, status_code=status, media_type="text/html; charset=utf-8")


def _of_kind(kind: str, content: bytes) -> Response:
    """Return bytes of a kind; the kind is said as it is, with no character set added."""
    return Response(content, headers={"Content-Type": kind})


def _refusal(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status)
