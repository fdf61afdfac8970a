"""What people do when they type, read with one look: one text put in, or one range taken out.

Nearly every update is one of these two. A regular expression finds the numbers in it, and a few
comparisons tell whether it is the next thing of its author; everything else is left to
`updates.parse_update` and `known_state`, whatever it is, and most of all what is malformed. Nothing
passes here that would not pass there with the same result (tests/properties/protocol shows it).

```
message   00 02 varUint(size) update
a text    01 01 author clock  info left? right?  varUint(bytes) text  00
a range   00 01 author 01 clock length
```

Source: `updates.py`, which says what the numbers are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from collab_server.protocol.updates import MAX_CLOCK
from collab_server.protocol.wire import VAR_UINT, var_uint_of

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_BYTES = 16 * 1024
"""Of a message; one that is longer costs its bytes, and not what it takes to look at it twice."""

PlainEdit = tuple[int, int, int, int, bool]
"""Where the update begins; an author's id, the first clock and the one after the last; and whether
these are a text's, which is new, or are deleted."""

_NUMBER = rb"(" + VAR_UINT + rb")"
_ID = _NUMBER * 2
_HEAD = rb"\x00\x02" + _NUMBER
_ONE_TEXT = (  # 4: a text; 80: it has a left neighbour, 40: a right one
    rb"\x01\x01" + _ID
    + rb"(?:[\x84\x44]" + _ID + rb"|\xc4" + _ID + _ID + rb")"
    + _NUMBER + rb"(.+)\x00"
)  # fmt: skip
_ONE_RANGE = rb"\x00\x01" + _NUMBER + rb"\x01" + _NUMBER + _NUMBER
_TEXT = re.compile(_HEAD + _ONE_TEXT, re.DOTALL)
_RANGE = re.compile(_HEAD + _ONE_RANGE)
_STORED_TEXT = re.compile(_ONE_TEXT, re.DOTALL)
_STORED_RANGE = re.compile(_ONE_RANGE, re.DOTALL)


def next_text_in(message: bytes, pos: int, state: Mapping[int, int]) -> PlainEdit | None:
    """Tell whose next text a sync message brings.

    Args:
        message: what a client sent.
        pos: where in it the sync message begins; it goes to the end.
        state: the document's clocks, and none of them 0.

    Returns:
        The edit; None when it is anything else.
    """
    found = _TEXT.fullmatch(message, pos)
    if found is None:
        return None
    (
        size,
        author_id,
        from_clock,
        one,
        one_clock,
        left,
        left_clock,
        right,
        right_clock,
        count,
        text,
    ) = found.groups()
    at = found.end(1)
    author, clock = _author(author_id), var_uint_of(from_clock)
    if (
        state.get(author) != clock
        or var_uint_of(size) != len(message) - at
        or var_uint_of(count) != len(text)
    ):
        return None
    if one is not None:
        if var_uint_of(one_clock) >= state.get(_author(one), 0):
            return None
    elif var_uint_of(left_clock) >= state.get(_author(left), 0) or var_uint_of(
        right_clock
    ) >= state.get(_author(right), 0):
        return None
    units = len(text) if text.isascii() else _utf16_units(text)
    end = clock + units
    return (at, author, clock, end, True) if units and end <= MAX_CLOCK else None


def range_in(message: bytes, pos: int, state: Mapping[int, int]) -> PlainEdit | None:
    """Tell which clocks a sync message deletes that does nothing else.

    Args:
        message: what a client sent.
        pos: where in it the sync message begins; it goes to the end.
        state: the document's clocks.

    Returns:
        The edit; None when it is anything else, or deletes what is not there.
    """
    found = _RANGE.fullmatch(message, pos)
    if found is None:
        return None
    size, author_id, from_clock, count = found.groups()
    at = found.end(1)
    author, clock, length = _author(author_id), var_uint_of(from_clock), var_uint_of(count)
    if (
        not length
        or var_uint_of(size) != len(message) - at
        or clock + length > state.get(author, 0)
    ):
        return None
    return at, author, clock, clock + length, False


def stored_edit(update: bytes) -> tuple[int, int, int, bool] | None:
    """Tell what an update brings that was accepted before, if it is a plain edit.

    Returns:
        An author's id, the first clock and the one after the last, and whether these are a text's
        or are deleted; None when it is anything else.
    """
    if len(update) > LONGEST_BYTES:
        return None
    found = _STORED_TEXT.fullmatch(update)
    if found is not None:
        author, clock, count, text = found.group(1, 2, 9, 10)
        if var_uint_of(count) != len(text):
            return None
        units = len(text) if text.isascii() else _utf16_units(text)
        low = var_uint_of(clock)
        return (_author(author), low, low + units, True) if units else None
    found = _STORED_RANGE.fullmatch(update)
    if found is None:
        return None
    author, clock, count = found.groups()
    low, length = var_uint_of(clock), var_uint_of(count)
    return (_author(author), low, low + length, False) if length else None


_author = lru_cache(maxsize=4096)(var_uint_of)  # few, long and often


def _utf16_units(raw: bytes) -> int:
    """Return how long a text is, 0 for what is none."""
    try:
        return len(raw.decode().encode("utf-16-le")) // 2
    except UnicodeDecodeError:
        return 0
