"""The collab server that the app starts for itself, when no other is set.

A child process, reached over the wire like any other server. Its secret and its database are this
object's: a restart keeps both, so that guests' tokens go on being good. Knows no session and no
window. Source: DESIGN.md, decisions 8 and 9; issue: share with no server set.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import sys
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from app.storage.locks import FileLock
from collab_server.protocol.tokens import TokenClaims, sign_token

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable
    from pathlib import Path

    from app.tasks import TaskOwner

logger = logging.getLogger(__name__)

READY_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 28.0  # the server drains for up to 25 s
PREDECESSOR_S = 30.0  # that of a killed app drains for as long

_LOOPBACK = "127.0.0.1"
_TOKEN_S = 12 * 3600
_RESTART_WAITS_S = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
_SETTINGS = ("COLLAB_", "WS_HOST", "WS_PORT", "WS_PUBLIC_URL")
"""What in the app's environment is meant for a server, but not for this one."""

_LINE_BYTES = 64 * 1024
_LOOK_AGAIN_S = 0.05
_LAST_LINES = 20


class HostingFailed(Exception):
    """The server did not start; `reason` is its last word, one sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where the embedded server listens; the same for as long as the app runs."""

    host: str
    port: int

    @property
    def socket_url(self) -> str:
        """Where a session connects."""
        return f"ws://{self.host}:{self.port}/ws"


class EmbeddedServer:
    """The app's own server.

    Invariant: at most one child process at a time; it ends with the app, however the app ends,
    because it watches its standard input. While it is wanted, one that dies is started again on
    the same port.
    """

    def __init__(
        self,
        *,
        database: Path,
        tasks: TaskOwner,
        secret: str | None = None,
        port: int = 0,
    ) -> None:
        """Prepare; nothing runs before `start`.

        Args:
            database: the SQLite file, made when it is missing; its folder must exist.
            tasks: owns the watch over the child.
            secret: signs the tokens; made anew when None.
            port: 0 takes any that is free.
        """
        self.on_restarted: Callable[[], None] | None = None
        self.on_failed: Callable[[HostingFailed], None] | None = None  # it is tried further
        self.secret = secret or secrets.token_hex(32)
        self._database = database
        self._tasks = tasks
        self._port = port
        self._may_move = False  # to another port: this one was an earlier process's
        self._process: Process | None = None  # one that was seen to end is no more
        self._log: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._address: ServerAddress | None = None
        self._is_wanted = False
        self._starting = asyncio.Lock()
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)

    @property
    def database(self) -> Path:
        """Where sessions are stored."""
        return self._database

    @property
    def process_id(self) -> int | None:
        """The child's process id; None while there is none."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> ServerAddress:
        """Start the server unless it runs, and return where it listens.

        Raises:
            HostingFailed: it said why, or did not get ready in time.
        """
        async with self._starting:
            self._is_wanted = True
            if self._process is not None and self._address is None:
                await self._abandon(self._process)  # an earlier start was given up
            if self._process is None or self._address is None:
                self._address = await self._launch_somewhere()
            if self._keeper is None or self._keeper.done():
                self._keeper = self._tasks.start(self._keep_alive(), name="embedded server")
            return self._address

    async def stop(self) -> None:
        """Stop the server and wait until it has stored everything and is gone."""
        self._is_wanted = False
        async with self._starting:
            process, self._process = self._process, None
            if process is not None and process.returncode is None:
                await _end(process)
            watchers = {task for task in (self._keeper, self._log) if task is not None}
            if watchers:
                await asyncio.wait(watchers, timeout=1.0)

    def take_up(self, *, database: Path, secret: str, port: int) -> None:
        """Go on as an earlier process did, so that its guests find the server; before `start`.

        Args:
            database: the earlier one.
            secret: the earlier one; empty if it is not known any more: then guests need a new link.
            port: the earlier one, which is taken if it is free.
        """
        assert self._process is None
        self.secret = secret or self.secret
        self._database = database
        self._port = port
        self._may_move = True

    def kill(self) -> None:
        """Kill the server as a crash would; it is started again by itself."""
        if self._process is not None:
            self._process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def token_for(self, user_id: str, name: str) -> str:
        """Sign a token for the person at this machine."""
        now_s = int(time.time())
        claims = TokenClaims(
            user_id=user_id,
            name=name,
            issued_at_s=now_s,
            expires_at_s=now_s + _TOKEN_S,
            nonce=secrets.token_hex(16),
        )
        return sign_token(claims, self.secret.encode())

    async def _launch_somewhere(self) -> ServerAddress:
        may_move, self._may_move = self._may_move, False
        try:
            return await self._launch()
        except HostingFailed as error:
            if not may_move:
                raise
            logger.info("the session moves to another port: %s", error.reason)
            self._port = 0
            return await self._launch()

    async def _launch(self) -> ServerAddress:
        lock = await self._lock_database()
        try:
            return await self._launch_holding(lock)
        finally:
            lock.release()  # the child holds it now, for as long as it lives

    async def _lock_database(self) -> FileLock:
        """Wait until no other server has the database: that of a killed app takes a while to end.

        Raises:
            HostingFailed: one has it, and goes on having it.
        """
        lock = FileLock(self._database.with_name(f"{self._database.name}.lock"))
        until_s = time.monotonic() + PREDECESSOR_S
        try:
            while not lock.try_acquire():
                if time.monotonic() > until_s:
                    raise HostingFailed("Another server has this session open.")
                await asyncio.sleep(_LOOK_AGAIN_S)
        except OSError as error:
            raise HostingFailed(f"The session's folder cannot be used: {error}.") from error
        return lock

    async def _launch_holding(self, lock: FileLock) -> ServerAddress:
        command = [
            # `-P`: a folder `collab_server` where the editor was started is not to be run.
            *(sys.executable, "-P", "-m", "collab_server", "serve"),
            *("--host", _LOOPBACK, "--port", str(self._port)),
            *("--db", f"sqlite:///{self._database.absolute()}", "--stop-with-stdin"),
        ]
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)
        }
        environment |= {"COLLAB_SECRET": self.secret, "RUST_BACKTRACE": "0"}
        self._last_lines.clear()
        self._address = None
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=environment,
                limit=_LINE_BYTES,
                pass_fds=lock.heirloom,
                # A Ctrl+C in the terminal is the app's to answer; elsewhere there are no groups.
                process_group=None if sys.platform == "win32" else 0,
            )
        except OSError as error:
            raise HostingFailed(f"The server's program could not be started: {error}.") from error
        self._process = process
        self._log = self._tasks.start(self._read_log(process), name="embedded server's log")
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                port = await self._ready_port(process)
        except (TimeoutError, HostingFailed) as error:
            await self._abandon(process)
            if isinstance(error, HostingFailed):
                raise
            raise HostingFailed("The server did not get ready in time.") from error
        self._port = port
        return ServerAddress(_LOOPBACK, port)

    async def _ready_port(self, process: Process) -> int:
        assert process.stdout is not None
        line = await process.stdout.readline()
        try:
            ready: object = json.loads(line)
        except ValueError as error:
            await process.wait()
            if self._log is not None:
                await self._log
            raise HostingFailed(self._last_word(process)) from error
        fields = cast("dict[str, object]", ready) if isinstance(ready, dict) else {}
        port = fields.get("port")
        if fields.get("event") != "ready" or not isinstance(port, int):
            raise HostingFailed("The server said something else than that it is ready.")
        return port

    async def _abandon(self, process: Process) -> None:
        self._process = None
        if process.returncode is None:
            process.kill()
            await process.wait()

    def _last_word(self, process: Process) -> str:
        if self._last_lines:
            return self._last_lines[-1]
        return f"The server ended at once, with code {process.returncode}."

    async def _read_log(self, process: Process) -> None:
        """Keep the child's last lines; its log holds identities and reasons, never content."""
        assert process.stderr is not None
        while True:
            try:
                line = await process.stderr.readline()
            except ValueError:  # longer than `_LINE_BYTES`: what there is of it was thrown away
                continue
            if not line:
                return
            text = line.decode(errors="replace").rstrip()
            self._last_lines.append(text)
            logger.debug("server: %s", text)

    async def _keep_alive(self) -> None:
        """Start the server again whenever it dies, for as long as it is wanted."""
        while self._process is not None:
            process = self._process
            code = await process.wait()
            if self._process is process:
                self._process = None
            if not self._is_wanted:
                return
            logger.info("the embedded server ended with code %s; starting it again", code)
            await self._relaunch()

    async def _relaunch(self) -> None:
        tries = 0
        while self._is_wanted:
            await asyncio.sleep(_RESTART_WAITS_S[min(tries, len(_RESTART_WAITS_S) - 1)])
            tries += 1
            async with self._starting:
                if not self._is_wanted or self._process is not None:
                    return
                try:
                    self._address = await self._launch()
                except HostingFailed as error:
                    logger.info("the embedded server does not start: %s", error.reason)
                    if self.on_failed is not None:
                        self.on_failed(error)
                    continue
            if self.on_restarted is not None:
                self.on_restarted()
            return


async def _end(process: Process) -> None:
    """Ask a child to stop, and wait; it stores everything first."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError):  # it went by itself meanwhile
            process.terminate()
    elif process.stdin is not None:
        process.stdin.close()  # there are no signals for that, but it watches its input
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        logger.error("the embedded server did not stop; killing it")
        process.kill()
        await process.wait()
