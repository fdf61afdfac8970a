"""Our own files over HTTP: kept by browsers for a moment, and asked for again by their tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

    from collab_server.web_files import WebFile

FRESH_S = 300


def file_response(request: Request, file: WebFile, media_type: str) -> Response:
    """Hand out one of our files, or say that the browser's copy is still the same."""
    headers = {
        "Cache-Control": f"public, max-age={FRESH_S}, must-revalidate",
        "ETag": file.tag,
        "X-Content-Type-Options": "nosniff",
        # Pages of any origin load it; it holds nothing of anybody.
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    known = request.headers.get("if-none-match", "")
    if known == "*" or file.tag in (one.strip().removeprefix("W/") for one in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=media_type, headers=headers)
