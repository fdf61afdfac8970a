"""The API over HTTP: bodies bounded, requests let in or not, every answer JSON.

Every refusal is `{"error": {"code", "slug", "message"}}` with a status that fits. Does not know
what an endpoint does. Source: PROTOCOL.md §7 and §9.
"""

from __future__ import annotations

import ipaddress
import logging
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from collab_server.admin import gate, messages
from collab_server.admin.operations import Refused
from collab_server.protocol.errors import (
    ErrorCode,
    LocalProtocolError,
    RemoteProtocolError,
    TooLarge,
)
from collab_server.protocol.json_text import check_depth

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from collab_server.admin.api import Endpoint
    from collab_server.admin.gate import Gate
    from collab_server.admin.operations import Operations

logger = logging.getLogger(__name__)

MOST_BODY_BYTES = 1024 * 1024 + 64 * 1024
"""A back-end's largest message, and what stands around it."""

MOST_DISCARDED_BYTES = 8 * 1024 * 1024
"""How much of a body that is too large is read and thrown away before it is refused."""

JSON_DEPTH = 32
TRY_AGAIN_S = "1"
STATUSES = {
    ErrorCode.BAD_REQUEST: 400,
    ErrorCode.INVALID_ROOM: 400,
    ErrorCode.NOT_AUTHENTICATED: 401,
    ErrorCode.PERMISSION_DENIED: 403,
    ErrorCode.FEATURE_DISABLED: 403,
    ErrorCode.UNKNOWN_TYPE: 404,
    ErrorCode.MESSAGE_NOT_FOUND: 404,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.LIMIT_EXCEEDED: 429,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.UNAVAILABLE: 503,
}


class ApiPages:
    """Answers requests by endpoints, for who is let in."""

    def __init__(
        self, operations: Operations, gate: Gate, *, wall_clock: Callable[[], float]
    ) -> None:
        self._operations = operations
        self._gate = gate
        self._wall_clock = wall_clock

    def route(self, endpoint: Endpoint, *, only_from_here: bool = False) -> Route:
        """Return the route of an endpoint.

        Args:
            endpoint: what is asked there.
            only_from_here: whether the page is nowhere for who comes from another machine, or by a
                proxy: for the public port.
        """

        async def page(request: Request) -> Response:
            if only_from_here and not _is_from_here(request):
                return failed(ErrorCode.UNKNOWN_TYPE, "There is no such page.")
            try:
                return _answer(await self._answer(endpoint, request))
            except gate.Unauthorized as error:
                return failed(ErrorCode.NOT_AUTHENTICATED, str(error))
            except Refused as error:
                return failed(error.code, str(error))
            except TooLarge as error:
                return failed(ErrorCode.TOO_LARGE, f"{error.reason}.")
            except (RemoteProtocolError, LocalProtocolError) as error:
                return failed(ErrorCode.BAD_REQUEST, f"{error.reason}.")
            except Exception:
                logger.exception("%s %s failed", endpoint.method, endpoint.path)
                return failed(ErrorCode.INTERNAL, "The server has a bug; its log says more.")

        return Route(endpoint.path, page, methods=[endpoint.method])

    async def _answer(self, endpoint: Endpoint, request: Request) -> msgspec.Struct:
        body = await _body_of(request)
        query: bytes = request.scope["query_string"]
        path: bytes = request.scope["raw_path"]
        target = path + b"?" + query if query else path
        asked = gate.Asked(
            method=request.method,
            target=target.decode("latin-1"),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
        )
        self._gate.check(asked, self._wall_clock())
        said = _query(endpoint, request) if endpoint.method == "GET" else _said(endpoint, body)
        return await endpoint.carry_out(self._operations, said, request.path_params.get("room", ""))


def failed(code: ErrorCode, message: str) -> Response:
    """Return the answer that says why not."""
    failure = messages.Failed(error=messages.Failure(code=code, slug=code.slug, message=message))
    return _answer(failure, STATUSES[code])


async def no_such_page(_: Request, error: Exception) -> Response:
    """Say in JSON that there is nothing at a path, or not by that method."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    known = {404: "There is no such page.", 405: "There is no such method here."}
    failure = messages.Failure(
        code=ErrorCode.UNKNOWN_TYPE,
        slug=ErrorCode.UNKNOWN_TYPE.slug,
        message=known.get(status, "The request cannot be read."),
    )
    return _answer(messages.Failed(error=failure), status)


def _answer(answer: msgspec.Struct, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if status == STATUSES[ErrorCode.UNAVAILABLE]:
        headers["Retry-After"] = TRY_AGAIN_S
    body = msgspec.json.encode(answer)
    return Response(body, status, headers=headers, media_type="application/json")


async def _body_of(request: Request) -> bytes:
    """Read a body, never keeping more than may be.

    The rest of one that is too large is thrown away first, up to a bound: an answer and a close
    while the other side still writes is a reset (RFC 9112, 9.6), and the answer is lost with it.
    """
    too_large = TooLarge(f"A body has at most {MOST_BODY_BYTES} bytes")
    length = request.headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length[:12]) > MOST_DISCARDED_BYTES:
        raise too_large
    body = bytearray()
    came = 0
    async for piece in request.stream():
        came += len(piece)
        if came <= MOST_BODY_BYTES:
            body += piece
        elif came > MOST_DISCARDED_BYTES:
            raise too_large
    if came > MOST_BODY_BYTES:
        raise too_large
    return bytes(body)


def _said(endpoint: Endpoint, body: bytes) -> messages.Asked:
    check_depth(body, JSON_DEPTH)
    try:
        return msgspec.json.decode(body, type=endpoint.asked)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        told = str(error) if isinstance(error, msgspec.ValidationError) else "The body is not JSON"
        raise Refused(ErrorCode.BAD_REQUEST, f"{told}.") from error


def _query(endpoint: Endpoint, request: Request) -> messages.Asked:
    items: list[tuple[str, Any]] = request.query_params.multi_items()
    if len(dict(items)) != len(items):
        raise Refused(ErrorCode.BAD_REQUEST, "Name each parameter once.")
    try:
        return msgspec.convert(dict(items), endpoint.asked, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(ErrorCode.BAD_REQUEST, f"{error}.") from error


def _is_from_here(request: Request) -> bool:
    names = {name.lower(): value for name, value in request.headers.items()}
    if gate.is_forwarded(names) or request.client is None:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
