import pytest
from websockets.frames import Close, Frame, Opcode

from collab_server.transport.frames import PING, close_frame, data_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
def test_a_binary_frame_is_what_the_library_would_send(size: int) -> None:
    payload = bytes(size)

    assert data_frame(payload) == Frame(Opcode.BINARY, payload).serialize(mask=False)


@pytest.mark.parametrize("text", ["", "hello", "naïve 😀", "x" * 126, "é" * 40_000])
def test_a_text_frame_is_what_the_library_would_send(text: str) -> None:
    assert data_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


def test_a_close_frame_is_what_the_library_would_send() -> None:
    payload = Close(4500, "frame too large").serialize()

    assert close_frame(4500, "frame too large") == Frame(Opcode.CLOSE, payload).serialize(
        mask=False
    )


def test_a_ping_is_what_the_library_would_send() -> None:
    assert Frame(Opcode.PING, b"").serialize(mask=False) == PING
