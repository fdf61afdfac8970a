"""lib0's variable-length encoding, with every read bounded before anything is allocated.

Knows no message. A number is at most 8 bytes long and is written in the shortest way, as lib0
writes it; a length is checked against the bytes that are left. Source: lib0's `encoding.js` and
`decoding.js`.
"""

from __future__ import annotations

from collab_server.protocol.errors import LocalProtocolError, MalformedFrame

MAX_SAFE_INTEGER = 2**53 - 1

VAR_UINT = rb"(?:[\x00-\x7f]|[\x80-\xff]{1,7}[\x01-\x7f])"
"""A number, as a regular expression: what is not written in the shortest way is none."""


class Reader:
    """Reads one frame from front to back; never past its end."""

    __slots__ = ("_data", "_end", "pos")

    def __init__(self, data: bytes, *, pos: int = 0, end: int | None = None) -> None:
        self._data = data
        self._end = len(data) if end is None else end
        self.pos = pos  # of the next byte

    @property
    def remaining(self) -> int:
        """The number of bytes not yet read."""
        return self._end - self.pos

    @property
    def at_end(self) -> bool:
        """Whether everything has been read."""
        return self.pos >= self._end

    def byte(self) -> int:
        """Read one byte."""
        pos = self.pos
        if pos >= self._end:
            raise MalformedFrame("a byte is missing")
        self.pos = pos + 1
        return self._data[pos]

    def var_uint(self, max_: int = MAX_SAFE_INTEGER) -> int:
        """Read an unsigned number of at most `max_`."""
        pos = self.pos
        end = self._end
        data = self._data
        if pos >= end:
            raise MalformedFrame("a number is missing")
        value = data[pos]
        pos += 1
        if value >= 0x80:
            value &= 0x7F
            shift = 7
            while True:
                if pos >= end or shift > 49:
                    raise MalformedFrame("a number is cut off or too long")
                byte = data[pos]
                pos += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    break
            if byte == 0:
                raise MalformedFrame("a number is longer than it needs to be")
        if value > max_:
            raise MalformedFrame("a number is too large")
        self.pos = pos
        return value

    def var_bytes(self, max_: int | None = None) -> bytes:
        """Read a length and that many bytes, at most `max_`."""
        length = self.var_uint()
        pos = self.pos
        stop = pos + length
        if stop > self._end:
            raise MalformedFrame("a length points past the end")
        if max_ is not None and length > max_:
            raise MalformedFrame("a field is too long")
        self.pos = stop
        return self._data[pos:stop]

    def var_string(self, max_: int | None = None) -> str:
        """Read a string of at most `max_` bytes of strict UTF-8."""
        raw = self.var_bytes(max_)
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise MalformedFrame("a string is not UTF-8") from error

    def expect_end(self) -> None:
        """Refuse anything after what was read."""
        if self.pos < self._end:
            raise MalformedFrame("bytes are left over")


def var_uint_of(raw: bytes) -> int:
    """Return the number that `VAR_UINT` has found; checks nothing."""
    value = 0
    for byte in reversed(raw):
        value = value << 7 | byte & 0x7F
    return value


def write_var_uint(out: bytearray, number: int) -> None:
    """Append an unsigned number up to 2^53 - 1."""
    if not 0 <= number <= MAX_SAFE_INTEGER:
        raise LocalProtocolError("a number does not fit lib0's encoding")
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def write_var_bytes(out: bytearray, raw: bytes) -> None:
    """Append a length and the bytes."""
    write_var_uint(out, len(raw))
    out += raw


def write_var_string(out: bytearray, text: str) -> None:
    """Append a string as a length and UTF-8.

    Raises:
        LocalProtocolError: the text holds a lone surrogate.
    """
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        raise LocalProtocolError("a string holds a lone surrogate") from error
    write_var_bytes(out, raw)
