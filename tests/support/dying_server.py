"""The real server, which kills itself at a named moment between a write and its status.

Run as `python dying_server.py POINT COUNT serve …`: at the COUNTth time that it comes to POINT, it
ends as by a power cut. The points are put around the server's own functions here, so that nothing
of it is in the program that ships.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from collab_server.core.document_answers import DocumentAnswers
from collab_server.storage import compaction, documents, parts
from collab_server.storage.store import Store
from collab_server.transport.outbox import Outbox

POINTS = (
    "before the rows are written",
    "before the rows are committed",
    "after the commit, before the server knows",
    "before the hub relays",
    "after the hub has relayed, before anything is sent",
    "between the frames of a turn",
    "after a turn was sent",
    "before a piece is written",
    "before a written piece is committed",
    "before a piece is made to count",
    "before a piece that counts is committed",
)

PARTS = ("before a part is written", "before a written part is committed")
"""Of updates of more than a mebibyte; few lives come here."""


class FuseBox:
    """Counts how often each point is passed, and ends the process at one of them."""

    def __init__(self, point: str, count: int) -> None:
        assert point in (*POINTS, *PARTS)
        self._point = point
        self._left = count

    def passes(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str, *, before: str = "", after: str = "") -> None:
        """Put points around a function."""
        function: Callable[..., Any] = getattr(owner, name)

        def passing(*arguments: Any, **more: Any) -> Any:
            self.passes(before)
            result = function(*arguments, **more)
            self.passes(after)
            return result

        setattr(owner, name, passing)

    def after_append(self) -> None:
        """Put a point after the commit of a batch."""
        begin_append = Store.begin_append

        def passing(store: Store, rows: Any, told: Callable[[Exception | None], None]) -> None:
            def told_or_dead(error: Exception | None) -> None:
                if error is None:
                    self.passes("after the commit, before the server knows")
                told(error)

            begin_append(store, rows, told_or_dead)

        Store.begin_append = passing  # pyright: ignore[reportAttributeAccessIssue]


def main() -> int:
    """Serve until the moment comes."""
    point, count, *arguments = sys.argv[1:]
    fuse = FuseBox(point, int(count))
    fuse.around(documents, "append_rows", before=POINTS[0], after="before the rows are committed")
    fuse.after_append()
    fuse.around(DocumentAnswers, "stored", before="before the hub relays", after=POINTS[4])
    fuse.around(Outbox, "put", after="between the frames of a turn")
    fuse.around(Outbox, "flush", after="after a turn was sent")
    fuse.around(compaction, "add_piece", before=POINTS[7], after=POINTS[8])
    fuse.around(parts, "add_part", before=PARTS[0], after=PARTS[1])
    fuse.around(compaction, "settle_piece", before=POINTS[9], after=POINTS[10])

    from collab_server.cli import main as run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
