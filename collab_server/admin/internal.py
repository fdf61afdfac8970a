"""The internal listener's pages: what operators and back-ends ask, on loopback only.

Loopback alone keeps no browser out: a page of any site may send requests to this port, and by a
name that it points here read the answers. So a request must name this machine as its host, and
everything but figures and the document of the API wants the key, which no page can show unasked.
Does not know how anything is carried out. Source: PROTOCOL.md §1 and §7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response
from starlette.routing import Route

from collab_server.admin.api import ENDPOINTS
from collab_server.admin.openapi import openapi_document
from collab_server.admin.pages import no_such_page
from collab_server.admin.prometheus import CONTENT_TYPE, Exposition
from collab_server.admin.status_page import status_page

if TYPE_CHECKING:
    from starlette.requests import Request

    from collab_server.admin.operations import Operations
    from collab_server.admin.pages import ApiPages

OUR_NAMES = ("127.0.0.1", "localhost")


def internal_app(operations: Operations, pages: ApiPages) -> Starlette:
    """Return the ASGI application of the internal port."""
    exposition = Exposition(operations.figures)
    document = msgspec.json.encode(openapi_document(ENDPOINTS))

    async def metrics(_: Request) -> Response:
        return Response(exposition.text(), media_type=CONTENT_TYPE)

    async def openapi(_: Request) -> Response:
        return Response(document, media_type="application/json")

    return Starlette(
        routes=[
            Route("/metrics", metrics),
            Route("/api/openapi.json", openapi),
            Route("/admin", status_page),
            *(pages.route(endpoint) for endpoint in ENDPOINTS),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=OUR_NAMES)],
        exception_handlers={HTTPException: no_such_page},
    )
