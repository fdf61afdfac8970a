"""What the app and its syntax process say to each other, and how it is cut into frames.

Knows no pipe, no process and no grammar. A frame is its length in four bytes, big-endian, and then
one message in MessagePack. Both ends are the same build, so there is no version.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import msgspec

CAPTURES = (
    "comment",
    "constant",
    "decorator",
    "escape",
    "function",
    "keyword",
    "number",
    "operator",
    "property",
    "string",
    "type",
)
"""Every name that a span's capture can have."""

LARGEST_FRAME_BYTES = 64 * 1024 * 1024

_LENGTH = struct.Struct(">I")


class BadFrame(Exception):
    """What came is no frame, or no message of this protocol."""


class Span(NamedTuple):
    """A piece of one line, all of one kind."""

    start_utf16: int  # from the start of the line
    length_utf16: int  # at least 1
    capture: str  # one of CAPTURES


Spans = tuple[Span, ...]
"""The spans of one line: sorted, no overlaps."""


class Splice(NamedTuple):
    """Lines that took the place of others."""

    first_line: int
    removed_lines: int
    lines: list[str]  # without their ends; only scalar values, no half characters


class Colour(msgspec.Struct, frozen=True, array_like=True, tag="colour"):
    """Make these edits in a text, and say what is in some of its lines."""

    text: int  # a number of the app's; one that is not known yet is a text of one empty line
    language: str  # an id of `app.syntax.grammars`; the same in all messages about a text
    revision: int  # comes back with the answer
    splices: list[Splice]  # each in the text as the one before has left it
    first_line: int
    last_line: int  # included


class Forget(msgspec.Struct, frozen=True, array_like=True, tag="forget"):
    """A text is closed; there is no answer."""

    text: int


class Coloured(msgspec.Struct, frozen=True, array_like=True, tag="coloured"):
    """The answer to `Colour`."""

    text: int
    revision: int
    first_line: int
    spans: list[Spans]  # of each line from the first; ends with the text


class Uncoloured(msgspec.Struct, frozen=True, array_like=True, tag="uncoloured"):
    """The answer to `Colour` when the text cannot be read in its language."""

    text: int
    reason: str  # the kind of an error; nothing of the text


Request = Colour | Forget
Answer = Coloured | Uncoloured

_requests = msgspec.msgpack.Decoder[Request](Request)
_answers = msgspec.msgpack.Decoder[Answer](Answer)
_encoder = msgspec.msgpack.Encoder()


def frame_of(message: Request | Answer) -> bytes:
    """Return a message as a frame.

    Raises:
        UnicodeEncodeError: half a character is in a line.
    """
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def request_of(body: bytes) -> Request:
    """Read what the app said.

    Raises:
        BadFrame: it is no request.
    """
    try:
        return _requests.decode(body)
    except msgspec.MsgspecError as error:
        raise BadFrame(str(error)) from error


def answer_of(body: bytes) -> Answer:
    """Read what the syntax process said.

    Raises:
        BadFrame: it is no answer.
    """
    try:
        return _answers.decode(body)
    except msgspec.MsgspecError as error:
        raise BadFrame(str(error)) from error


class FrameReader:
    """Cuts a stream of bytes into the bodies of frames, however it comes in pieces."""

    def __init__(self) -> None:
        self._pieces = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return what is whole by now.

        Raises:
            BadFrame: a length over the limit; nothing behind it can be read.
        """
        self._pieces += data
        bodies: list[bytes] = []
        at = 0
        while len(self._pieces) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._pieces, at)
            if length > LARGEST_FRAME_BYTES:
                raise BadFrame(f"a frame of {length} bytes")
            end = at + _LENGTH.size + length
            if len(self._pieces) < end:
                break
            bodies.append(bytes(self._pieces[at + _LENGTH.size : end]))
            at = end
        del self._pieces[:at]
        return bodies
