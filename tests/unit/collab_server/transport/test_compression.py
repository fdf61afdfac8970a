"""Large messages, compressed for who offers to read them, and bombs that come in that way."""

import random
import tracemalloc
import zlib

import pytest
from websockets.frames import Frame, Opcode

from collab_server.protocol.limits import Limits
from collab_server.transport.addresses import Entrance
from collab_server.transport.compression import LEAST_BYTES, MOST_BYTES, deflated
from collab_server.transport.frames import compact_frame, data_frame
from tests.unit.collab_server.transport.peer import Ears, Peer

OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
BOMB_BYTES = 64 * 1024 * 1024


def deflate(data: bytes) -> bytes:
    """Compress a message as a client does."""
    compressor = zlib.compressobj(9, wbits=-15)
    payload = compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return payload.removesuffix(b"\x00\x00\xff\xff")


def marked(frame: Frame) -> bytes:
    """Return a client's frame with the sign of compression, whatever is in it."""
    wire = bytearray(frame.serialize(mask=True))
    wire[0] |= 0x40
    return bytes(wire)


def compressed(data: bytes, opcode: Opcode = Opcode.BINARY) -> bytes:
    """Return a compressed message as a client sends it."""
    return marked(Frame(opcode, deflate(data)))


def inflated(wire: bytes) -> bytes:
    """Read one compressed frame as a client does."""
    length = {126: 4, 127: 10}.get(wire[1], 2)
    data = wire[length:] + b"\x00\x00\xff\xff"
    return zlib.decompressobj(wbits=-15).decompress(data)


@pytest.fixture
async def ears() -> Ears:
    return Ears(entrance=Entrance(offers_compression=True))


def test_a_large_message_is_smaller_and_the_same() -> None:
    text = b"def hello():\n    return 1\n" * 1000

    wire = compact_frame(text, 15)

    assert wire[0] == 0x82 | 0x40
    assert len(wire) < len(text) // 10
    assert inflated(wire) == text


def test_a_text_message_stays_one() -> None:
    wire = compact_frame("é😀" * 20_000, 15)

    assert wire[0] == 0x81 | 0x40
    assert inflated(wire).decode() == "é😀" * 20_000


@pytest.mark.parametrize("size", [0, LEAST_BYTES - 1, MOST_BYTES + 1])
def test_what_is_not_worth_it_goes_as_it_is(size: int) -> None:
    assert compact_frame(bytes(size), 15) == data_frame(bytes(size))


def test_what_does_not_become_smaller_goes_as_it_is() -> None:
    noise = random.Random(1).randbytes(LEAST_BYTES)

    assert deflated(noise, 15) is None


def test_to_who_has_not_agreed_everything_goes_as_it_is() -> None:
    assert compact_frame(bytes(LEAST_BYTES), None) == data_frame(bytes(LEAST_BYTES))


async def test_it_is_agreed_on_without_memory_between_messages(ears: Ears) -> None:
    peer = Peer(ears, headers=OFFER)

    (agreed,) = (line for line in peer.response.split("\r\n") if "Extensions" in line)
    assert "server_no_context_takeover" in agreed
    assert "client_no_context_takeover" in agreed
    assert peer.connection.window_bits == 15


async def test_a_client_with_a_smaller_window_gets_what_it_can_read(ears: Ears) -> None:
    offer = "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n"
    peer = Peer(ears, headers=offer)

    wire = compact_frame(b"x" * 50_000, peer.connection.window_bits)

    assert peer.connection.window_bits == 10
    payload = wire[4:] + b"\x00\x00\xff\xff"
    assert zlib.decompressobj(wbits=-10).decompress(payload) == b"x" * 50_000


@pytest.mark.parametrize("headers", ["", "Sec-WebSocket-Extensions: x-webkit-deflate-frame\r\n"])
async def test_who_does_not_offer_it_gets_nothing_compressed(ears: Ears, headers: str) -> None:
    peer = Peer(ears, headers=headers)

    assert peer.connection.window_bits is None
    assert "Extensions" not in peer.response


async def test_switched_off_an_offer_is_not_taken() -> None:
    peer = Peer(Ears(), headers=OFFER)

    assert peer.connection.window_bits is None
    assert "Extensions" not in peer.response


async def test_what_comes_in_compressed_is_read(ears: Ears) -> None:
    peer = Peer(ears, headers=OFFER)

    await peer.say(compressed(b"x" * 50_000), compressed(b"hello", Opcode.TEXT))

    assert peer.messages == [b"x" * 50_000, "hello"]


async def test_a_compressed_message_in_fragments_is_read(ears: Ears) -> None:
    peer = Peer(ears, headers=OFFER)
    whole = deflate(b"abc" * 10_000)
    first, rest = whole[:10], whole[10:]

    await peer.say(
        marked(Frame(Opcode.BINARY, first, fin=False)),
        Frame(Opcode.PING, b"between"),
        Frame(Opcode.CONT, rest),
    )

    assert peer.messages == [b"abc" * 10_000]


async def test_a_bomb_is_never_inflated_beyond_the_limit(ears: Ears) -> None:
    ears.limits = Limits(document_frame_bytes=200_000)
    peer = Peer(ears, headers=OFFER)
    bomb = compressed(bytes(BOMB_BYTES))

    tracemalloc.start()
    await peer.say(bomb)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert "oversized" in peer.messages
    assert most_bytes < BOMB_BYTES // 20


async def test_a_text_is_inflated_no_further_than_a_text_may_be_long(ears: Ears) -> None:
    ears.limits = Limits(text_frame_bytes=100_000)
    peer = Peer(ears, headers=OFFER)

    await peer.say(compressed(b"x" * 100_000, Opcode.TEXT))
    await peer.say(compressed(b"x" * 100_001, Opcode.TEXT))

    assert peer.messages == ["x" * 100_000, "oversized", "left"]


async def test_a_text_in_fragments_has_one_bound_for_all_of_them(ears: Ears) -> None:
    ears.limits = Limits(text_frame_bytes=50_000)
    peer = Peer(ears, headers=OFFER)
    compressor = zlib.compressobj(9, wbits=-15)
    first = compressor.compress(b"x" * 50_000) + compressor.flush(zlib.Z_FULL_FLUSH)
    second = compressor.compress(b"x") + compressor.flush(zlib.Z_SYNC_FLUSH)

    await peer.say(marked(Frame(Opcode.TEXT, first, fin=False)), Frame(Opcode.CONT, second))

    assert "oversized" in peer.messages


async def test_what_swells_out_of_all_proportion_is_refused(ears: Ears) -> None:
    peer = Peer(ears, headers=OFFER)
    source = b"".join(b"def f%d(): return %d\n" % (n, n * n) for n in range(100_000))

    await peer.say(compressed(source), compressed(bytes(4_000_000)))

    assert peer.messages == [source, "oversized", "left"]


async def test_before_signing_in_a_bomb_has_the_limit_of_a_text(ears: Ears) -> None:
    ears.signed_in = False
    ears.limits = Limits(text_frame_bytes=1000)
    peer = Peer(ears, headers=OFFER)

    await peer.say(compressed(bytes(1001)))

    assert "oversized" in peer.messages


async def test_a_bomb_behind_a_fragment_that_uses_up_the_limit_is_not_read(ears: Ears) -> None:
    """What is left is nothing then, and nothing must not mean without a bound."""
    ears.limits = Limits(document_frame_bytes=100_000)
    peer = Peer(ears, headers=OFFER)
    compressor = zlib.compressobj(9, wbits=-15)
    first = compressor.compress(bytes(100_000)) + compressor.flush(zlib.Z_FULL_FLUSH)
    bomb = compressor.compress(bytes(BOMB_BYTES)) + compressor.flush(zlib.Z_SYNC_FLUSH)

    tracemalloc.start()
    await peer.say(marked(Frame(Opcode.BINARY, first, fin=False)), Frame(Opcode.CONT, bomb))
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert "oversized" in peer.messages
    assert most_bytes < BOMB_BYTES // 20


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        pytest.param(Frame(Opcode.BINARY, b"\xff" * 50), 1002, id="no deflate"),
        pytest.param(Frame(Opcode.TEXT, deflate(b"\xff\xfe")), 1007, id="no UTF-8"),
        pytest.param(Frame(Opcode.PING, b""), 1002, id="a compressed ping"),
    ],
)
async def test_what_cannot_be_inflated_ends_the_connection(
    ears: Ears, frame: Frame, code: int
) -> None:
    peer = Peer(ears, headers=OFFER)

    await peer.say(marked(frame))

    assert peer.messages == ["left"]
    ((said, _),) = peer.hears()
    assert said == code


async def test_compressed_without_an_agreement_is_no_frame() -> None:
    peer = Peer(Ears())

    await peer.say(marked(Frame(Opcode.BINARY, b"x")))

    assert peer.messages == ["left"]
