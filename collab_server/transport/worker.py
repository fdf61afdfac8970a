"""A child process that runs named pure functions on bytes, one after the other.

It reads a request from standard input, answers on standard output, and ends when its input ends.
Both are a list of parts: a count, the sizes, the bytes. It has no sockets, no event loop and none
of the server's secrets. What crashes here, crashes nobody else. See `workers` for the other side.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import struct
import sys
import traceback
from typing import TYPE_CHECKING, BinaryIO

from collab_server.core.views import ViewError
from collab_server.protocol.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Job = Callable[..., Sequence[bytes]]
    """Takes and returns bytes; may raise `RemoteProtocolError` or `ViewError`."""

COUNT = struct.Struct("<I")
DONE, REFUSED, FAILED = b"done", b"refused", b"failed"  # what the first part of an answer may be
NICE = 10  # the server goes first
MOST_MEMORY_BYTES = 4 * 1024**3


def head_of(parts: Sequence[bytes]) -> bytes:
    """Return what stands before the bytes of these parts."""
    return struct.pack(f"<I{len(parts)}Q", len(parts), *map(len, parts))


def sizes_in(count: int) -> struct.Struct:
    """Return how the sizes of so many parts are written."""
    return struct.Struct(f"<{count}Q")


def answer(jobs: Mapping[str, Job], request: Sequence[bytes]) -> list[bytes]:
    """Do a job and return what to answer."""
    name, *arguments = request
    try:
        return [DONE, *jobs[name.decode()](*arguments)]
    except (RemoteProtocolError, ViewError) as error:
        return [REFUSED, type(error).__name__.encode(), str(error).encode()]
    except Exception as error:  # noqa: BLE001  the boundary of a job; the parent writes the log
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return [FAILED, f"{type(error).__name__} in {frame.name}, line {frame.lineno}".encode()]


def work(jobs: Mapping[str, Job], requests: BinaryIO, answers: BinaryIO) -> None:
    """Do job after job until the requests end."""
    while head := requests.read(COUNT.size):
        sizes = sizes_in(*COUNT.unpack(head))
        parts = [requests.read(size) for size in sizes.unpack(requests.read(sizes.size))]
        reply = answer(jobs, parts)
        del parts
        answers.write(head_of(reply))
        for part in reply:
            answers.write(part)
        answers.flush()


def main(module: str) -> None:
    """Work on what standard input brings, with the jobs of a module."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the server, which ends us
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    jobs: Mapping[str, Job] = importlib.import_module(module).JOBS
    _stand_back()  # not before: on a busy machine to begin would take seconds
    with contextlib.suppress(BrokenPipeError):  # the server is gone
        work(jobs, sys.stdin.buffer, answers)


def _stand_back() -> None:
    """Leave processor and memory to the server, where the system knows how."""
    try:
        import resource
    except ImportError:  # Windows
        return
    os.nice(NICE)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > MOST_MEMORY_BYTES:
        with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, hard))


if __name__ == "__main__":
    main(sys.argv[1])
