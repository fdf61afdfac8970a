"""Many updates are one string of bytes, and come out of it as they went in."""

import pytest

from collab_server.protocol.packed_updates import pack, unpack


@pytest.mark.parametrize("updates", [[], [b"one"], [b"", b"x" * 300, b"two", b""]])
def test_what_was_packed_comes_out_again(updates: list[bytes]) -> None:
    assert unpack(pack(updates)) == updates


@pytest.mark.parametrize("packed", [b"\x02a", b"\x01a\x80", b"\xff" * 9, b"\x80\x00"])
def test_what_cannot_be_taken_apart_is_nothing(packed: bytes) -> None:
    assert unpack(packed) == []
