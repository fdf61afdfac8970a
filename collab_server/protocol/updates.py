"""The strict pre-parser: every foreign byte passes it before the CRDT library may see it.

A native library stands behind it that a few bytes can crash, stall or poison (nested values,
lengths of zero, counts without bytes). So every count is checked against the bytes that are left,
every depth is bounded, and what no Yjs client makes is refused. What a Yjs client can make passes,
also when it comes too early: that is `known_state`'s business. It knows no document.

The encoding is Yjs' version 1. An update is its structs, then its deletes::

    update  = varUint(authors) { block } varUint(authors) { deletes }
    block   = varUint(structs) varUint(author) varUint(clock) { struct }
    struct  = info(1 byte) …      low 5 bits: what it holds; a struct's length is its clocks
              0   GC       varUint(length)
              10  Skip     varUint(length)                   a hole, to be filled by another update
              else item    [0x80: origin id] [0x40: right origin id]
                           [neither: varUint(1) root name | varUint(0) parent id, [0x20: key]]
              1   Deleted  varUint(length)      5  Embed   JSON
              3   Binary   bytes                6  Format  key, JSON
              4   String   text, UTF-16 units   7  Type    varUint(type) [3, 5: name]
              8   Any      varUint(count) { any }
    deletes = varUint(author) varUint(ranges) { varUint(clock) varUint(length) }

Source: Yjs' `encoding.js`, `Item.js`, `DeleteSet.js`; PROTOCOL.md §5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collab_server.protocol.errors import LocalProtocolError, MalformedUpdate, TooLarge
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.range_set import Runs  # noqa: TC001  msgspec reads the annotations
from collab_server.protocol.update_content import (
    TYPE,
    skip_content,
    skip_string,
    skip_text,
    var_uint,
)
from collab_server.protocol.update_nesting import (
    MAX_TYPE_DEPTH,
    Nesting,
    Places,
    StructTrace,
    TypeDepths,
)
from collab_server.protocol.wire import MAX_SAFE_INTEGER, write_var_bytes, write_var_uint

if TYPE_CHECKING:
    from collections.abc import Mapping

PARSER_MARK: int = 2
"""Raised by one whenever `parse_update` starts to refuse something that it accepted before."""

EMPTY_UPDATE = b"\x00\x00"
"""An update without structs or deletes."""

MAX_CLOCK = 2**31 - 1
MAX_ITEMS = 500_000

_STRING = 4
_SKIP = 10
_PLACES = (0, _SKIP)  # GC and Skip: clocks without an item
_SMALLEST_BLOCK = 5  # bytes: a count, an author, a clock and one struct of two
_SMALLEST_DELETES = 4  # bytes: an author, a count and one range of two
_FOLLOW_NESTING = 0  # no place where deletes can begin
_CHUNK_CODE_POINTS = 32_768  # at most 64 Ki UTF-16 units


@dataclass(slots=True)
class UpdateSummary:
    """What an update brings and what it stands on; no content."""

    structs: dict[int, Runs] = field(default_factory=dict)
    """Author id → the clocks of its structs, GC included, Skip not. No author without a run."""

    deletes: dict[int, Runs] = field(default_factory=dict)
    """Author id → the clocks that are deleted. No author without a range."""

    depends: dict[int, int] = field(default_factory=dict)
    """Author id → one more than the highest clock that others' origins and parents name."""

    paired: dict[int, int] = field(default_factory=dict)
    """Author id → the clock of the first surrogate pair in its texts."""

    places: Places | None = None
    """How deep its new structs will stand in a document; None when that is nothing to keep."""

    has_skip: bool = False
    is_nested: bool = False  # some of its structs stand in shared types that are no roots
    struct_count: int = 0  # Skips included
    delete_count: int = 0  # ranges as written

    @property
    def is_empty(self) -> bool:
        """Whether it brings nothing at all."""
        return not self.structs and not self.deletes


def parse_update(data: bytes, *, max_items: int = MAX_ITEMS) -> UpdateSummary:
    """Check every byte of an update and tell what it brings.

    Args:
        data: an update in Yjs' version 1 encoding.
        max_items: how many structs and delete ranges may be in it.

    Raises:
        MalformedUpdate: no Yjs client makes these bytes.
        TooLarge: it has more than `max_items` structs and delete ranges.
    """
    summary = UpdateSummary()
    try:
        pos = _parse_structs(data, summary, max_items, None)
        if pos == _FOLLOW_NESTING:
            summary = UpdateSummary()
            nesting = Nesting()
            pos = _parse_structs(data, summary, max_items, nesting)
            nesting.check()
        _parse_deletes(data, pos, summary, max_items)
    except IndexError as error:
        raise MalformedUpdate("the update is cut off") from error
    return summary


def places_in(data: bytes, known: Mapping[int, int], types: TypeDepths) -> Places:
    """Tell how deep the new structs of an update will stand in a document.

    Args:
        data: an update that `parse_update` has accepted.
        known: the document's clocks.
        types: how deep its structs stand.

    Raises:
        MalformedUpdate: shared types would be nested too deeply.
    """
    nesting = Nesting(known, types)
    _parse_structs(data, UpdateSummary(), UNLIMITED, nesting)
    return nesting.check()


def parse_state_vector(data: bytes, *, max_authors: int = UNLIMITED) -> dict[int, int]:
    """Read a state vector: author id → how many of its clocks are there (never 0).

    Raises:
        MalformedUpdate: no Yjs client makes these bytes.
        TooLarge: it names more than `max_authors`.
    """
    state: dict[int, int] = {}
    try:
        count, pos = var_uint(data, 0)
        if count * 2 > len(data) - pos:
            raise MalformedUpdate("more authors than bytes")
        if count > max_authors:
            raise TooLarge("the state vector names too many authors")
        for _ in range(count):
            author, pos = var_uint(data, pos)
            clock, pos = var_uint(data, pos)
            if author in state or author > MAX_SAFE_INTEGER or clock > MAX_CLOCK:
                raise MalformedUpdate("an author that cannot be")
            state[author] = clock
    except IndexError as error:
        raise MalformedUpdate("the state vector is cut off") from error
    if pos != len(data):
        raise MalformedUpdate("bytes are left over")
    return {author: clock for author, clock in state.items() if clock}


def encode_state_vector(state: Mapping[int, int]) -> bytes:
    """Write a state vector as Yjs does, the highest author id first."""
    out = bytearray()
    write_var_uint(out, len(state))
    for author in sorted(state, reverse=True):
        write_var_uint(out, author)
        write_var_uint(out, state[author])
    return bytes(out)


def encode_text(author_id: int, root: str, text: str) -> bytes:
    """Return the update by which one author writes a text into an empty root `Y.Text`.

    The text goes into structs of at most 64 Ki UTF-16 units, each to the right of the one before.

    Raises:
        LocalProtocolError: the text holds a lone surrogate, or `author_id` is out of range.
    """
    if not text:
        return EMPTY_UPDATE
    chunks = [text[at : at + _CHUNK_CODE_POINTS] for at in range(0, len(text), _CHUNK_CODE_POINTS)]
    out = bytearray(b"\x01")
    write_var_uint(out, len(chunks))
    write_var_uint(out, author_id)
    write_var_uint(out, 0)
    clock = 0
    try:
        for chunk in chunks:
            if clock:
                out.append(0x84)
                write_var_uint(out, author_id)
                write_var_uint(out, clock - 1)
            else:
                out += b"\x04\x01"
                write_var_bytes(out, root.encode())
            write_var_bytes(out, chunk.encode())
            clock += len(chunk.encode("utf-16-le")) // 2
    except UnicodeEncodeError as error:
        raise LocalProtocolError("the text holds half a surrogate pair") from error
    return bytes(out + b"\x00")


def _parse_structs(  # one loop over all: a call for every struct would cost a third of the speed
    data: bytes, summary: UpdateSummary, max_items: int, nesting: Nesting | None
) -> int:
    """Check all blocks.

    Returns:
        Where the deletes begin; _FOLLOW_NESTING when there are so many shared types that they might
        be nested too deeply, and `nesting` is None.
    """
    structs = summary.structs
    depends = summary.depends
    paired = summary.paired
    authors: set[int] = set()
    types = 0
    blocks, pos = var_uint(data, 0)
    if blocks * _SMALLEST_BLOCK > len(data) - pos:
        raise MalformedUpdate("more authors than bytes")
    for _ in range(blocks):
        count, author, clock, pos = _parse_block_head(data, pos)
        if author in authors:
            raise MalformedUpdate("an author twice")
        authors.add(author)
        summary.struct_count += count
        if summary.struct_count > max_items:
            raise TooLarge("the update has too many structs")
        runs: Runs = []
        run_from = clock
        for _ in range(count):
            info = data[pos]
            pos += 1
            content = info & 0x1F
            left = right = inside = None
            if info & 0xC0:  # it has neighbours, and with them a parent
                if info & 0x80:
                    left, pos = _parse_id(data, pos, author, clock, depends)
                if info & 0x40:
                    right, pos = _parse_id(data, pos, author, clock, depends)
            elif content not in _PLACES:
                inside, pos = _parse_parent(data, pos, author, clock, depends)
                if inside is not None:
                    summary.is_nested = True
                if info & 0x20:
                    pos = skip_text(data, pos)
            if content == _STRING:
                length, pos, before_pair = skip_string(data, pos)
                if before_pair is not None:
                    paired.setdefault(author, clock + before_pair)
            elif content in _PLACES:
                if info != content:
                    raise MalformedUpdate("a place without an item in it has neighbours")
                length, pos = var_uint(data, pos)
            else:
                length, pos = skip_content(data, pos, content)
                types += content == TYPE
            if length == 0:
                raise MalformedUpdate("a struct of length 0")
            if nesting is not None:
                is_type = content == TYPE
                end = clock + length
                nesting.add(StructTrace(author, clock, end, left, right, inside, is_type))
            elif types > MAX_TYPE_DEPTH:
                return _FOLLOW_NESTING
            if content == _SKIP:
                summary.has_skip = True
                if clock > run_from:
                    runs.append((run_from, clock))
                run_from = clock + length
            clock += length
            if clock > MAX_CLOCK:
                raise MalformedUpdate("a clock is out of range")
        if clock > run_from:
            runs.append((run_from, clock))
        if runs:
            structs[author] = runs
    return pos


def _parse_block_head(data: bytes, pos: int) -> tuple[int, int, int, int]:
    count, pos = var_uint(data, pos)
    if count == 0 or count * 2 > len(data) - pos:
        raise MalformedUpdate("an author without structs, or with more than bytes")
    author, pos = var_uint(data, pos)
    if author > MAX_SAFE_INTEGER:
        raise MalformedUpdate("an author id is out of range")
    clock, pos = var_uint(data, pos)
    return count, author, clock, pos


def _parse_id(
    data: bytes, pos: int, author: int, clock: int, depends: dict[int, int]
) -> tuple[tuple[int, int], int]:
    """Read the id of a struct that the struct at `author`, `clock` stands on."""
    id_author, pos = var_uint(data, pos)
    id_clock, pos = var_uint(data, pos)
    if id_author == author:
        if id_clock >= clock:
            raise MalformedUpdate("a struct stands on a later one of its author")
    elif id_clock >= MAX_CLOCK or id_author > MAX_SAFE_INTEGER:
        raise MalformedUpdate("an id is out of range")
    elif depends.get(id_author, 0) <= id_clock:
        depends[id_author] = id_clock + 1
    return (id_author, id_clock), pos


def _parse_parent(
    data: bytes, pos: int, author: int, clock: int, depends: dict[int, int]
) -> tuple[tuple[int, int] | None, int]:
    """Read what an item without neighbours stands in; None for a root."""
    by_name, pos = var_uint(data, pos)
    if by_name == 1:
        return None, skip_text(data, pos)
    if by_name == 0:
        return _parse_id(data, pos, author, clock, depends)
    raise MalformedUpdate("a parent that is neither named nor numbered")


def _parse_deletes(data: bytes, pos: int, summary: UpdateSummary, max_items: int) -> None:
    authors, pos = var_uint(data, pos)
    if authors * _SMALLEST_DELETES > len(data) - pos:
        raise MalformedUpdate("more deleting authors than bytes")
    left = max_items - summary.struct_count
    for _ in range(authors):
        author, pos = var_uint(data, pos)
        count, pos = var_uint(data, pos)
        if count == 0 or count * 2 > len(data) - pos:
            raise MalformedUpdate("an author without deletes, or with more than bytes")
        if author in summary.deletes or author > MAX_SAFE_INTEGER:
            raise MalformedUpdate("a deleting author twice, or out of range")
        summary.delete_count += count
        if summary.delete_count > left:
            raise TooLarge("the update has too many deletes")
        summary.deletes[author], pos = _parse_ranges(data, pos, count)
    if pos != len(data):
        raise MalformedUpdate("bytes are left over")


def _parse_ranges(data: bytes, pos: int, count: int) -> tuple[Runs, int]:
    """Read one author's deletes; adjacent ones become one."""
    ranges: Runs = []
    range_from = range_to = -1
    for _ in range(count):
        clock, pos = var_uint(data, pos)
        length, pos = var_uint(data, pos)
        if length == 0 or clock < range_to:
            raise MalformedUpdate("deletes are empty, overlap or descend")
        if clock != range_to:
            if range_to > 0:
                ranges.append((range_from, range_to))
            range_from = clock
        range_to = clock + length
        if range_to > MAX_CLOCK:
            raise MalformedUpdate("a delete is out of range")
    ranges.append((range_from, range_to))
    return ranges, pos
