"""permessage-deflate for a few large messages: negotiated, and without memory between messages.

A message stands for itself (`no_context_takeover`, both ways), so a connection that waits holds no
window: kept between messages they would be 64 KiB each way. What comes in compressed is inflated
by the framing library, and never further than a message may be long. What goes out is compressed
only within bounds: less than four kibibytes gains little, and secrets stand in shorter messages;
more than a mebibyte would stop everybody. Does not know what a message says. Source: RFC 7692,
PROTOCOL.md §10.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)

if TYPE_CHECKING:
    from websockets.server import ServerProtocol

LEAST_BYTES = 4096
MOST_BYTES = 1024 * 1024
LEVEL = 1
"""A mebibyte of text takes some ten milliseconds."""

OFFERED = (
    ServerPerMessageDeflateFactory(
        server_no_context_takeover=True, client_no_context_takeover=True
    ),
)

_END_OF_BLOCK = b"\x00\x00\xff\xff"


def window_bits_of(framing: ServerProtocol) -> int | None:
    """Return how far back what goes out may refer; None when it may not be compressed."""
    for extension in framing.extensions:
        if isinstance(extension, PerMessageDeflate):
            return extension.local_max_window_bits
    return None


def deflated(payload: bytes, window_bits: int) -> bytes | None:
    """Compress a whole message; None when that is not worth it."""
    if not LEAST_BYTES <= len(payload) <= MOST_BYTES:
        return None
    compressor = zlib.compressobj(LEVEL, wbits=-window_bits)
    data = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
    data = data.removesuffix(_END_OF_BLOCK)
    return data if len(data) < len(payload) else None
