"""The short look at an update tells what the parser tells, or nothing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.plain_edits import next_text_in, range_in, stored_edit
from collab_server.protocol.sync import UPDATE, SyncUpdate, decode_sync
from collab_server.protocol.updates import UpdateSummary, parse_update
from collab_server.protocol.wire import Reader
from collab_server.protocol.yjs_frames import sync_update
from tests.properties.protocol.mutants import TELLING_BYTES, known_after, mutate
from tests.properties.protocol.traffic import recorded_traffic
from tests.seeds import seeds
from tests.unit.collab_server.protocol.update_bytes import block, identity, ranges, update, var

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collab_server.protocol.plain_edits import PlainEdit

PREFIX = b"before"
AUTHORS = (1, 127, 128, 2**32 - 1, 2**49, 2**53 - 1)
CLOCKS = (1, 2, 127, 128, 129, 300, 20_000, 2**31 - 3, 2**31 - 1)
TEXTS = (b"a", b"two words", "é".encode(), "a😀".encode(), b"", b"\xff", b"\x00", b"x" * 200)


def plain_edit_in(message: bytes, known: KnownState) -> PlainEdit | None:
    """Look at a message that stands behind something else, as it does at the main door."""
    edit = next_text_in(PREFIX + message, len(PREFIX), known.state)
    if edit is None:
        edit = range_in(PREFIX + message, len(PREFIX), known.state)
    return edit


def check(message: bytes, known: KnownState) -> bool:
    """Compare what the short look finds with the parser; tell whether it found anything."""
    edit = plain_edit_in(message, known)
    if edit is None:
        return False
    at, author, low, high, is_text = edit
    raw = (PREFIX + message)[at:]
    reader = Reader(message, pos=1)
    assert message[0] == 0
    assert decode_sync(reader) == SyncUpdate(raw)
    assert reader.at_end
    summary = parse_update(raw)
    if is_text:
        expected = UpdateSummary(structs={author: [(low, high)]}, struct_count=1)
        expected.depends, expected.paired = summary.depends, summary.paired
    else:
        expected = UpdateSummary(deletes={author: [(low, high)]}, delete_count=1)
    assert summary == expected
    is_known = not is_text and known.has_deleted(author, low, high)
    assert known.classify(summary) is (Standing.KNOWN if is_known else Standing.NEW)
    advanced, short = known.copy(), known.copy()
    advanced.advance(summary)
    if is_text:
        short.state[author] = high
    else:
        short.delete(author, low, high)
    assert (short.state, short.deletes) == (advanced.state, advanced.deletes)
    return True


def check_stored(raw: bytes) -> bool:
    """Compare what is found in an update that was stored; tell whether anything is."""
    edit = stored_edit(raw)
    if edit is None:
        return False
    author, low, high, is_text = edit
    try:
        summary = parse_update(raw)
    except RemoteProtocolError:
        return False  # was never accepted; a merge of it is refused
    here, there = ({author: [(low, high)]}, {}) if is_text else ({}, {author: [(low, high)]})
    assert (summary.structs, summary.deletes) == (here, there)
    return True


def handmade(plan: random.Random, known: KnownState) -> Iterator[bytes]:
    """Yield messages that nearly are plain edits of a document."""
    authors = [*known.state, *AUTHORS]
    while True:
        author = plan.choice(authors)
        clock = known.state.get(author, 0) if plan.random() < 0.8 else plan.choice(CLOCKS)
        text = plan.choice(TEXTS)
        info = plan.choice((0x84, 0x44, 0xC4, 0xC4, 0x04, 0xA4, 0x88, plan.randrange(256)))
        ids = [
            identity(plan.choice(authors), _near(plan, known)) for _ in range(plan.choice((1, 2)))
        ]
        length = len(text) if plan.random() < 0.9 else plan.choice(CLOCKS)
        struct = bytes((info,)) + b"".join(ids) + var(length) + text
        deleted = ranges(plan.choice(authors), (_near(plan, known), plan.choice((0, 1, 2, 300))))
        raw = plan.choice(
            (
                update(block(author, clock, struct)),
                update(block(author, clock, struct)),
                update(deletes=(deleted,)),
                update(block(author, clock, struct), deletes=(deleted,)),
                update(block(author, clock, struct, struct)),
            )
        )
        message = sync_update(raw)
        yield message if plan.random() < 0.7 else mutate(plan, message, raw)


def _near(plan: random.Random, known: KnownState) -> int:
    clocks = [*known.state.values(), *CLOCKS]
    return max(0, plan.choice(clocks) - plan.choice((0, 1, 1, 2)))


def test_recorded_traffic_is_told_alike() -> None:
    found = count = 0

    for trace in recorded_traffic():
        known = KnownState()
        for standing, raw in trace.frames:
            count += 1
            found += check(sync_update(raw), known)
            if standing is Standing.NEW:
                known.advance(parse_update(raw))

    assert found > count // 5


def test_recorded_traffic_is_told_alike_when_it_is_stored() -> None:
    raws = [raw for trace in recorded_traffic() for raw in trace.log]

    found = sum(map(check_stored, raws))

    assert found > len(raws) // 5


@pytest.mark.parametrize("seed", seeds(20))
def test_mutants_are_told_alike_when_they_are_stored(seed: int) -> None:
    plan = random.Random(seed)
    log = plan.choice(list(recorded_traffic())).log

    mutants = [mutate(plan, plan.choice(log), plan.choice(log)) for _ in range(2000)]

    assert sum(map(check_stored, mutants)) < len(mutants)


@pytest.mark.parametrize("seed", seeds(20))
def test_mutants_are_told_alike(seed: int) -> None:
    plan = random.Random(seed)
    log = plan.choice(list(recorded_traffic())).log

    for _ in range(20):
        cut = plan.randrange(len(log))
        known = known_after(log[:cut])
        for _ in range(100):
            raw = plan.choice(log[cut : cut + 3])
            message = sync_update(mutate(plan, raw, plan.choice(log)))
            check(message, known)
            check(mutate(plan, message, bytes(TELLING_BYTES)), known)


@pytest.mark.parametrize("seed", seeds(20))
def test_what_is_made_by_hand_is_told_alike(seed: int) -> None:
    plan = random.Random(seed)
    known = KnownState()
    known.state = dict(zip(plan.sample(AUTHORS, 4), plan.sample(CLOCKS, 4), strict=True))
    made = handmade(plan, known)

    found = sum(check(next(made), known) for _ in range(2000))

    assert found


def test_each_kind_is_found() -> None:
    known = KnownState()
    known.state = {7: 300, 2**32: 5}
    after = b"\x84" + identity(7, 299)
    between = b"\xc4" + identity(7, 299) + identity(2**32, 4)
    before = b"\x44" + identity(2**32, 0)

    texts = [
        plain_edit_in(sync_update(update(block(7, 300, where + text))), known)
        for where in (after, between, before)
        for text in (var(1) + b"a", var(6) + "é😀".encode())
    ]
    deleted = plain_edit_in(sync_update(update(deletes=(ranges(7, (100, 3)),))), known)

    assert [text and text[1:] for text in texts] == [(7, 300, 301, True), (7, 300, 303, True)] * 3
    assert deleted is not None
    assert deleted[1:] == (7, 100, 103, False)
    assert UPDATE == 2
