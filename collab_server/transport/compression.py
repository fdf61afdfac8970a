"""permessage-deflate for a few large messages: negotiated, and without memory between messages.

A message stands for itself (`no_context_takeover`, both ways), so a connection that waits holds no
window: kept between messages they would be 64 KiB each way. What comes in compressed is inflated
by the framing library, never further than a message may be long, and not out of all proportion:
else sixteen kilobytes would cost as much time as sixteen mebibytes. What goes out is compressed
only within bounds: less than four kibibytes gains little, and secrets stand in shorter messages;
more than a mebibyte would stop everybody. Does not know what a message says. Source: RFC 7692,
PROTOCOL.md §10.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from websockets.exceptions import PayloadTooBig
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import CTRL_OPCODES, Opcode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from websockets.extensions.base import Extension
    from websockets.frames import Frame
    from websockets.server import ServerProtocol
    from websockets.typing import ExtensionParameter

LEAST_BYTES = 4096
MOST_BYTES = 1024 * 1024
LEVEL = 1
"""A mebibyte of text takes some ten milliseconds."""

SWELL = 100
SWELLS_TO_BYTES = 256 * 1024
"""What comes in may grow a hundredfold, or to this; source grows tenfold, a bomb a thousand."""

_END_OF_BLOCK = b"\x00\x00\xff\xff"


def offered(most_text_bytes: int) -> tuple[ServerPerMessageDeflateFactory]:
    """Return what the server agrees to; a text message is inflated no further than so far."""
    return (_Factory(most_text_bytes),)


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


class _Factory(ServerPerMessageDeflateFactory):
    """Agrees to messages that stand for themselves."""

    def __init__(self, most_text_bytes: int) -> None:
        super().__init__(server_no_context_takeover=True, client_no_context_takeover=True)
        self._most_text_bytes = most_text_bytes

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        """Answer an offer."""
        answer, agreed = super().process_request_params(params, accepted_extensions)
        return answer, _Bounded(agreed, self._most_text_bytes)


class _Bounded(PerMessageDeflate):
    """Invariant: what is inflated is as long as its message may be, at most, before it is there."""

    def __init__(self, agreed: PerMessageDeflate, most_text_bytes: int) -> None:
        super().__init__(
            agreed.remote_no_context_takeover,
            agreed.local_no_context_takeover,
            agreed.remote_max_window_bits,
            agreed.local_max_window_bits,
        )
        self._most_text_bytes = most_text_bytes
        self._left_bytes: int | None = None  # of the present message, when it is a text

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        """Inflate a frame, if it is compressed."""
        if frame.opcode in CTRL_OPCODES:
            return super().decode(frame, max_size=max_size)
        if frame.opcode is not Opcode.CONT:
            self._left_bytes = self._most_text_bytes if frame.opcode is Opcode.TEXT else None
        most = max(SWELLS_TO_BYTES, SWELL * len(frame.data))
        for other in (max_size, self._left_bytes):
            most = most if other is None else min(most, other)
        if most <= 0 and frame.data:  # none at all would mean without a bound to zlib
            raise PayloadTooBig(None, most)
        inflated = super().decode(frame, max_size=max(1, most))
        if self._left_bytes is not None:
            self._left_bytes -= len(inflated.data)
        return inflated
