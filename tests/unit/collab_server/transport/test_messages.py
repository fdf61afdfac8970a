"""Whole messages are read here, other frames by the library; it is what that gives alone."""

import random

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, SERVER, State

from collab_server.transport.framing import Framing
from collab_server.transport.messages import SLICE_BYTES, Messages
from tests.seeds import seeds

MAX_BYTES = 3 * SLICE_BYTES
KINDS = (Opcode.TEXT, Opcode.BINARY)


def framing() -> Framing:
    return Framing(MAX_BYTES, offers_compression=False)


def wire(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True, extensions=[])


def read(messages: Messages, *chunks: bytes) -> list[str | bytes]:
    taken: list[str | bytes] = []
    for chunk in chunks:
        messages.read(chunk)
        while messages.has_slices:
            messages.parse_slice(is_wanted=True)
        while messages.has_whole:
            taken.append(messages.whole.popleft())
        assert not messages.has_more
    return taken


def some_frames(rng: random.Random, count: int) -> tuple[bytes, list[str | bytes]]:
    """Return frames of all kinds, and the messages that they are."""
    sizes = (0, 1, 125, 126, 127, SLICE_BYTES - 1, SLICE_BYTES, SLICE_BYTES + 1, MAX_BYTES)
    out, messages = bytearray(), list[str | bytes]()
    for _ in range(count):
        opcode, data = rng.choice(KINDS), b"x" * rng.choice(sizes)
        messages.append(data.decode() if opcode is Opcode.TEXT else data)
        cut = rng.randrange(len(data) + 1)
        match rng.randrange(4):
            case 0:
                out += wire(opcode, data[:cut], fin=False)
                out += wire(Opcode.PING, b"amid") * rng.randrange(2)
                out += wire(Opcode.CONT, data[cut:])
            case 1:
                out += wire(Opcode.PONG, b"") + wire(opcode, data)
            case _:
                out += wire(opcode, data)
    return bytes(out), messages


@pytest.mark.parametrize("seed", seeds(20))
def test_frames_of_all_kinds_are_the_messages_they_are_however_they_are_cut(seed: int) -> None:
    rng = random.Random(seed)
    protocol = framing()
    data, expected = some_frames(rng, 12)
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(40))
    chunks = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]

    taken = read(Messages(protocol), *filter(None, chunks))

    assert taken == expected
    assert protocol.library.state is OPEN


def test_a_short_frame_byte_by_byte_is_one_message() -> None:
    frame = wire(Opcode.TEXT, "naïve 😀".encode())

    taken = read(Messages(framing()), *(frame[at : at + 1] for at in range(len(frame))))

    assert taken == ["naïve 😀"]


def test_a_length_that_cannot_be_ends_the_connection_before_there_is_a_mask() -> None:
    protocol = framing()

    assert read(Messages(protocol), b"\x81\xff" + b"\xff" * 8) == []
    assert protocol.library.state is State.CLOSING


@pytest.mark.parametrize(
    "wrong",
    [
        b"\x82\x01x",
        b"\xc2\x81\0\0\0\0x",
        b"\x83\x81\0\0\0\0x",
        b"\x80\x81\0\0\0\0x",
        wire(Opcode.BINARY, b"a", fin=False) + wire(Opcode.BINARY, b"b"),
        wire(Opcode.TEXT, b"\xff"),
        wire(Opcode.TEXT, b"\xff" * 2 * SLICE_BYTES),
        wire(Opcode.TEXT, b"\xff", fin=False) + wire(Opcode.CONT, b""),
        b"\x82\xff" + (2**62).to_bytes(8, "big") + b"\0\0\0\0",
        b"\x89\xfe\x01\x00\0\0\0\0" + bytes(256),
        wire(Opcode.BINARY, bytes(MAX_BYTES + 1)),
    ],
    ids=[
        "not masked",
        "a reserved bit",
        "no opcode",
        "goes on with nothing",
        "begins within another",
        "no UTF-8",
        "long and no UTF-8",
        "no UTF-8 in a part",
        "longer than can be",
        "a ping that is too long",
        "longer than the limit",
    ],
)
def test_what_is_wrong_ends_the_connection_as_the_library_has_it(wrong: bytes) -> None:
    protocol, alone = framing(), framing().library

    taken = read(Messages(protocol), wire(Opcode.BINARY, b"before") + wrong + wire(KINDS[0], b"no"))
    alone.receive_data(wrong)
    ends_by_itself = alone.state is not OPEN

    assert taken == [b"before"]
    assert protocol.library.state is State.CLOSING
    assert protocol.library.close_sent == alone.close_sent or not ends_by_itself
    assert protocol.library.side is SERVER


def test_a_limit_below_a_slice_holds_for_short_frames_too() -> None:
    protocol = framing()
    protocol.allow(10)

    taken = read(
        Messages(protocol), wire(Opcode.BINARY, bytes(10)) + wire(Opcode.BINARY, bytes(11))
    )

    assert taken == [bytes(10)]
    assert protocol.library.state is State.CLOSING


def test_what_nobody_wants_is_read_past_as_far_as_the_close_frame() -> None:
    protocol = framing()
    messages = Messages(protocol)
    messages.read(wire(Opcode.BINARY, b"late") + wire(Opcode.CLOSE, b"\x03\xe8"))
    while messages.has_slices:
        messages.parse_slice(is_wanted=False)

    assert not messages.has_whole
    assert protocol.library.close_rcvd is not None


def test_what_is_forgotten_does_not_come_again_and_its_rest_is_read_on() -> None:
    messages = Messages(framing())
    new = wire(Opcode.BINARY, b"new")
    messages.read(wire(Opcode.BINARY, b"old") + new[:1])
    messages.parse_slice(is_wanted=True)
    messages.forget_whole()

    assert read(messages, new[1:]) == [b"new"]


def test_a_long_message_that_is_forgotten_amid_it_is_read_to_its_end_and_no_further() -> None:
    messages = Messages(framing())
    long, new = wire(Opcode.BINARY, b"old" * SLICE_BYTES), wire(Opcode.BINARY, b"new")
    messages.read(long[:SLICE_BYTES])
    messages.parse_slice(is_wanted=True)
    messages.forget_whole()
    messages.read(long[SLICE_BYTES:])
    while messages.has_slices:
        messages.parse_slice(is_wanted=False)

    assert read(messages, new) == [b"new"]


def test_a_long_text_that_is_none_ends_the_connection() -> None:
    protocol = framing()

    assert read(Messages(protocol), wire(Opcode.TEXT, b"x" * SLICE_BYTES + b"\xff")) == []

    assert not protocol.is_open
