"""What somebody types on, as one update in place of many: the same history in a tenth of the bytes.

Whoever types makes a struct of one character with each key, and each names its left neighbour. The
merge of such updates keeps them apart, and they make up most of a long log. Yjs itself would have
them as one struct, whose characters stand for exactly these: each has the one before it for a left
neighbour, and all have the same right one. So they are joined before they are merged.

```
1:5  left 1:4  right 1:2  "n"
1:6  left 1:5  right 1:2  "e"    =    1:5  left 1:4  right 1:2  "new"
1:7  left 1:6  right 1:2  "w"
```

Surrogate pairs, and the marks that Yjs writes for their halves, are left as they came: a pair may
have been cut. Knows no document and checks nothing. Source: Yjs' `Item.splitItem`, `updates.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from collab_server.protocol.wire import VAR_UINT, var_uint_of, write_var_bytes, write_var_uint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_BYTES = 256
"""Of an update that is looked at: what is longer has few neighbours to be saved."""

_ID = rb"(" + VAR_UINT + rb")(" + VAR_UINT + rb")"
_TYPED = re.compile(  # one text struct (4) with a left neighbour (80), perhaps a right one (40)
    rb"\x01\x01" + _ID
    + rb"(?:\x84" + _ID + rb"|\xc4" + _ID + rb"(" + VAR_UINT * 2 + rb"))"
    + rb"([\x01-\x7f])([\x00-\xef]+)\x00",
    re.DOTALL,
)  # fmt: skip
_HALF = "\N{REPLACEMENT CHARACTER}".encode()


def join_typing(updates: Iterable[bytes]) -> list[bytes]:
    """Return what says the same as these updates, in their order, with fewer structs.

    Args:
        updates: raw ones, in the order in which they came.
    """
    joined: list[bytes] = []
    head = b""  # of the run that ends the list, as far as its text
    texts: list[bytes] = []  # of that run; none when nothing can go on there
    follows: tuple[bytes, bytes, bytes, bytes | None] | None = None  # who, after what, before what
    next_clock = 0
    for update in updates:
        found = _TYPED.fullmatch(update) if len(update) <= LONGEST_BYTES else None
        units = _units(found[9], found[8]) if found is not None else 0
        if found is None or not units:
            _close(joined, head, texts)
            follows, texts = None, []
            joined.append(update)
            continue
        author, clock, one, one_clock, left, left_clock, right, _, text = found.groups()
        place = (author, one or left, one_clock or left_clock, right)
        if place == follows and var_uint_of(clock) == next_clock:
            texts.append(text)
        else:
            _close(joined, head, texts)
            joined.append(update)
            head, texts = update[: found.start(8)], [text]
            next_clock = var_uint_of(clock)
        next_clock += units
        follows = (author, author, clock if units == 1 else _encoded(next_clock - 1), right)
    _close(joined, head, texts)
    return joined


def _close(joined: list[bytes], head: bytes, texts: Sequence[bytes]) -> None:
    """Put what a run became in the place of its first update, which ends the list."""
    if len(texts) > 1:
        out = bytearray(head)
        write_var_bytes(out, b"".join(texts))
        out.append(0)
        joined[-1] = bytes(out)


def _units(text: bytes, size: bytes) -> int:
    """Return how many clocks a text takes; 0 when it is to be left as it came."""
    if len(text) != size[0]:
        return 0
    if text.isascii():
        return len(text)
    if _HALF in text:
        return 0
    try:
        return len(text.decode())
    except UnicodeDecodeError:
        return 0


def _encoded(number: int) -> bytes:
    out = bytearray()
    write_var_uint(out, number)
    return bytes(out)
