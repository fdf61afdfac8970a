"""Frames between the app and its syntax process, in pieces of every size."""

import pytest

from app.syntax.messages import (
    LARGEST_FRAME_BYTES,
    BadFrame,
    Colour,
    Coloured,
    Forget,
    FrameReader,
    Span,
    Splice,
    Uncoloured,
    answer_of,
    frame_of,
    request_of,
)

REQUESTS = [Colour(1, "python", 3, [Splice(0, 1, ["名前 = '😀'", ""])], 0, 9), Forget(1)]
ANSWERS = [Coloured(1, 3, 0, [(Span(0, 2, "string"),), ()]), Uncoloured(1, "KeyError")]


@pytest.mark.parametrize("size", [1, 3, 7, 10_000])
def test_messages_come_out_of_a_stream_as_they_went_in(size):
    stream = b"".join(map(frame_of, REQUESTS + ANSWERS))
    reader = FrameReader()

    bodies = [
        body for at in range(0, len(stream), size) for body in reader.feed(stream[at : at + size])
    ]

    assert [request_of(body) for body in bodies[:2]] == REQUESTS
    assert [answer_of(body) for body in bodies[2:]] == ANSWERS


def test_a_frame_over_the_limit_is_refused_before_it_is_read():
    with pytest.raises(BadFrame):
        FrameReader().feed((LARGEST_FRAME_BYTES + 1).to_bytes(4, "big"))


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x91\xa3abc", b"\x93\xa8coloured\x01"])
def test_other_bytes_are_no_message(body):
    with pytest.raises(BadFrame):
        request_of(body)
    with pytest.raises(BadFrame):
        answer_of(body)


def test_half_a_character_cannot_be_sent():
    with pytest.raises(UnicodeEncodeError):
        frame_of(Colour(1, "python", 3, [Splice(0, 1, ["\ud83d"])], 0, 0))
