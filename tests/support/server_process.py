"""A real server in a process of its own, on a free port, with a database in a folder of the test.

Starts it as the command line does. Does not know what clients say.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import psutil

from collab_server.protocol.tokens import TokenClaims, sign_token

SECRET = b"a secret of tests, which is long enough"
START_WITHIN_S = 30.0
STOP_WITHIN_S = 30.0


class ServerProcess:
    """One life of a server; `start` another on the same folder to see what was kept."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        settings: Mapping[str, str] | None = None,
        port: int = 0,
        program: Sequence[str] = ("-m", "collab_server"),
    ) -> None:
        self.program = program  # what the next life runs
        self.folder = folder
        self.database = folder / "collab.db"
        self.process: subprocess.Popen[bytes] | None = None
        self.ready: dict[str, object] = {}
        self._log = folder / "server.log"
        self._port = port
        self._arguments = arguments
        self._settings = dict(settings or {})

    @property
    def port(self) -> int:
        port = self.ready["port"]
        assert isinstance(port, int)
        return port

    @property
    def url(self) -> str:
        scheme = "wss" if "--tls-cert" in self._arguments else "ws"
        return f"{scheme}://127.0.0.1:{self.port}/ws"

    @property
    def log(self) -> str:
        """What it wrote on standard error, over all its lives."""
        return self._log.read_text()

    @property
    def resident_bytes(self) -> int:
        return psutil.Process(self._running.pid).memory_info().rss

    @property
    def connections(self) -> int:
        """How many connections the system holds for its public port."""
        found = psutil.Process(self._running.pid).net_connections("tcp")
        return sum(
            each.status == psutil.CONN_ESTABLISHED and each.laddr.port == self.port
            for each in found
        )

    def start(self) -> Self:
        """Start it, and wait until it says that it listens."""
        self.launch()
        self.wait_until_ready()
        return self

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it, and do not wait."""
        command = [sys.executable, *self.program, "serve", "--host", "127.0.0.1"]
        command += ["--port", str(self._port), "--db", f"sqlite:///{self.database}"]
        environment = os.environ | {"COLLAB_SECRET": SECRET.decode()} | self._settings
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
            )
        return self.process

    def wait_until_ready(self) -> None:
        output = self._running.stdout
        assert output is not None
        readable, _, _ = select.select([output], [], [], START_WITHIN_S)
        line = output.readline() if readable else b""
        assert line, f"the server did not start:\n{self.log}"
        self.ready = json.loads(line)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._running.send_signal(signal.SIGKILL)
        self._finish()

    def ask_to_stop(self, signal_number: int = signal.SIGTERM) -> None:
        self._running.send_signal(signal_number)

    def stop(self) -> int:
        """Let it drain, and return its exit code."""
        self.ask_to_stop()
        return self._finish()

    def finish(self) -> int:
        """Wait for its end, and return its exit code."""
        return self._finish()

    def restart(self) -> Self:
        """Start it again on the port that it had."""
        self._port = self.port
        return self.start()

    def token(self, user: str = "ada", **claims: Any) -> str:
        """Return a token that opens `codexpro_project_*` unless `rooms` says otherwise."""
        now_s = int(time.time())
        values: dict[str, Any] = {
            "user_id": user,
            "issued_at_s": now_s,
            "expires_at_s": now_s + 3600,
            "nonce": os.urandom(16).hex(),
            "rooms": {"codexpro_project_*": "rwo"},
        }
        return sign_token(TokenClaims(**(values | claims)), SECRET)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None
        return self.process

    def _finish(self) -> int:
        process = self._running
        try:
            return process.wait(STOP_WITHIN_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()


@contextlib.contextmanager
def running_server(
    folder: Path,
    *arguments: str,
    settings: Mapping[str, str] | None = None,
    port: int = 0,
    program: Sequence[str] = ("-m", "collab_server"),
) -> Generator[ServerProcess]:
    """Run a server while the block lasts; whatever of it is left then is killed."""
    server = ServerProcess(folder, *arguments, settings=settings, port=port, program=program)
    try:
        yield server.start()
    finally:
        if server.process is not None and server.process.returncode is None:
            server.kill()
