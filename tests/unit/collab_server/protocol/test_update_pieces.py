from collab_server.protocol.update_pieces import decode_piece, encode_piece, pieces_of
from collab_server.protocol.updates import UpdateSummary

SUMMARY = UpdateSummary(
    structs={1: [(0, 5), (7, 9)], 2: [(0, 1)]},
    depends={3: 4, 4: 1, 5: 9},
    paired=[(1, 2), (2, 0)],
    deletes={1: [(0, 1), (2, 3), (4, 5)], 9: [(0, 1)]},
    has_skip=True,
    struct_count=8,
    delete_count=4,
)


def test_an_empty_summary_has_no_pieces() -> None:
    assert list(pieces_of(UpdateSummary())) == []


def test_a_small_summary_is_one_piece_of_each_kind_in_the_order_of_judging() -> None:
    assert list(pieces_of(SUMMARY)) == [
        UpdateSummary(structs=SUMMARY.structs),
        UpdateSummary(depends=SUMMARY.depends),
        UpdateSummary(paired=SUMMARY.paired),
        UpdateSummary(deletes=SUMMARY.deletes),
    ]


def test_an_author_with_many_ranges_comes_in_several_pieces() -> None:
    pieces = list(pieces_of(SUMMARY, most=2))

    assert pieces == [
        UpdateSummary(structs={1: [(0, 5), (7, 9)]}),
        UpdateSummary(structs={2: [(0, 1)]}),
        UpdateSummary(depends={3: 4, 4: 1}),
        UpdateSummary(depends={5: 9}),
        UpdateSummary(paired=[(1, 2), (2, 0)]),
        UpdateSummary(deletes={1: [(0, 1), (2, 3)]}),
        UpdateSummary(deletes={1: [(4, 5)], 9: [(0, 1)]}),
    ]


def test_a_piece_is_read_as_it_was_written() -> None:
    assert decode_piece(encode_piece(SUMMARY)) == SUMMARY
