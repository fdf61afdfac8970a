"""The syntax process: reads requests from its standard input until that ends, and answers each.

Parsing is in a process of its own because tree-sitter holds the interpreter's lock while it parses.
Nothing of Qt and nothing else of the app is imported here: it starts in a tenth of a second and
takes 30 MB. It ends when its input does, so however the app ends, this ends; and when one request
takes too long, which is how a text that a grammar cannot bear is got rid of.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.syntax.desk import SyntaxDesk
from app.syntax.grammars import Grammars
from app.syntax.messages import FrameReader, frame_of, request_of

if TYPE_CHECKING:
    from collections.abc import Sequence

ANSWER_TIMEOUT_S = 10
"""A request that takes longer ends the process; the first parse of 2 MB takes about 1 s."""

_READ_BYTES = 1024 * 1024
_NICENESS = 5  # colours may wait, keys may not


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until the input ends; the one argument is the folder of the queries."""
    (queries,) = sys.argv[1:] if arguments is None else arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl+C in the terminal is the app's to answer
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    output = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no frame
    desk, reader = SyntaxDesk(Grammars(Path(queries))), FrameReader()
    with contextlib.suppress(BrokenPipeError):  # the app is gone
        while data := os.read(0, _READ_BYTES):
            for body in reader.feed(data):
                # A thread of C watches: one of Python would wait for the parser to let it run.
                faulthandler.dump_traceback_later(ANSWER_TIMEOUT_S, exit=True)
                answer = desk.answer(request_of(body))
                faulthandler.cancel_dump_traceback_later()
                if answer is not None:
                    _write(output, frame_of(answer))
    return 0


def _write(output: int, frame: bytes) -> None:
    rest = memoryview(frame)
    while rest:
        rest = rest[os.write(output, rest) :]
