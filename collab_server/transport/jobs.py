"""What worker processes can be asked to do: pure functions from bytes to bytes, by name.

A function that is added here is at hand as `Workers.run("its name", …)`. It must not know sockets,
files or the clock. Imports of what only some jobs need stand inside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.protocol.update_pieces import encode_piece, pieces_of
from collab_server.protocol.updates import parse_update

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def parse(update: bytes, most_items: bytes) -> list[bytes]:
    """Check every byte of an update and return its summary, in pieces.

    Raises:
        MalformedUpdate: No Yjs client makes these bytes.
        TooLarge: It has more than so many structs and delete ranges.
    """
    summary = parse_update(update, max_items=int(most_items))
    return [encode_piece(piece) for piece in pieces_of(summary)]


JOBS: Mapping[str, Callable[..., Sequence[bytes]]] = {"parse": parse}
