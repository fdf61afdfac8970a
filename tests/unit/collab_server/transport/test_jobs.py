import pytest

from collab_server.core.compaction import Contents
from collab_server.core.replicas import text_of
from collab_server.core.views import DocumentView
from collab_server.protocol.errors import MalformedUpdate, TooLarge
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.packed_updates import pack
from collab_server.protocol.update_pieces import decode_piece
from collab_server.protocol.updates import UpdateSummary, encode_text
from collab_server.transport.jobs import JOBS, MERGE, PACKED, UPDATE
from tests.support.writer import Writer
from tests.unit.collab_server.protocol.update_bytes import identity, item, one

FIRST = encode_text(7, "content", "text")
NOTHING = KnownState().measures()


def test_an_update_is_read_into_pieces() -> None:
    pieces = JOBS["parse"](FIRST, b"10", NOTHING)

    assert [decode_piece(piece) for piece in pieces] == [
        UpdateSummary(structs={7: [(0, 4)]}, struct_count=1),
        UpdateSummary(structs={7: [(0, 4)]}),
        UpdateSummary(),
    ]


def test_bytes_that_are_no_update_are_refused() -> None:
    with pytest.raises(MalformedUpdate):
        JOBS["parse"](FIRST[:-1], b"10", NOTHING)


def test_types_nested_too_deeply_by_several_updates_are_refused() -> None:
    levels = [item(7, b"\x00"), *(b"\x07\x00" + identity(7, at) + b"\x00" for at in range(16))]
    updates = [one(level, author=7, clock=at) for at, level in enumerate(levels)]

    (measures,) = JOBS["measure"](*updates[:16])

    assert KnownState.from_measures(measures).state == {7: 16}
    with pytest.raises(MalformedUpdate):
        JOBS["parse"](updates[16], b"10", measures)
    with pytest.raises(MalformedUpdate):
        JOBS["measure"](*updates)


def test_merges_packed_updates_and_lone_ones_are_merged_in_their_order() -> None:
    ada = Writer()
    log = [ada.insert(at, key) for at, key in enumerate("five keys, typed")]
    parts = (DocumentView.from_updates(log[:4]).merged(), pack(log[4:9]), log[9], pack(log[10:]))

    (merged,) = JOBS["compact"](MERGE + PACKED + UPDATE + PACKED, *parts)

    assert Contents([merged]) == Contents(log)
    assert text_of(merged) == "five keys, typed"


def test_an_update_with_too_much_in_it_is_refused() -> None:
    with pytest.raises(TooLarge):
        JOBS["parse"](FIRST, b"0", NOTHING)
