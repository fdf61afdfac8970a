"""Jobs for the tests of the worker pool: well-behaved and not."""

import os
import signal
from collections.abc import Sequence
from typing import Never

from collab_server.protocol.errors import TooLarge


def sizes(*parts: bytes) -> Sequence[bytes]:
    return [str(len(part)).encode() for part in parts]


def process_id() -> Sequence[bytes]:
    return [str(os.getpid()).encode()]


def environment() -> Sequence[bytes]:
    return [name.encode() for name in os.environ]


def open_files() -> Sequence[bytes]:
    return [os.readlink(f"/proc/self/fd/{number}").encode() for number in (0, 1, 2)] + [
        entry.encode() for entry in os.listdir("/proc/self/fd") if int(entry) > 4
    ]


def chatty() -> Sequence[bytes]:
    print("what a library prints", flush=True)
    return [b"fine"]


def refuse() -> Never:
    raise TooLarge("too much of it")


def fail() -> Never:
    raise ZeroDivisionError


def crash() -> Never:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError("alive")


def hang() -> Never:
    while True:
        signal.pause()


JOBS = {
    job.__name__: job
    for job in (
        sizes,
        process_id,
        environment,
        open_files,
        chatty,
        refuse,
        fail,
        crash,
        hang,
    )
}
