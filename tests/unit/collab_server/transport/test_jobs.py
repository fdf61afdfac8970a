import pytest

from collab_server.protocol.errors import MalformedUpdate, TooLarge
from collab_server.protocol.update_pieces import decode_piece
from collab_server.protocol.updates import UpdateSummary, encode_text
from collab_server.transport.jobs import JOBS

UPDATE = encode_text(7, "content", "text")


def test_an_update_is_read_into_pieces() -> None:
    pieces = JOBS["parse"](UPDATE, b"10")

    assert [decode_piece(piece) for piece in pieces] == [
        UpdateSummary(structs={7: [(0, 4)]}, struct_count=1),
        UpdateSummary(structs={7: [(0, 4)]}),
        UpdateSummary(),
    ]


def test_bytes_that_are_no_update_are_refused() -> None:
    with pytest.raises(MalformedUpdate):
        JOBS["parse"](UPDATE[:-1], b"10")


def test_an_update_with_too_much_in_it_is_refused() -> None:
    with pytest.raises(TooLarge):
        JOBS["parse"](UPDATE, b"0")
