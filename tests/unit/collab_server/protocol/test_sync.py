import pytest

from collab_server.protocol.errors import MalformedFrame
from collab_server.protocol.sync import (
    SyncMessage,
    SyncStep1,
    SyncStep2,
    SyncUpdate,
    decode_sync,
    encode_step_1,
    encode_step_2,
)
from collab_server.protocol.updates import parse_state_vector, parse_update
from collab_server.protocol.wire import Reader
from tests.unit.collab_server.protocol.golden import GOLDEN

UPDATE = bytes.fromhex("01022a00010107636f6e74656e7401842a0005f09f988062012a010001")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("step_1", SyncStep1(b"\x01\x2a\x04")),
        ("step_1_of_nothing", SyncStep1(b"\x00")),
        ("step_2", SyncStep2(UPDATE)),
        ("step_2_of_nothing", SyncStep2(b"\x00\x00")),
        ("update", SyncUpdate(UPDATE)),
    ],
)
def test_messages_of_y_protocols_are_read(name: str, message: SyncMessage) -> None:
    reader = Reader(GOLDEN[name])

    assert decode_sync(reader) == message
    assert reader.at_end


def test_messages_are_written_as_y_protocols_writes_them() -> None:
    assert encode_step_1(b"\x01\x2a\x04") == GOLDEN["step_1"]
    assert encode_step_2(UPDATE) == GOLDEN["step_2"]


def test_what_they_hold_is_lawful() -> None:
    assert parse_state_vector(GOLDEN["step_1"][2:]) == {42: 4}
    assert parse_update(UPDATE).structs == {42: [(0, 4)]}
    assert parse_update(UPDATE).deletes == {42: [(0, 1)]}


@pytest.mark.parametrize("raw", [b"", b"\x03\x00", b"\x00", b"\x00\x05\x01", b"\x80\x00\x00"])
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode_sync(Reader(raw))
