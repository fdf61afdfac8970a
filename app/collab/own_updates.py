"""What an update brings that a key has just made here: known without reading all of it.

Reading the bytes of nearly every key again costs more than the CRDT's part of it. Knows no CRDT.
Source: Yjs' update format, version 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.protocol.updates import UpdateSummary
from collab_server.protocol.wire import write_var_uint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.model.text_edit import TextEdit

_ONE_OF_ONE = b"\x01\x01"  # one author, one struct
_STRING = 4
_LONGEST = 127  # units; the length of a text so short is one byte
_NO_DELETES = b"\x00"


class OwnUpdates:
    """What is made here under one author id. Invariant: `_head` is how its updates begin."""

    def __init__(self, author_id: int) -> None:
        head = bytearray(_ONE_OF_ONE)
        write_var_uint(head, author_id)
        self.author_id = author_id
        self._head = bytes(head)

    def summary(self, update: bytes, clock: int, edits: Sequence[TextEdit]) -> UpdateSummary | None:
        """Return what an update brings, but not what it stands on; None when it must be parsed.

        Args:
            update: what the CRDT made of the edits.
            clock: how many clock units of this author were known before.
            edits: made in one transaction.
        """
        if len(edits) != 1 or edits[0].removed_utf16:
            return None
        text = edits[0].text
        size = len(text)
        if size > _LONGEST or not text.isascii():
            return None
        head = bytearray(self._head)
        write_var_uint(head, clock)
        tail = bytes((size,)) + text.encode() + _NO_DELETES
        at = len(head)
        is_one_text = update.startswith(head) and update.endswith(tail)
        if not is_one_text or at >= len(update) or update[at] & 0x1F != _STRING:
            return None
        return UpdateSummary({self.author_id: [(clock, clock + size)]}, struct_count=1)
