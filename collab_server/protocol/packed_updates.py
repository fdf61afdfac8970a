"""Many updates as one string of bytes: each behind its length.

So a commit is one row, and so a long log goes to a worker process: a hundred thousand updates of
twenty bytes each would take five times that as objects. Knows no update. Source: PROTOCOL.md §5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.update_content import var_uint
from collab_server.protocol.wire import write_var_uint

if TYPE_CHECKING:
    from collections.abc import Sequence


def pack(updates: Sequence[bytes]) -> bytes:
    """Return updates, in order, as one string of bytes."""
    parts: list[bytes | bytearray] = []
    for update in updates:
        head = bytearray()
        write_var_uint(head, len(update))
        parts += (head, update)
    return b"".join(parts)


def unpack(packed: bytes) -> list[bytes]:
    """Return what was packed; what cannot be taken apart is nothing."""
    updates: list[bytes] = []
    pos, end = 0, len(packed)
    try:
        while pos < end:  # a long log has them by the hundred thousand
            size, pos = var_uint(packed, pos)
            updates.append(packed[pos : pos + size])
            pos += size
    except (RemoteProtocolError, IndexError):
        return []
    return updates if pos == end else []
