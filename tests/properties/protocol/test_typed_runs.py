"""Typing that was joined stands for the same structs, and merges to what Yjs makes of them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from collab_server.core.compaction import Contents
from collab_server.core.views import DocumentView
from collab_server.protocol.typed_runs import join_typing
from collab_server.protocol.wire import Reader
from tests.properties.protocol.mutants import mutate
from tests.properties.protocol.traffic import recorded_traffic
from tests.seeds import seeds
from tests.support.writer import Writer
from tests.unit.collab_server.protocol.update_bytes import block, identity, text, update, var

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TEXT_BEHIND, TEXT_BETWEEN = 0x84, 0xC4
WORDS = ("word ", "é", "line\n", "жук", "a😀b")
TEXTS = ("a", "b", "cd", "é", "語x", "😀", "\N{REPLACEMENT CHARACTER}", "")


def expanded(updates: Iterable[bytes]) -> list[object]:
    """Return updates as Yjs takes them apart: a struct for each unit of a lone text."""
    units: list[object] = []
    for raw in updates:
        units += _units_of(raw) or [raw]
    return units


def _units_of(raw: bytes) -> list[object]:
    """Take a text that stands alone behind something apart; nothing if it is anything else."""
    reader = Reader(raw)
    try:
        if (reader.var_uint(), reader.var_uint()) != (1, 1):
            return []
        author, clock = reader.var_uint(), reader.var_uint()
        info = reader.byte()
        if info not in (TEXT_BEHIND, TEXT_BETWEEN):
            return []
        left = (reader.var_uint(), reader.var_uint())
        right = (reader.var_uint(), reader.var_uint()) if info == TEXT_BETWEEN else None
        content = reader.var_string().encode("utf-16-le")
        if not content or reader.var_uint() != 0 or not reader.at_end:
            return []
    except Exception:  # noqa: BLE001  whatever it is, it is no such text
        return []
    units: list[object] = []
    for at in range(0, len(content), 2):
        units.append((author, clock, left, right, content[at : at + 2]))
        left = (author, clock)
        clock += 1
    return units


def made_by_hand(plan: random.Random) -> Iterator[bytes]:
    """Yield updates that nearly go on where the last one ended."""
    author, clock, left, right = 1, 126, (1, 125), None
    while True:
        chance = plan.random()
        if chance < 0.05:
            author = plan.choice((1, 127, 128, 2**32 - 1))
        elif chance < 0.1:
            clock += plan.choice((-1, 1, 127))
        elif chance < 0.2:
            left = (plan.choice((1, 128)), plan.choice((clock, clock - 2, 16_383)))
        elif chance < 0.3:
            right = plan.choice((None, (9, 1), (9, 128)))
        content = plan.choice(TEXTS)
        info, ids = TEXT_BEHIND, identity(*left)
        if right is not None:
            info, ids = TEXT_BETWEEN, ids + identity(*right)
        raw = update(block(author, clock, bytes((info,)) + ids + text(content)))
        yield raw if plan.random() < 0.9 else mutate(plan, raw, var(plan.choice((0, 1, 300))))
        clock += len(content.encode("utf-16-le")) // 2
        left = (author, clock - 1)


def somewhere(chance: random.Random, writer: Writer) -> int:
    """Return a place in a text, in UTF-8 bytes, as pycrdt counts."""
    return len(writer.text[: chance.randint(0, len(writer.text))].encode())


def typed(writer: Writer, at_utf8: int, content: str) -> list[bytes]:
    """Type a text key by key."""
    return [
        writer.insert(at_utf8 + len(content[:count].encode()), key)
        for count, key in enumerate(content)
    ]


@pytest.mark.parametrize("seed", seeds(20))
def test_every_struct_is_still_there(seed: int) -> None:
    made = made_by_hand(random.Random(seed))
    updates = [next(made) for _ in range(2000)]

    joined = join_typing(updates)

    assert len(joined) < len(updates)
    assert expanded(joined) == expanded(updates)


def test_recorded_traffic_is_the_same_history() -> None:
    for trace in recorded_traffic():
        joined = join_typing(trace.log)

        assert expanded(joined) == expanded(trace.log)
        assert Contents(joined) == Contents(trace.log)


@pytest.mark.parametrize("seed", seeds(40))
def test_who_joins_late_writes_between_what_was_joined(seed: int) -> None:
    chance = random.Random(seed)
    ada, bob, late = Writer(), Writer(), Writer()
    log: list[bytes] = []
    for _ in range(chance.randrange(1, 30)):
        writer, other = chance.sample([ada, bob], 2)
        made = typed(writer, somewhere(chance, writer), chance.choice(WORDS))
        if chance.random() < 0.3 and writer.text.isascii():
            made.append(writer.delete(chance.randrange(len(writer.text))))
        for raw in made:
            other.apply(raw)
        log += made
    view = DocumentView.from_updates(log)
    late.apply(view.diff(b"\x00"))

    at_once = [
        writer.insert(somewhere(chance, writer), f"<{name}>")
        for name, writer in (("ada", ada), ("late", late))
    ]
    for raw in at_once:
        for writer in (ada, bob, late):
            writer.apply(raw)

    assert ada.text == bob.text == late.text


@pytest.mark.parametrize("seed", seeds(20))
def test_who_has_a_part_gets_the_rest_from_the_middle_of_a_word(seed: int) -> None:
    chance = random.Random(seed)
    ada, bob = Writer(), Writer()
    log = typed(ada, 0, "naïve жук, 語 and more words " * 5)
    for raw in log[: chance.randrange(len(log))]:
        bob.apply(raw)
    view = DocumentView.from_updates(log)

    bob.apply(view.diff(bob.state))

    assert bob.text == ada.text
    assert bob.state == ada.state
