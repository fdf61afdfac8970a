"""The shell around a session: it owns the socket, the timer and the clock, and decides nothing.

Knows no Qt and no replica: what is not about the socket is handed to whoever runs it. Source:
DESIGN.md, decision 3 (sans-IO).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from app.collab.session_effects import CloseSocket, OpenSocket, SendFrame
from app.collab.transport import ABNORMAL, ConnectFailed, InsecureServer
from app.model.connection import ClosedReason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.collab.client_session import ClientSession
    from app.collab.session_effects import SessionEffect
    from app.collab.transport import Connection
    from app.tasks import TaskOwner

logger = logging.getLogger(__name__)


class SessionRunner:
    """Runs one session on the event loop.

    Invariant: there is at most one connection or try at a time, and effects are performed in the
    order in which the session gave them, also when performing one brings forth others.
    """

    def __init__(
        self,
        session: ClientSession,
        *,
        connect: Callable[[], Awaitable[Connection]],
        perform: Callable[[SessionEffect], None],
        tasks: TaskOwner,
        clock: Callable[[], float],
    ) -> None:
        self._session = session
        self._connect = connect
        self._perform = perform  # everything but the socket's effects
        self._tasks = tasks
        self._clock = clock  # monotonic seconds
        self._loop = asyncio.get_running_loop()
        self._connection: Connection | None = None
        self._attempt: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due_s = 0.0
        self._is_flushing = False
        self._close_code: int = ABNORMAL
        self._ended = asyncio.Event()
        self._ended.set()

    def flush(self) -> None:
        """Perform what the session asks for; to be called after every input to it."""
        if self._is_flushing:
            return  # the call further up goes on with what has come
        self._is_flushing = True
        try:
            while effects := self._session.take_effects():
                for effect in effects:
                    self._carry_out(effect)
        finally:
            self._is_flushing = False
        self._set_timer()

    async def ended(self, *, within_s: float) -> None:
        """Wait until the socket is gone, or until the time is over."""
        try:
            async with asyncio.timeout(within_s):
                await self._ended.wait()
        except TimeoutError:
            logger.warning("the connection did not close in time")

    def _carry_out(self, effect: SessionEffect) -> None:
        match effect:
            case SendFrame(frame=frame):
                assert self._connection is not None, "a session sends only through an open socket"
                self._connection.send(frame)
            case OpenSocket():
                self._ended.clear()
                self._close_code = ABNORMAL
                self._attempt = self._tasks.start(self._hold_connection(), name="connection")
                if self._attempt is None:  # the app ends
                    self._ended.set()
                    return
                # Not by `finally` in the task: one cancelled before its first step has none.
                self._attempt.add_done_callback(self._on_attempt_done)
            case CloseSocket(code=code, reason=reason):
                if self._connection is not None:
                    closing = self._connection.close(code, reason)
                    self._tasks.start(closing, name="close connection")
                elif self._attempt is not None:
                    self._attempt.cancel()
            case _:
                self._perform(effect)

    async def _hold_connection(self) -> None:
        """Open a connection and read from it until it ends."""
        try:
            connection = await self._connect()
        except ConnectFailed as error:
            logger.info("no connection: %s", error.reason)
            return
        except InsecureServer:
            self._session.leave(self._clock(), ClosedReason.INSECURE)
            self.flush()
            return
        self._connection = connection
        self._session.connected(self._clock())
        self.flush()
        await connection.run(self._receive)
        self._close_code = connection.close_code

    def _on_attempt_done(self, _: asyncio.Task[None]) -> None:
        self._connection = self._attempt = None
        self._session.disconnected(self._clock(), self._close_code)
        self._ended.set()
        self.flush()

    def _receive(self, frame: str | bytes) -> None:
        self._session.receive(frame, self._clock())
        self.flush()

    def _set_timer(self) -> None:
        """See to it that `tick` is called in time; a timer that fires early only looks again."""
        due_s = self._session.due_s()
        if self._timer is not None:
            if due_s is not None and self._timer_due_s <= due_s:
                return
            self._timer.cancel()
            self._timer = None
        if due_s is not None:
            self._timer_due_s = due_s
            self._timer = self._loop.call_later(max(0.0, due_s - self._clock()), self._on_due)

    def _on_due(self) -> None:
        self._timer = None
        self._session.tick(self._clock())
        self.flush()
