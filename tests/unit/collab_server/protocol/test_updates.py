import time
import tracemalloc

import pytest

from collab_server.protocol.errors import LocalProtocolError, MalformedUpdate, TooLarge
from collab_server.protocol.updates import (
    EMPTY_UPDATE,
    UpdateSummary,
    encode_state_vector,
    encode_text,
    parse_state_vector,
    parse_update,
)
from tests.unit.collab_server.protocol.update_bytes import (
    STRING_A,
    any_value,
    block,
    gc,
    identity,
    item,
    nested_types,
    one,
    poisons,
    ranges,
    skip,
    text,
    update,
    var,
    vector_poisons,
)

POISONS = poisons()
VECTOR_POISONS = vector_poisons()

LAWFUL_VALUES = {
    "undefined": b"\x7f",
    "null": b"\x7e",
    "0": b"\x7d\x00",
    "-0": b"\x7d\x40",
    "64": b"\x7d\x80\x01",
    "2^53 - 1": b"\x7d\xbf" + b"\xff" * 6 + b"\x1f",
    "a float": b"\x7c\x3f\x00\x00\x00",
    "NaN": b"\x7b\x7f\xf8" + b"\x00" * 6,
    "a BigInt": b"\x7a" + b"\x00" * 7 + b"\x0c",
    "false": b"\x79",
    "true": b"\x78",
    "a string": b"\x77" + text("é😀"),
    "an object": b"\x76\x01" + text("key") + b"\x75\x02\x78\x79",
    "an array": b"\x75\x00",
    "bytes": b"\x74\x03abc",
    "arrays 32 deep": b"\x75\x01" * 31 + b"\x75\x00",
}


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS.keys())
def test_a_poison_is_refused(poison: bytes) -> None:
    with pytest.raises(MalformedUpdate):
        parse_update(poison)


def test_all_poisons_together_take_no_longer_than_one_of_them_may() -> None:
    started_s = time.perf_counter()

    for poison in POISONS.values():
        with pytest.raises(MalformedUpdate):
            parse_update(poison)

    assert time.perf_counter() - started_s < 0.005 * len(POISONS)


def test_no_poison_takes_more_memory_than_a_few_times_its_bytes() -> None:
    parse_update(EMPTY_UPDATE)
    tracemalloc.start()

    for poison in POISONS.values():
        with pytest.raises(MalformedUpdate):
            parse_update(poison)

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 2_000_000


@pytest.mark.parametrize("poison", VECTOR_POISONS.values(), ids=VECTOR_POISONS.keys())
def test_a_poisoned_state_vector_is_refused(poison: bytes) -> None:
    with pytest.raises(MalformedUpdate):
        parse_state_vector(poison)


@pytest.mark.parametrize("value", LAWFUL_VALUES.values(), ids=LAWFUL_VALUES.keys())
def test_every_kind_of_value_passes(value: bytes) -> None:
    summary = parse_update(one(any_value(value)))

    assert summary.structs == {1: [(0, 1)]}


def test_an_empty_update_brings_nothing() -> None:
    summary = parse_update(EMPTY_UPDATE)

    assert summary == UpdateSummary()
    assert summary.is_empty


def test_a_typed_letter_brings_one_clock_of_its_author() -> None:
    summary = parse_update(one(STRING_A, author=2**53 - 1, clock=300))

    assert summary == UpdateSummary(structs={2**53 - 1: [(300, 301)]}, struct_count=1)
    assert not summary.is_empty


def test_a_delete_alone_is_not_empty() -> None:
    summary = parse_update(update(deletes=(ranges(5, (0, 2), (2, 3), (9, 1)),)))

    assert summary.deletes == {5: [(0, 5), (9, 10)]}
    assert summary.delete_count == 3
    assert not summary.is_empty


def test_a_text_is_as_long_as_its_utf_16() -> None:
    summary = parse_update(one(item(4, text("aé中😀"))))

    assert summary.structs == {1: [(0, 5)]}
    assert summary.paired == {1: 3}


def test_every_kind_of_struct_takes_its_clocks() -> None:
    structs = (
        gc(2),
        item(1, var(3)),
        item(3, var(2) + b"ab"),
        item(4, text("four")),
        item(5, text('{"image": "a.png"}')),
        item(6, text("bold") + text("true")),
        item(7, var(3) + text("paragraph")),
        item(7, var(2)),
        item(8, var(2) + b"\x7e\x7e"),
    )

    summary = parse_update(update(block(1, 10, *structs)))

    assert summary.structs == {1: [(10, 10 + 2 + 3 + 1 + 4 + 1 + 1 + 1 + 1 + 2)]}
    assert summary.struct_count == 9


def test_a_skip_parts_the_runs_of_an_author() -> None:
    structs = (skip(4), STRING_A, skip(3), STRING_A, STRING_A, skip(2))

    summary = parse_update(update(block(1, 0, *structs)))

    assert summary.structs == {1: [(4, 5), (8, 10)]}
    assert summary.has_skip


def test_a_block_of_nothing_but_a_hole_brings_no_structs() -> None:
    summary = parse_update(one(skip(4)))

    assert summary.structs == {}
    assert summary.has_skip


def test_origins_right_origins_and_parents_of_others_are_what_it_depends_on() -> None:
    origin = b"\x84" + identity(2, 7) + text("a")
    both = b"\xc4" + identity(2, 3) + identity(3, 1) + text("b")
    right = b"\x64" + identity(4, 0) + text("c")  # the key's bit without a key: it has a neighbour
    parent = b"\x24\x00" + identity(5, 2) + text("key") + text("d")
    own = b"\x84" + identity(1, 0) + text("e")

    summary = parse_update(update(block(1, 1, origin, both, right, parent, own)))

    assert summary.depends == {2: 8, 3: 2, 4: 1, 5: 3}


def test_structs_and_deletes_are_counted_together() -> None:
    raw = update(block(1, 0, STRING_A, STRING_A), deletes=(ranges(1, (0, 1)),))

    assert parse_update(raw, max_items=3).struct_count == 2
    with pytest.raises(TooLarge):
        parse_update(raw, max_items=2)
    with pytest.raises(TooLarge):
        parse_update(raw, max_items=1)


def test_types_sixteen_deep_pass() -> None:
    assert parse_update(nested_types(16)).struct_count == 16


def test_many_types_beside_each_other_pass() -> None:
    first = item(7, var(1))
    beside = [b"\x87" + identity(7, at) + var(1) for at in range(300)]

    assert parse_update(update(block(7, 0, first, *beside))).struct_count == 301


def test_depth_is_followed_through_neighbours() -> None:
    structs = [item(7, var(1))]
    for level in range(16):
        holder = 2 * level
        structs.append(b"\x24\x00" + identity(7, holder) + text("k") + text("a"))
        structs.append(b"\x87" + identity(7, holder + 1) + var(1))

    assert parse_update(update(block(7, 0, *structs[:-1]))).struct_count == 32
    with pytest.raises(MalformedUpdate):
        parse_update(update(block(7, 0, *structs)))


def test_a_circle_of_two_authors_is_refused_where_depth_is_followed() -> None:
    many = [item(7, var(1))] * 17
    ours = b"\x87" + identity(8, 0) + var(1)
    theirs = b"\x87" + identity(9, 17) + var(1)

    with pytest.raises(MalformedUpdate):
        parse_update(update(block(9, 0, *many, ours), block(8, 0, theirs)))


def test_a_neighbour_outside_of_the_update_has_no_known_depth() -> None:
    types = [b"\x87" + identity(author, 5) + var(1) for author in range(20, 40)]
    beyond = b"\x87" + identity(8, 5) + var(1)
    later = b"\x87" + identity(8, 50) + var(1)

    raw = update(block(9, 0, *types, beyond, later), block(8, 10, STRING_A))

    assert parse_update(raw).struct_count == 23


def test_a_state_vector_is_read_back() -> None:
    state = {1: 5, 2**53 - 1: 2**31 - 1, 300: 1}

    assert parse_state_vector(encode_state_vector(state)) == state


def test_a_state_vector_may_be_bounded() -> None:
    raw = encode_state_vector({1: 5, 300: 2})

    assert len(parse_state_vector(raw, max_authors=2)) == 2
    with pytest.raises(TooLarge):
        parse_state_vector(raw, max_authors=1)


def test_a_state_vector_names_the_highest_author_first() -> None:
    assert encode_state_vector({1: 5, 300: 2}) == b"\x02\xac\x02\x02\x01\x05"


def test_an_author_of_whom_nothing_is_there_is_left_out() -> None:
    assert parse_state_vector(b"\x02\x05\x00\x06\x01") == {6: 1}


def test_a_text_is_written_as_yjs_writes_it() -> None:
    assert encode_text(7, "content", "a😀b").hex() == "01010700040107636f6e74656e740661f09f98806200"


def test_no_text_is_an_empty_update() -> None:
    assert encode_text(7, "content", "") == EMPTY_UPDATE


def test_a_long_text_is_one_run_in_several_structs() -> None:
    summary = parse_update(encode_text(7, "content", "😀" * 70_000))

    assert summary.structs == {7: [(0, 140_000)]}
    assert summary.struct_count == 3


def test_a_text_with_half_a_surrogate_pair_is_our_own_mistake() -> None:
    with pytest.raises(LocalProtocolError):
        encode_text(7, "content", "a\ud83d")
