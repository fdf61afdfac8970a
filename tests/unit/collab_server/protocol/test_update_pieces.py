from typing import Any

import pytest

from collab_server.protocol.errors import TooLarge
from collab_server.protocol.update_pieces import MAX_AUTHORS, decode_piece, encode_piece, pieces_of
from collab_server.protocol.updates import UpdateSummary

SUMMARY = UpdateSummary(
    structs={1: [(0, 5), (7, 9)], 2: [(0, 1)]},
    depends={3: 4, 4: 1, 5: 9},
    paired={1: 2, 2: 0},
    deletes={1: [(0, 1), (2, 3), (4, 5)], 9: [(0, 1)]},
    has_skip=True,
    struct_count=8,
    delete_count=4,
)


def test_the_first_piece_has_everything_but_the_ranges_in_between() -> None:
    [outline, *_] = pieces_of(SUMMARY)

    assert outline == UpdateSummary(
        structs={1: [(0, 9)], 2: [(0, 1)]},
        depends={3: 4, 4: 1, 5: 9},
        paired={1: 2, 2: 0},
        deletes={1: [(0, 5)], 9: [(0, 1)]},
        has_skip=True,
        struct_count=8,
        delete_count=4,
    )


def test_then_come_structs_what_they_stand_on_and_deletes() -> None:
    [_, *pieces] = pieces_of(SUMMARY)

    assert pieces == [
        UpdateSummary(structs=SUMMARY.structs),
        UpdateSummary(depends=SUMMARY.depends, paired=SUMMARY.paired),
        UpdateSummary(deletes=SUMMARY.deletes),
    ]


def test_an_author_with_many_ranges_comes_in_several_pieces() -> None:
    [_, *pieces] = pieces_of(SUMMARY, most=2)

    assert pieces == [
        UpdateSummary(structs={1: [(0, 5), (7, 9)]}),
        UpdateSummary(structs={2: [(0, 1)]}),
        UpdateSummary(depends=SUMMARY.depends, paired=SUMMARY.paired),
        UpdateSummary(deletes={1: [(0, 1), (2, 3)]}),
        UpdateSummary(deletes={1: [(4, 5)], 9: [(0, 1)]}),
    ]


@pytest.mark.parametrize("part", ["structs", "deletes", "depends"])
def test_nobody_has_met_so_many_authors_at_once(part: str) -> None:
    some: Any = 1 if part == "depends" else [(0, 1)]

    many: Any = {part: dict.fromkeys(range(MAX_AUTHORS + 1), some)}

    with pytest.raises(TooLarge):
        list(pieces_of(UpdateSummary(**many)))


def test_a_piece_is_read_as_it_was_written() -> None:
    assert decode_piece(encode_piece(SUMMARY)) == SUMMARY
