import pytest

from collab_server.protocol.errors import MalformedUpdate
from collab_server.protocol.known_state import Judgement, KnownState, Standing
from collab_server.protocol.update_pieces import pieces_of
from collab_server.protocol.updates import (
    MAX_ITEMS,
    UpdateSummary,
    encode_state_vector,
    parse_update,
)
from tests.unit.collab_server.protocol.update_bytes import (
    block,
    identity,
    item,
    one,
    ranges,
    text,
    update,
)


def known(state: dict[int, int], deletes: dict[int, list[tuple[int, int]]]) -> KnownState:
    deleted = tuple(
        ranges(author, *[(at, to - at) for at, to in runs]) for author, runs in deletes.items()
    )
    return KnownState.from_parts(encode_state_vector(state), update(deletes=deleted))


def test_a_stored_document_is_taken_up() -> None:
    taken = known({1: 5}, {1: [(0, 2), (4, 5)]})

    assert taken.state == {1: 5}
    assert taken.deletes == {1: [(0, 2), (4, 5)]}
    assert taken.state_vector() == b"\x01\x01\x05"


@pytest.mark.slow
def test_a_document_may_have_more_deletes_than_an_update() -> None:
    single = [(2 * at, 2 * at + 1) for at in range(MAX_ITEMS + 1)]

    assert known({1: 2**21}, {1: single}).deletes == {1: single}


def test_broken_parts_are_refused() -> None:
    with pytest.raises(MalformedUpdate):
        KnownState.from_parts(b"\x01", b"\x00\x00")


@pytest.mark.parametrize(
    ("summary", "standing"),
    [
        pytest.param(UpdateSummary(), Standing.KNOWN, id="nothing"),
        pytest.param(UpdateSummary(structs={1: [(0, 5)]}), Standing.KNOWN, id="all known"),
        pytest.param(UpdateSummary(structs={1: [(3, 6)]}), Standing.NEW, id="one more"),
        pytest.param(UpdateSummary(structs={1: [(5, 6)]}), Standing.NEW, id="the next"),
        pytest.param(UpdateSummary(structs={9: [(0, 1)]}), Standing.NEW, id="a new author"),
        pytest.param(UpdateSummary(structs={1: [(6, 7)]}), Standing.EARLY, id="a gap"),
        pytest.param(UpdateSummary(structs={9: [(1, 2)]}), Standing.EARLY, id="no beginning"),
        pytest.param(
            UpdateSummary(structs={1: [(5, 6), (7, 8)]}, has_skip=True),
            Standing.EARLY,
            id="a hole in it",
        ),
        pytest.param(
            UpdateSummary(structs={1: [(0, 1), (4, 8)]}, has_skip=True),
            Standing.NEW,
            id="a hole that is filled already",
        ),
        pytest.param(
            UpdateSummary(structs={1: [(0, 1), (3, 4)]}, has_skip=True),
            Standing.KNOWN,
            id="a hole in what is known",
        ),
        pytest.param(
            UpdateSummary(structs={1: [(5, 6)]}, depends={2: 3}), Standing.NEW, id="stands on known"
        ),
        pytest.param(
            UpdateSummary(structs={1: [(5, 6)]}, depends={2: 4}),
            Standing.EARLY,
            id="stands on what is missing",
        ),
        pytest.param(
            UpdateSummary(structs={1: [(5, 6)], 2: [(3, 4)]}, depends={2: 4}),
            Standing.NEW,
            id="stands on what it brings",
        ),
        pytest.param(
            UpdateSummary(structs={1: [(0, 2)]}, depends={8: 4}),
            Standing.KNOWN,
            id="known, whatever it stands on",
        ),
        pytest.param(UpdateSummary(deletes={1: [(0, 2)]}), Standing.KNOWN, id="deletes known"),
        pytest.param(
            UpdateSummary(deletes={1: [(0, 1), (4, 5)]}), Standing.KNOWN, id="deletes within known"
        ),
        pytest.param(UpdateSummary(deletes={1: [(1, 3)]}), Standing.NEW, id="a delete goes on"),
        pytest.param(UpdateSummary(deletes={2: [(0, 1)]}), Standing.NEW, id="a first delete"),
        pytest.param(
            UpdateSummary(deletes={1: [(4, 6)]}), Standing.EARLY, id="a delete of what is missing"
        ),
        pytest.param(
            UpdateSummary(deletes={7: [(0, 1)]}), Standing.EARLY, id="a delete of a stranger"
        ),
        pytest.param(
            UpdateSummary(structs={1: [(5, 6)]}, deletes={1: [(5, 6)]}),
            Standing.NEW,
            id="a delete of what it brings",
        ),
        pytest.param(UpdateSummary(deletes={1: [(2, 3)]}), Standing.NEW, id="a delete in between"),
    ],
)
def test_an_update_stands_to_a_document(summary: UpdateSummary, standing: Standing) -> None:
    document = known({1: 5, 2: 3}, {1: [(0, 2), (4, 5)]})

    assert document.classify(summary) is standing


@pytest.mark.parametrize(
    ("clocks", "standing"),
    [
        (0, Standing.NEW),
        (1, Standing.NEW),
        (2, Standing.EARLY),
        (3, Standing.EARLY),
        (4, Standing.KNOWN),
    ],
)
def test_a_pair_that_is_repeated_beside_news_is_early(clocks: int, standing: Standing) -> None:
    summary = parse_update(one(item(4, text("a😀b"))))

    assert known({1: clocks}, {}).classify(summary) is standing


@pytest.mark.parametrize(
    ("clocks", "standing"), [(0, Standing.NEW), (1, Standing.NEW), (3, Standing.EARLY)]
)
def test_a_pair_of_another_author_may_not_be_repeated_either(
    clocks: int, standing: Standing
) -> None:
    raw = update(block(2, 0, item(4, text("a😀"))), block(1, 0, item(4, text("abc"))))

    assert known({1: 2, 2: clocks}, {}).classify(parse_update(raw)) is standing


def test_structs_take_an_author_further() -> None:
    document = known({1: 5}, {})

    document.advance(UpdateSummary(structs={1: [(3, 8)], 9: [(0, 2)]}))

    assert document.state == {1: 8, 9: 2}


def test_known_structs_take_no_author_back() -> None:
    document = known({1: 5}, {})

    document.advance(UpdateSummary(structs={1: [(0, 2)]}, deletes={1: [(0, 1)]}))

    assert document.state == {1: 5}


@pytest.mark.parametrize(
    ("added", "merged"),
    [
        pytest.param([(0, 1)], [(0, 1), (10, 12), (20, 22)], id="before"),
        pytest.param([(9, 10)], [(9, 12), (20, 22)], id="up to"),
        pytest.param([(12, 13)], [(10, 13), (20, 22)], id="from"),
        pytest.param([(11, 21)], [(10, 22)], id="across"),
        pytest.param([(12, 20)], [(10, 22)], id="between"),
        pytest.param([(0, 99)], [(0, 99)], id="over all"),
        pytest.param([(10, 11)], [(10, 12), (20, 22)], id="within"),
        pytest.param([(50, 51)], [(10, 12), (20, 22), (50, 51)], id="after"),
        pytest.param(
            [(at, at + 1) for at in range(1, 40, 3)],
            [
                (1, 2), (4, 5), (7, 8), (10, 12), (13, 14), (16, 17),
                (19, 23), (25, 26), (28, 29), (31, 32), (34, 35), (37, 38),
            ],
            id="many at once",
        ),
    ],
)  # fmt: skip
def test_deletes_are_merged(added: list[tuple[int, int]], merged: list[tuple[int, int]]) -> None:
    document = known({1: 100}, {1: [(10, 12), (20, 22)]})

    document.advance(UpdateSummary(deletes={1: added}))

    assert document.deletes == {1: merged}


def test_what_it_took_in_is_known() -> None:
    document = known({}, {})
    summary = UpdateSummary(structs={1: [(0, 3)]}, deletes={1: [(1, 2)]})

    document.advance(summary)

    assert document.classify(summary) is Standing.KNOWN


def test_a_later_change_of_the_summary_does_not_reach_the_document() -> None:
    document = known({}, {})
    summary = UpdateSummary(structs={1: [(0, 3)]}, deletes={1: [(1, 2)]})
    document.advance(summary)

    summary.deletes[1].append((2, 3))

    assert document.deletes == {1: [(1, 2)]}


def test_a_state_is_covered_up_to_its_clocks() -> None:
    document = known({1: 5}, {})

    assert document.covers({1: 5})
    assert document.covers({})
    assert not document.covers({1: 6})
    assert not document.covers({1: 5, 2: 1})


def test_a_copy_goes_its_own_way() -> None:
    document = known({1: 5}, {1: [(0, 1)]})
    copy = document.copy()

    copy.advance(UpdateSummary(structs={1: [(5, 6)]}, deletes={1: [(1, 2)]}))

    assert (document.state, document.deletes) == ({1: 5}, {1: [(0, 1)]})
    assert (copy.state, copy.deletes) == ({1: 6}, {1: [(0, 2)]})


def test_an_origin_in_an_own_hole_is_early() -> None:
    own = b"\x84" + identity(1, 6) + text("x")
    raw = update(b"\x02\x01\x05" + b"\x0a\x02" + own)

    assert known({1: 5}, {}).classify(parse_update(raw)) is Standing.EARLY


@pytest.mark.parametrize(
    ("summary", "standing"),
    [
        pytest.param(UpdateSummary(), Standing.KNOWN, id="nothing"),
        pytest.param(
            UpdateSummary(
                structs={1: [(3, 6)], 2: [(0, 4)]},
                depends={2: 4, 1: 6},
                paired={1: 5},
                deletes={1: [(0, 1), (5, 6)], 2: [(0, 4)]},
            ),
            Standing.NEW,
            id="everything is there",
        ),
        pytest.param(UpdateSummary(structs={1: [(3, 6), (7, 8)]}), Standing.EARLY, id="a gap"),
        pytest.param(
            UpdateSummary(structs={1: [(5, 6)]}, depends={2: 1}), Standing.EARLY, id="a stranger"
        ),
        pytest.param(UpdateSummary(depends={2: 1}), Standing.KNOWN, id="nothing rests on it"),
        pytest.param(
            UpdateSummary(structs={1: [(0, 6)]}, paired={1: 4}), Standing.EARLY, id="a pair again"
        ),
        pytest.param(UpdateSummary(deletes={1: [(0, 1), (2, 6)]}), Standing.EARLY, id="too far"),
        pytest.param(UpdateSummary(deletes={1: [(0, 1), (2, 3)]}), Standing.NEW, id="a delete"),
    ],
)
def test_pieces_are_judged_as_the_whole(summary: UpdateSummary, standing: Standing) -> None:
    document = known({1: 5}, {1: [(0, 1)]})
    judgement = Judgement(document)

    [_, *pieces] = pieces_of(summary, most=1)
    for piece in pieces:
        judgement.hear(piece)

    assert judgement.standing is document.classify(summary) is standing


def test_pieces_are_taken_in_as_the_whole() -> None:
    summary = UpdateSummary(
        structs={1: [(3, 6)], 2: [(0, 4)]}, deletes={1: [(0, 1), (5, 6)], 2: [(0, 4)]}
    )
    document, other = known({1: 5}, {1: [(0, 1)]}), known({1: 5}, {1: [(0, 1)]})

    document.advance(summary)
    [_, *pieces] = pieces_of(summary, most=1)
    for piece in pieces:
        other.advance(piece)

    assert (other.state, other.deletes) == (document.state, document.deletes)
