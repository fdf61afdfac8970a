import pytest

from collab_server.protocol.errors import LocalProtocolError, MalformedFrame
from collab_server.protocol.wire import (
    MAX_SAFE_INTEGER,
    Reader,
    write_var_bytes,
    write_var_string,
    write_var_uint,
)


def written(number: int) -> bytes:
    out = bytearray()
    write_var_uint(out, number)
    return bytes(out)


@pytest.mark.parametrize(
    ("number", "raw"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "8001"),
        (300, "ac02"),
        (2**32, "8080808010"),
        (MAX_SAFE_INTEGER, "ffffffffffffff0f"),
    ],
)
def test_numbers_are_written_and_read_as_lib0_does(number: int, raw: str) -> None:
    assert written(number).hex() == raw
    assert Reader(bytes.fromhex(raw)).var_uint() == number


@pytest.mark.parametrize("number", [-1, 2**53])
def test_a_number_outside_of_the_encoding_is_our_own_mistake(number: int) -> None:
    with pytest.raises(LocalProtocolError):
        written(number)


@pytest.mark.parametrize("raw", ["", "80", "ffffffffffffffff01", "8000", "ffffffffffffff1f"])
def test_a_number_that_lib0_does_not_write_is_refused(raw: str) -> None:
    with pytest.raises(MalformedFrame):
        Reader(bytes.fromhex(raw)).var_uint()


def test_a_number_over_what_is_expected_is_refused() -> None:
    assert Reader(b"\x05").var_uint(max_=5) == 5
    with pytest.raises(MalformedFrame):
        Reader(b"\x06").var_uint(max_=5)


def test_a_frame_is_read_from_front_to_back() -> None:
    out = bytearray(b"\x09")
    write_var_bytes(out, b"abc")
    write_var_string(out, "é😀")
    reader = Reader(bytes(out))

    assert reader.byte() == 9
    assert reader.remaining == len(out) - 1
    assert reader.var_bytes() == b"abc"
    assert not reader.at_end
    assert reader.var_string() == "é😀"
    assert reader.at_end
    reader.expect_end()


def test_a_part_of_a_frame_ends_where_it_is_told() -> None:
    reader = Reader(b"xx\x01\x02\x03", pos=2, end=4)

    assert (reader.byte(), reader.byte()) == (1, 2)
    with pytest.raises(MalformedFrame):
        reader.byte()


def test_a_length_past_the_end_is_refused() -> None:
    with pytest.raises(MalformedFrame):
        Reader(b"\x04abc").var_bytes()


def test_a_field_over_its_bound_is_refused() -> None:
    assert Reader(b"\x03abc").var_bytes(3) == b"abc"
    with pytest.raises(MalformedFrame):
        Reader(b"\x03abc").var_bytes(2)


def test_a_string_that_is_no_utf_8_is_refused() -> None:
    with pytest.raises(MalformedFrame):
        Reader(b"\x03\xed\xa0\xbd").var_string()


def test_bytes_left_over_are_refused() -> None:
    with pytest.raises(MalformedFrame):
        Reader(b"\x00").expect_end()


def test_half_a_surrogate_pair_is_our_own_mistake() -> None:
    with pytest.raises(LocalProtocolError):
        write_var_string(bytearray(), "\ud83d")
