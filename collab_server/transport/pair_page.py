"""The page of a share link: for a guest who opens it in a browser (PROTOCOL.md §1).

It offers the invitation to CodeXPro, or edits the project's texts itself, with stock Yjs clients on
`/yjs`. The invitation's code stands behind `#`, so it never comes here. Nothing but our own two
files may run or be loaded. Does not know whether there is such a project: to say so would be to
tell strangers.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from collab_server.core.permissions import RoomClass, class_of
from collab_server.protocol.errors import InvalidName
from collab_server.protocol.names import parse_room
from collab_server.transport.web_responses import file_response
from collab_server.web_files import web_file

if TYPE_CHECKING:
    from starlette.requests import Request


def pair_page() -> tuple[Route, ...]:
    """Return the page and what it loads."""
    page = web_file("pair/pair.html").content.decode()
    script, style = web_file("pair/pair.js"), web_file("pair/pair.css")

    async def pair(request: Request) -> Response:
        if not _is_project(request.path_params["project"]):
            return PlainTextResponse("There is no such page.\n", status_code=404)
        nonce = secrets.token_urlsafe(16)
        headers = {
            "Content-Security-Policy": _policy(nonce),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return HTMLResponse(page.replace("{{nonce}}", nonce), headers=headers)

    async def pair_js(request: Request) -> Response:
        return file_response(request, script, "text/javascript; charset=utf-8")

    async def pair_css(request: Request) -> Response:
        return file_response(request, style, "text/css; charset=utf-8")

    return (
        Route("/pair/{project}", pair),
        Route("/pair.js", pair_js),
        Route("/pair.css", pair_css),
    )


def _is_project(name: str) -> bool:
    try:
        return class_of(parse_room(name)) is RoomClass.PROJECT
    except InvalidName:
        return False


def _policy(nonce: str) -> str:
    """Return what the page may load and run.

    CodeMirror adds its style sheet by itself, with the nonce; carets of others get their colour by
    an attribute, from what the server has stamped.
    """
    return (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; "
        f"style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
