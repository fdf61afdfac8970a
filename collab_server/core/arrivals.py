"""What a connection brings when it comes in: the door, and what its address says.

The request target is a stranger's text: it is decoded once, checked against the alphabet of names,
and never logged. Knows no sockets and decides no rights. Source: PROTOCOL.md §1 and §4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from collab_server.core.effects import UNKNOWN_CALLER, Caller, Door
from collab_server.protocol.errors import InvalidName
from collab_server.protocol.names import parse_document

if TYPE_CHECKING:
    from collab_server.protocol.names import DocumentName

MAIN_PATHS = frozenset({"/", "/ws", "/ws/"})
YJS_PATH = "/yjs"
MAX_QUERY_FIELDS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A connection whose handshake is complete; the last three are for `/yjs` only."""

    door: Door
    address: str = ""  # of the peer, "" when it has none
    caller: Caller = UNKNOWN_CALLER
    is_foreign: bool = False  # from a page whose origin may not connect
    document: DocumentName | None = None  # None there: what the path names is no document
    token: str | None = field(default=None, repr=False)
    epoch: str | None = None  # the history that the client's copy belongs to, if it says so


def arrival_at(target: str, address: str, caller: Caller) -> Arrival | None:
    """Read a request's target; None when no door is there.

    Whatever stands below `/yjs` is that door: a stock client stops asking only when the handshake
    succeeds and the socket is closed with a code.

    Args:
        target: path and query as they came, percent-encoded.
        address: the peer's.
        caller: what its headers say.
    """
    try:
        parts = urlsplit(target)
    except ValueError:  # such as `//[`, half an address
        return None
    if parts.path in MAIN_PATHS:
        return Arrival(door=Door.MAIN, address=address, caller=caller)
    head, slash, rest = parts.path[1:].partition("/")
    if f"/{head}" != YJS_PATH or not parts.path.startswith("/"):
        return None
    fields = _query_fields(parts.query)
    return Arrival(
        door=Door.YJS,
        address=address,
        caller=caller,
        document=_document_at(rest) if slash else None,
        token=_token_in(fields),
        epoch=fields.get("epoch"),
    )


def _document_at(path: str) -> DocumentName | None:
    """Decode a path, once; what still holds a percent sign then is nobody's name."""
    try:
        return parse_document(unquote(path, errors="strict"))
    except (UnicodeDecodeError, InvalidName):
        return None


def _token_in(fields: dict[str, str]) -> str | None:
    """Return the token; whoever put base64 into a query as it is meant its plus signs."""
    token = fields.get("token")
    return None if token is None else token.replace(" ", "+")


def _query_fields(query: str) -> dict[str, str]:
    """Return the first value of each field; nothing of a query that cannot be read."""
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=MAX_QUERY_FIELDS
        )
    except ValueError:  # too many fields, or bytes that are no UTF-8
        return {}
    return dict(reversed(pairs))
