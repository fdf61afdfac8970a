"""What a server says of a document in so many words, by stateless messages.

Source: PROTOCOL.md §5 and §6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from collab_server.protocol.errors import MalformedFrame
from collab_server.protocol.json_text import decode_json

if TYPE_CHECKING:
    from collab_server.protocol.limits import Limits

_EPOCH_CHARACTERS = 128


@dataclass(frozen=True, slots=True)
class Greeting:
    """Which history stands there, and what this user may do in it."""

    epoch: str
    is_writable: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the next status says no."""

    reason: str


def parse_stateless(text: str, limits: Limits) -> Greeting | Refusal | None:
    """Read a stateless message; None is for other clients, or of a newer server.

    Raises:
        RemoteProtocolError: it breaks the protocol.
    """
    message = decode_json(text.encode(), limits.json_depth)
    fields = cast("dict[str, object]", message) if isinstance(message, dict) else {}
    kind, reason = fields.get("type"), fields.get("reason")
    if kind == "refused" and isinstance(reason, str):
        return Refusal(reason)
    if kind != "document":
        return None
    epoch, perm = fields.get("epoch"), fields.get("perm")
    if not isinstance(epoch, str) or len(epoch) > _EPOCH_CHARACTERS:
        raise MalformedFrame("a document's epoch is no text")
    if not isinstance(perm, str):
        raise MalformedFrame("a document's rights are no text")
    return Greeting(epoch, "w" in perm)
