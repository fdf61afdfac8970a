"""What a peer has sent: bytes in, whole messages out, parsed a slice at a time.

Frames that are no messages the framing library answers itself (`ServerProtocol.data_to_send`).
Does not know what a message says, or when it is to be handled. Source: RFC 6455, section 5.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from websockets.frames import CloseCode as FramingCode
from websockets.frames import Frame, Opcode

if TYPE_CHECKING:
    from websockets.server import ServerProtocol

SLICE_BYTES = 16 * 1024
"""Parsed at once: a hostile chunk of empty frames costs milliseconds, not a tenth of a second."""


class Messages:
    """What has been read of one connection and not handled.

    Invariant: messages are whole, and in the order in which they came. Bounded by whoever reads:
    one chunk, and the messages of one slice.
    """

    def __init__(self, framing: ServerProtocol) -> None:
        self._framing = framing
        self._chunk = b""  # read; parsed up to `_parsed_bytes`
        self._parsed_bytes = 0
        self._whole: deque[str | bytes] = deque()
        self._fragments = bytearray()
        self._fragments_opcode = Opcode.BINARY

    @property
    def has_whole(self) -> bool:
        """Whether a message is whole."""
        return bool(self._whole)

    @property
    def has_slices(self) -> bool:
        """Whether something was read and is not parsed."""
        return bool(self._chunk)

    @property
    def has_more(self) -> bool:
        """Whether there is either."""
        return bool(self._whole or self._chunk)

    def read(self, data: bytes) -> None:
        """Take in what came."""
        self._chunk = self._chunk[self._parsed_bytes :] + data
        self._parsed_bytes = 0

    def take(self) -> str | bytes:
        """Return the first whole message, which there is."""
        return self._whole.popleft()

    def clear(self) -> None:
        """Forget everything that was read."""
        self._whole.clear()
        self._fragments.clear()
        self._chunk, self._parsed_bytes = b"", 0

    def parse_slice(self, *, is_wanted: bool) -> None:
        """Parse the next slice, which there is; its messages are kept if they are still wanted."""
        if len(self._chunk) <= SLICE_BYTES and not self._parsed_bytes:
            piece = self._chunk
        else:
            piece = self._chunk[self._parsed_bytes : self._parsed_bytes + SLICE_BYTES]
        self._parsed_bytes += len(piece)
        if self._parsed_bytes == len(self._chunk):
            self._chunk, self._parsed_bytes = b"", 0
        self._framing.receive_data(piece)
        for event in self._framing.events_received():
            if is_wanted and isinstance(event, Frame):
                try:
                    self._take_in(event)
                except UnicodeDecodeError:
                    self._framing.fail(FramingCode.INVALID_DATA, "text that is not UTF-8")
                    break

    def _take_in(self, frame: Frame) -> None:
        """Keep a message that is whole; of one in fragments, keep those until it is."""
        opcode = frame.opcode
        if opcode is Opcode.TEXT or opcode is Opcode.BINARY:
            if frame.fin:
                self._whole.append(_message(opcode, frame.data))
            else:
                self._fragments_opcode = opcode
                self._fragments += frame.data
        elif opcode is Opcode.CONT:
            self._fragments += frame.data
            if frame.fin:
                fragments, self._fragments = self._fragments, bytearray()
                self._whole.append(_message(self._fragments_opcode, fragments))


def _message(opcode: Opcode, data: bytes | bytearray | memoryview) -> str | bytes:
    if opcode is Opcode.TEXT:
        return str(data, "utf-8")
    return bytes(data)
