"""The internal listener's pages: what operators and back-ends ask, on loopback only.

Loopback alone keeps no browser out: a page of any site may send requests to this port, and by a
name that it points here read the answers. So a request must name this machine as its host. Does not
know how anything is carried out. Source: PROTOCOL.md §1 and §7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response
from starlette.routing import Route

from collab_server.admin.prometheus import CONTENT_TYPE, Exposition

if TYPE_CHECKING:
    from starlette.requests import Request

    from collab_server.admin.figures import Figures

OUR_NAMES = ("127.0.0.1", "localhost")


class Measured(Protocol):
    """Who knows the figures; the pump."""

    def figures(self) -> Figures:
        """Return the server as it is now."""
        ...


def internal_app(server: Measured) -> Starlette:
    """Return the ASGI application of the internal port."""
    exposition = Exposition(server.figures)

    async def metrics(_: Request) -> Response:
        return Response(exposition.text(), media_type=CONTENT_TYPE)

    return Starlette(
        routes=[Route("/metrics", metrics)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=OUR_NAMES)],
    )
