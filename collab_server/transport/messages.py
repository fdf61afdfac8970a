"""What a peer has sent: bytes in, whole messages out, parsed a slice at a time.

Nearly every frame is a message: masked, whole and short. Those are read here, in a tenth of the
time that the framing library takes, and so are long ones, unmasked as they come: the library does
that at once with all of it, which stops the loop for 20 ms at 16 MiB. All other frames it gets,
each from its first byte to its last, with whatever is wrong with them. Frames that are no messages
it answers itself (`Framing.answers`).

```
chunk   [ short ][ short ][ ping ][ a long one …         and in the next chunk …  ][ short ][ sh
           here     here    library   here: owed ─────────────────────────────▶ 0     here   rest
```

Does not know what a message says, or when it is to be handled. Source: RFC 6455, section 5.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from websockets.frames import CloseCode as FramingCode
from websockets.frames import Frame, Opcode

try:
    from websockets.speedups import apply_mask
except ImportError:  # where it has not been compiled
    from websockets.utils import apply_mask

if TYPE_CHECKING:
    from collab_server.transport.framing import Framing

SLICE_BYTES = 16 * 1024
"""Parsed at once: a hostile chunk of empty frames costs milliseconds, not a tenth of a second."""


_TEXT, _BINARY = 0x81, 0x82  # whole messages: FIN is set, RSV1 to 3 are not
_MASKED = 0x80
_MASK_BYTES = 4
_LONGEST_SHORTEST = 125  # bytes of a payload whose length is told by one byte
_SHORTEST_HEAD_BYTES = 2 + _MASK_BYTES
_LENGTH_BYTES = {126: 2, 127: 8}  # that follow this one


@dataclass(slots=True)
class _Long:
    """A frame that is a message, and of which more is to come."""

    first: int  # its first byte
    mask: bytes  # for what comes next
    owed_bytes: int
    data: BytesIO = field(default_factory=BytesIO)  # whose value is no copy, unlike a bytearray's


class Messages:
    """What has been read of one connection and not handled.

    Invariant: messages are whole, and in the order in which they came; the library is given whole
    frames, one after the other. Bounded by whoever reads: one chunk, and the messages of one slice.
    """

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._chunk = b""  # read; parsed up to `_parsed_bytes`
        self._parsed_bytes = 0
        self._rest = b""  # the beginning of a short frame, of which more is to come
        self._owed_bytes = 0  # of the frame that the library is in
        self._long: _Long | None = None
        self._whole: deque[str | bytes] = deque()
        self._is_in_fragments = False  # and the library knows it
        self._fragments = bytearray()
        self._fragments_opcode = Opcode.BINARY

    @property
    def whole(self) -> deque[str | bytes]:
        """The messages that are whole, to be taken out from the front."""
        return self._whole

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
        if self._chunk:
            self._chunk = self._chunk[self._parsed_bytes :] + data
        else:
            self._chunk = self._rest + data if self._rest else data
            self._rest = b""
        self._parsed_bytes = 0

    def forget_whole(self) -> None:
        """Forget what is whole. The rest is to be read past, frame by frame, to the close frame."""
        self._whole.clear()
        self._fragments.clear()
        if self._long is not None:
            self._long.data = BytesIO()

    def parse_slice(self, *, is_wanted: bool) -> None:
        """Parse the next slice, which there is; its messages are kept if they are still wanted."""
        chunk, pos = self._chunk, self._parsed_bytes
        stop = min(len(chunk), pos + SLICE_BYTES)
        while pos < stop:
            if is_wanted:
                pos = self._take_shortest(chunk, pos, stop)
                if pos >= stop:
                    break
            if self._owed_bytes:
                pos = self._pass_on(chunk, pos, stop, is_wanted=is_wanted)
                continue
            if self._long is not None:
                pos = self._read_on(self._long, chunk, pos, stop, is_wanted=is_wanted)
                continue
            frame = _frame_at(chunk, pos)
            if frame is None:
                self._rest, pos = chunk[pos:], len(chunk)
                break
            payload_at, end = frame
            if not self._is_message(chunk, pos, payload_at, end):
                self._owed_bytes = end - pos
                self._note_fragments(chunk[pos])
            elif end - payload_at > SLICE_BYTES:
                mask = chunk[payload_at - _MASK_BYTES : payload_at]
                self._long = _Long(chunk[pos], mask, end - payload_at)
                pos = payload_at
            elif end > len(chunk):
                self._rest, pos = chunk[pos:], len(chunk)
            else:
                if is_wanted:
                    mask = chunk[payload_at - _MASK_BYTES : payload_at]
                    self._take(chunk[pos], apply_mask(chunk[payload_at:end], mask))
                pos = end
        self._parsed_bytes = pos
        if pos == len(chunk):
            self._chunk, self._parsed_bytes = b"", 0

    def _take_shortest(self, chunk: bytes, pos: int, stop: int) -> int:
        """Take the binary messages of one length byte that come next; return where they end."""
        if (
            self._owed_bytes
            or self._long is not None
            or self._is_in_fragments
            or not self._framing.is_open
            or self._framing.most_bytes < _LONGEST_SHORTEST
        ):
            return pos
        take, last_head = self._whole.append, min(stop, len(chunk) - _SHORTEST_HEAD_BYTES + 1)
        while pos < last_head and chunk[pos] == _BINARY:
            payload_at = pos + _SHORTEST_HEAD_BYTES
            size = chunk[pos + 1] - _MASKED  # negative without a mask
            end = payload_at + size
            if not 0 <= size <= _LONGEST_SHORTEST or end > len(chunk):
                break
            take(apply_mask(chunk[payload_at:end], chunk[pos + 2 : payload_at]))
            pos = end
        return pos

    def _is_message(self, chunk: bytes, pos: int, payload_at: int, end: int) -> bool:
        """Tell whether a frame is all of a lawful message."""
        return (
            chunk[pos] in (_TEXT, _BINARY)
            and chunk[pos + 1] >= _MASKED
            and not self._is_in_fragments
            and self._framing.is_open
            and end - payload_at <= self._framing.most_bytes
        )

    def _read_on(self, long: _Long, chunk: bytes, pos: int, stop: int, *, is_wanted: bool) -> int:
        """Unmask what there is of a long message; return how far that was."""
        end = min(stop, pos + long.owed_bytes)
        long.owed_bytes -= end - pos
        if is_wanted:
            long.data.write(apply_mask(chunk[pos:end], long.mask))
        turned = (end - pos) % _MASK_BYTES
        long.mask = long.mask[turned:] + long.mask[:turned]
        if not long.owed_bytes:
            self._long = None
            if is_wanted:
                self._take(long.first, long.data.getvalue())
        return end

    def _take(self, first: int, payload: bytes) -> None:
        try:
            self._whole.append(payload.decode() if first == _TEXT else payload)
        except UnicodeDecodeError:
            self._refuse_text()

    def _pass_on(self, chunk: bytes, pos: int, stop: int, *, is_wanted: bool) -> int:
        """Give the library what there is of the frame it is in; return how far that was."""
        end = min(stop, pos + self._owed_bytes)
        self._owed_bytes -= end - pos
        library = self._framing.library
        library.receive_data(chunk[pos:end])
        for event in library.events_received():
            if is_wanted and isinstance(event, Frame):
                try:
                    self._take_in(event)
                except UnicodeDecodeError:
                    self._refuse_text()
                    break
        return end

    def _note_fragments(self, first: int) -> None:
        """Hear how a frame begins that the library gets."""
        if first & 0x0F <= Opcode.BINARY:
            self._is_in_fragments = not first & 0x80

    def _refuse_text(self) -> None:
        self._framing.library.fail(FramingCode.INVALID_DATA, "text that is not UTF-8")

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


def _frame_at(chunk: bytes, pos: int) -> tuple[int, int] | None:
    """Tell where a frame's payload begins and where it ends; None while its length is not there."""
    payload_at = pos + 2
    if payload_at > len(chunk):
        return None
    size = chunk[pos + 1] & 0x7F
    more = _LENGTH_BYTES.get(size, 0)
    if more:
        size = int.from_bytes(chunk[payload_at : payload_at + more], "big")
        payload_at += more
        if payload_at > len(chunk):
            return None
    if chunk[pos + 1] & _MASKED:
        payload_at += _MASK_BYTES
    return payload_at, payload_at + size


def _message(opcode: Opcode, data: bytes | bytearray | memoryview) -> str | bytes:
    if opcode is Opcode.TEXT:
        return str(data, "utf-8")
    return bytes(data)
