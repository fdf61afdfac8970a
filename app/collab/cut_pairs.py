"""Surrogate pairs that a browser cut: shown as Yjs shows them, two U+FFFD.

JavaScript counts UTF-16 units, so a browser can write between the halves of an emoji, or delete one
of them. Yjs then has two U+FFFD in its place; the CRDT library does something else. So the library
never gets to see such a pair: before an update is applied, the pairs in it that are cut, by it or
by what is known, are replaced. They are as long as before, so every clock stays true. The log keeps
the raw updates. Source: Yjs' `ContentString.splice`; PITFALLS (pycrdt).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from collab_server.protocol.update_content import skip_content, skip_string, var_uint
from collab_server.protocol.wire import write_var_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_GC, _DELETED, _STRING, _SKIP = 0, 1, 4, 10
_PAIR = re.compile("[\U00010000-\U0010ffff]")
_MAY_HOLD_A_PAIR = re.compile(rb"[\xf0-\xf4]")
_IN_ITS_PLACE = "\ufffd\ufffd"

_Text = tuple[int, int, int, int]
"""A string in an update: its author and first clock, and where its length and its end stand."""


class CutPairs:
    """The pairs of one replica's text. Invariant: `_cut` is a part of `_pairs`."""

    def __init__(self) -> None:
        self._pairs: dict[int, set[int]] = {}  # author id → clocks of second halves
        self._cut: dict[int, list[int]] = {}  # of them, those that are halves now; sorted

    @property
    def holds_any(self) -> bool:
        """Whether there is a pair in the history."""
        return bool(self._pairs)

    def take(self, update: bytes, state: Mapping[int, int]) -> bool:
        """Look at an update; tell whether it cuts a pair of the text that is there already.

        Args:
            update: has passed `parse_update`, and is not early.
            state: what is known without it, author id → clock.
        """
        if not self._pairs and _MAY_HOLD_A_PAIR.search(update) is None:
            return False
        texts, edges = _read(update)
        for author, clock, start, end in texts:
            for second, _ in _pairs_in(update, clock, start, end):
                self._pairs.setdefault(author, set()).add(second)
        is_late = False
        for author, clock in edges:
            if clock in self._pairs.get(author, ()):
                is_news = self._note_cut(author, clock)
                is_late = is_late or (is_news and clock <= state.get(author, 0))
        return is_late

    def replaced(self, update: bytes) -> bytes:
        """Return an update that `take` has seen, without the pairs that are cut."""
        if not self._cut or _MAY_HOLD_A_PAIR.search(update) is None:
            return update
        out, done = bytearray(), 0
        for author, clock, start, end in _read(update)[0]:
            cut = self._cut.get(author, [])
            size, begin = var_uint(update, start)
            text = update[begin : begin + size].decode()
            for second, at in reversed(list(_pairs_in(update, clock, start, end))):
                place = bisect_left(cut, second)
                if place < len(cut) and cut[place] == second:
                    text = text[:at] + _IN_ITS_PLACE + text[at + 1 :]
            out += update[done:start]
            write_var_bytes(out, text.encode())
            done = end
        return bytes(out + update[done:])

    def _note_cut(self, author: int, second: int) -> bool:
        cut = self._cut.setdefault(author, [])
        place = bisect_left(cut, second)
        if place < len(cut) and cut[place] == second:
            return False
        cut.insert(place, second)
        return True


def _pairs_in(update: bytes, clock: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Give the clock of each pair's second half, and the pair's place in code points."""
    size, begin = var_uint(update, start)
    assert begin + size == end
    text = update[begin:end].decode()
    for count, found in enumerate(_PAIR.finditer(text)):
        yield clock + found.start() + count + 1, found.start()


def _read(update: bytes) -> tuple[list[_Text], list[tuple[int, int]]]:
    """Return the strings of an update, and the clocks before which it parts a text."""
    texts: list[_Text] = []
    edges: list[tuple[int, int]] = []
    blocks, pos = var_uint(update, 0)
    for _ in range(blocks):
        count, pos = var_uint(update, pos)
        author, pos = var_uint(update, pos)
        clock, pos = var_uint(update, pos)
        for _ in range(count):
            info = update[pos]
            content = info & 0x1F
            pos = _read_neighbours(update, pos + 1, info, edges)
            if content == _STRING:
                start = pos
                length, pos, _ = skip_string(update, pos)
                texts.append((author, clock, start, pos))
            elif content in (_GC, _DELETED, _SKIP):
                length, pos = var_uint(update, pos)
            else:
                length, pos = skip_content(update, pos, content)
            clock += length
    _read_deletes(update, pos, edges)
    return texts, edges


def _read_neighbours(update: bytes, pos: int, info: int, edges: list[tuple[int, int]]) -> int:
    for flag, after in ((0x80, 1), (0x40, 0)):
        if info & flag:
            author, pos = var_uint(update, pos)
            clock, pos = var_uint(update, pos)
            edges.append((author, clock + after))
    if info & 0xC0 or info & 0x1F in (_GC, _SKIP):
        return pos
    is_root, pos = var_uint(update, pos)
    if is_root:
        pos = skip_string(update, pos)[1]
    else:
        _, pos = var_uint(update, pos)
        _, pos = var_uint(update, pos)
    return skip_string(update, pos)[1] if info & 0x20 else pos


def _read_deletes(update: bytes, pos: int, edges: list[tuple[int, int]]) -> None:
    authors, pos = var_uint(update, pos)
    for _ in range(authors):
        author, pos = var_uint(update, pos)
        count, pos = var_uint(update, pos)
        for _ in range(count):
            clock, pos = var_uint(update, pos)
            length, pos = var_uint(update, pos)
            edges += [(author, clock), (author, clock + length)]
