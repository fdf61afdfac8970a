"""The same history under other author ids, or with marks in place of its text.

Under other author ids it is what a document is after a backup was restored: a replica of the
history that was ended names author ids that are in it no longer, so it is noticed whatever it says
of its epoch (PROTOCOL.md §6). New ids stand in the order of the old ones, for the order of two
edits at one place is that of their author ids. With marks it tells who wrote what: the text that
the marked history makes has, unit by unit, the mark of its author. Knows no document. See `updates`
for the encoding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.update_content import skip_content, skip_string, skip_text, var_uint
from collab_server.protocol.updates import parse_update
from collab_server.protocol.wire import write_var_bytes, write_var_uint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from collab_server.protocol.updates import UpdateSummary

_STRING = 4
_PLACES = (0, 10)  # GC and Skip: a length, no item
_HIGHEST_ID = 2**32 - 1  # what Yjs makes


def authors_in(summary: UpdateSummary) -> set[int]:
    """Return every author id that an update names."""
    return {*summary.structs, *summary.deletes, *summary.depends}


def new_author_ids(
    old: Iterable[int], taken: set[int], random_below: Callable[[int], int]
) -> dict[int, int]:
    """Return an author id for each old one, none of them taken, in the order of the old ones."""
    ordered = sorted(old)
    fresh: set[int] = set()
    while len(fresh) < len(ordered):
        author = 1 + random_below(_HIGHEST_ID)
        if author not in taken:
            fresh.add(author)
    return dict(zip(ordered, sorted(fresh), strict=True))


def rename_authors(update: bytes, new_ids: dict[int, int]) -> bytes:
    """Return an update under other author ids.

    Args:
        update: what it says now.
        new_ids: one for each author id that it names, in the same order.

    Raises:
        MalformedUpdate: no Yjs client makes these bytes.
    """
    return _rewritten(update, new_ids, None)


def mark_authors(update: bytes, marks: Mapping[int, str]) -> bytes:
    """Return an update in which every text is made of a mark of its author.

    Args:
        update: what it says now.
        marks: for each author id one character, of one UTF-16 unit.

    Raises:
        MalformedUpdate: no Yjs client makes these bytes.
    """
    return _rewritten(update, None, marks)


def _rewritten(
    update: bytes, new_ids: Mapping[int, int] | None, marks: Mapping[int, str] | None
) -> bytes:
    summary = parse_update(update, max_items=UNLIMITED)  # what follows believes every count
    if new_ids is None:
        new_ids = {author: author for author in authors_in(summary)}
    out = bytearray()
    blocks, pos = var_uint(update, 0)
    write_var_uint(out, blocks)
    for _ in range(blocks):
        count, pos = var_uint(update, pos)
        write_var_uint(out, count)
        author, _ = var_uint(update, pos)
        mark = None if marks is None else marks[author].encode()
        pos = _copy_id(update, pos, out, new_ids)
        for _ in range(count):
            pos = _copy_struct(update, pos, out, new_ids, mark)
    deleting, pos = var_uint(update, pos)
    write_var_uint(out, deleting)
    for _ in range(deleting):
        author, pos = var_uint(update, pos)
        write_var_uint(out, new_ids[author])
        ranges, pos = var_uint(update, pos)
        write_var_uint(out, ranges)
        for _ in range(2 * ranges):
            number, pos = var_uint(update, pos)
            write_var_uint(out, number)
    return bytes(out)


def _copy_id(update: bytes, pos: int, out: bytearray, new_ids: Mapping[int, int]) -> int:
    author, pos = var_uint(update, pos)
    clock, pos = var_uint(update, pos)
    write_var_uint(out, new_ids[author])
    write_var_uint(out, clock)
    return pos


def _copy_struct(
    update: bytes, pos: int, out: bytearray, new_ids: Mapping[int, int], mark: bytes | None
) -> int:
    info = update[pos]
    out.append(info)
    pos += 1
    content = info & 0x1F
    if info & 0x80:
        pos = _copy_id(update, pos, out, new_ids)
    if info & 0x40:
        pos = _copy_id(update, pos, out, new_ids)
    begin = pos
    if not info & 0xC0 and content not in _PLACES:
        by_name, pos = var_uint(update, pos)
        if by_name:
            pos = skip_text(update, pos)
        else:
            write_var_uint(out, by_name)
            begin = pos = _copy_id(update, pos, out, new_ids)
        if info & 0x20:
            pos = skip_text(update, pos)
    if content == _STRING:
        out += update[begin:pos]
        begin = pos
        length, pos, _ = skip_string(update, pos)
        if mark is not None:
            write_var_bytes(out, mark * length)
            begin = pos
    elif content in _PLACES:
        _, pos = var_uint(update, pos)
    else:
        _, pos = skip_content(update, pos, content)
    out += update[begin:pos]
    return pos
