"""The heart of the shell: it carries out what the hub asks, in order, and feeds every answer back.

Owns the clock: the hub's deadlines are one timer, armed again after each input. A bug in handling
one client's frame closes that client (4001) and nobody else notices. Does not know what frames say.
Source: DESIGN.md 3 and 4.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from collab_server.admin.figures import Tally
from collab_server.core.effects import (
    Announce,
    AnswerSync,
    CatchUp,
    ClientId,
    Close,
    ContinueLarge,
    Effect,
    ReadUpdate,
    Relay,
    Resume,
    Send,
    UnloadDocument,
)
from collab_server.core.room_effects import Published
from collab_server.core.views import ViewError
from collab_server.protocol.close_codes import CloseCode
from collab_server.transport.addresses import Entrance
from collab_server.transport.deadline_timer import DeadlineTimer
from collab_server.transport.deliveries import Deliveries
from collab_server.transport.gauges import Gauges
from collab_server.transport.logs import log_announcement
from collab_server.transport.publishing import Publishing
from collab_server.transport.rounds import Rounds
from collab_server.transport.store_calls import StoreCalls
from collab_server.transport.turn import Turn
from collab_server.transport.worker_calls import WorkerCalls

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from collab_server.admin.figures import Figures
    from collab_server.core.arrivals import Arrival
    from collab_server.core.hub import Hub
    from collab_server.protocol.limits import Limits
    from collab_server.protocol.names import DocumentName
    from collab_server.storage.store import Store
    from collab_server.transport.entry_calls import Authorize
    from collab_server.transport.socket import WebSocketConnection
    from collab_server.transport.workers import Workers

logger = logging.getLogger(__name__)


class Pump:
    """Joins the hub with connections, store and clock.

    Invariant: the hub is entered by one call at a time, and every effect is carried out, in order,
    before the turn of the event loop ends that caused it.
    """

    def __init__(
        self,
        hub: Hub,
        store: Store,
        workers: Workers,
        tasks: asyncio.TaskGroup,
        limits: Limits,
        *,
        ping_every_s: float,
        entrance: Entrance | None = None,
        authorize: Authorize | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.limits = limits
        self.ping_every_s = ping_every_s
        self.entrance = entrance or Entrance()
        self._hub = hub
        self._clock = clock
        self._wall_clock = wall_clock
        self._loop = asyncio.get_running_loop()
        self.tally = Tally()
        self.turn = Turn(self._loop, after_reading=self._after_reading)
        self._store_calls = StoreCalls(
            store,
            hub,
            workers,
            tasks,
            tally=self.tally,
            clock=clock,
            wall_clock=wall_clock,
            after_answer=self.perform,
            in_a_turn=self.turn.take,
            authorize=authorize,
        )
        self.publishing = Publishing(hub, clock=clock, wall_clock=wall_clock, perform=self.perform)
        self._worker_calls = WorkerCalls(
            workers,
            store,
            hub,
            tasks,
            clock=clock,
            wall_clock=wall_clock,
            after_answer=self.perform,
        )
        self._members: dict[ClientId, WebSocketConnection] = {}  # until they leave
        self._deliveries = Deliveries(
            self._members,
            self.tally,
            diff=self._store_calls.diff,
            has_open=hub.document_answers.has_open,
            not_told=self._not_told,
        )
        self._connections: set[WebSocketConnection] = set()  # until they vanish
        self._gauges = Gauges(hub, self.tally, self._connections, clock=clock)
        self._left: list[ClientId] = []  # and the hub has not heard of it
        self._timer = DeadlineTimer(self._loop, clock, tick=self._tick, after_tick=self.perform)
        self._is_draining = False
        self._settled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._rounds = Rounds(self._loop, self._connections, self.tally, after_round=self.perform)

    # The process.

    @property
    def is_draining(self) -> bool:
        """Whether the server takes nothing new."""
        return self._is_draining

    @property
    def is_store_failing(self) -> bool:
        """Whether the store refused what it was last given."""
        return self._hub.store_is_failing

    def figures(self) -> Figures:
        """Return what there is to measure, as it is now."""
        return self._gauges.figures(is_draining=self._is_draining)

    async def drain(self, *, settle_within_s: float, close_within_s: float) -> None:
        """Refuse what is new, wait until what was accepted is stored, and close everyone."""
        self._is_draining = True
        self._hub.drain(self._clock())
        self.perform()
        await _within(settle_within_s, self._settled, "writing what was accepted")
        for connection in list(self._connections):
            connection.close(CloseCode.SHUTDOWN, "the server is shutting down")
        self.perform()
        if self._connections:
            await _within(close_within_s, self._emptied, "closing connections")

    def stop(self) -> None:
        """Look after nothing any more."""
        self._rounds.stop()
        self._store_calls.stop()
        self._timer.stop()

    # Connections.

    def refusal(self) -> str | None:
        """Return why nobody can come in now, None when one can."""
        if self._is_draining:
            return "The server is shutting down."
        # The hub counts those it knows and tells them; this also counts who only lingers.
        if (
            len(self._connections)
            >= self.limits.connections + self.limits.connections_unauthenticated
        ):
            return "The server has too many connections."
        return None

    def opened(self, connection: WebSocketConnection, arrival: Arrival) -> None:
        """Take in a new connection."""
        self._members[connection.client] = connection
        self._connections.add(connection)
        self.tally.connections[arrival.door.value] += 1
        self._emptied.clear()
        try:
            self._hub.connect(connection.client, arrival, self._clock(), self._wall_clock())
        except Exception:
            logger.exception("taking in a connection failed", extra={"client": connection.client})
            self._give_up(connection.client)
        self.turn.end_soon()  # many come together, and wake the store together

    def handle(self, client: ClientId, message: str | bytes) -> None:
        """Handle one message. Never raises; may close the connection."""
        self.tally.frames_in += 1
        try:
            if isinstance(message, str):
                self._hub.receive_text(client, message, self._clock(), self._wall_clock())
            else:
                self._hub.receive_binary(client, message, self._clock(), self._wall_clock())
        except Exception:
            logger.exception("handling a frame failed", extra={"client": client})
            self._give_up(client)

    def handle_edits(self, client: ClientId, messages: deque[str | bytes], most: int) -> int:
        """Handle the plain edits that come first, at most so many; take them out, tell how many.

        Never raises; may close the connection.
        """
        try:
            handled = self._hub.plain_edits.hear(client, messages, most, self._clock())
        except Exception:
            logger.exception("handling an edit failed", extra={"client": client})
            self._give_up(client)
            return 0
        self.tally.frames_in += handled
        return handled

    def oversized(self, client: ClientId) -> None:
        """Hear that the client's next message is too large to be read; the hub closes it."""
        try:
            self._hub.refuse_oversized(client, self._clock())
        except Exception:
            logger.exception("refusing a frame failed", extra={"client": client})
            self._give_up(client)

    def is_held(self, client: ClientId) -> bool:
        """Tell whether the client's next message must wait until it is resumed."""
        return self._hub.is_held(client)

    def is_signed_in(self, client: ClientId) -> bool:
        """Tell whether the client has said who it is."""
        return self._hub.is_signed_in(client)

    def fell_behind(self, client: ClientId) -> None:
        """Hear that the client reads more slowly than it is written to."""
        self.tally.fell_behind += 1
        self._hub.slow_readers.fall_behind(client)

    def caught_up(self, client: ClientId) -> None:
        """Hear that everything is written to a client that had fallen behind."""
        self._loop.call_soon(self._catch_up, client)  # this may be amid an effect

    def left(self, client: ClientId) -> None:
        """Hear, once, that the client will send nothing more."""
        if self._members.pop(client, None) is not None:
            self._left.append(client)

    def vanished(self, connection: WebSocketConnection) -> None:
        """Hear, once, that the connection of one that was opened is no more."""
        self._connections.discard(connection)
        self.tally.closes[connection.close_code] += 1
        self.tally.bytes_out += connection.outbox.written_bytes
        if not self._connections:
            self._emptied.set()
        self.perform()

    # Effects.

    def perform(self) -> None:
        """Carry out everything that the hub asks, and arm the timer for its next deadline."""
        while True:
            effects = self._hub.take_effects()
            if not effects and not self._left:
                break
            for effect in effects:
                try:
                    self._carry_out(effect)
                except Exception:
                    logger.exception("carrying out %s failed", type(effect).__name__)
            left, self._left = self._left, []
            for client in left:
                try:
                    self._hub.disconnect(client, self._clock())
                except Exception:
                    logger.exception("taking leave of a client failed", extra={"client": client})
        if self._is_draining and self._store_calls.is_idle and self._hub.is_settled:
            self._settled.set()
        self._timer.arm(self._hub.next_deadline_s())

    def _after_reading(self) -> None:
        """Carry out what a turn has caused; what it accepted goes to the store if it may."""
        self._hub.commit(self._clock())
        self.perform()

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Relay():
                self._deliveries.relay(effect)
            case Send():
                self._deliveries.send(effect)
            case AnswerSync():
                self._deliveries.answer_sync(effect)
            case CatchUp():
                self._deliveries.catch_up(effect)
            case Resume():
                if connection := self._members.get(effect.client):
                    connection.resume_messages()
            case Close():
                if connection := self._members.get(effect.client):
                    connection.close(effect.code, effect.reason)
            case ReadUpdate():
                self._worker_calls.start(effect)
            case ContinueLarge():
                self._loop.call_soon(self._go_on, effect.document)
            case UnloadDocument():
                self._store_calls.unload(effect.document)
            case Announce():
                log_announcement(effect)
            case Published():
                self.publishing.tell(effect)
            case _:  # the checker proves that nothing but the store's effects is left
                self._store_calls.start(effect)

    def _catch_up(self, client: ClientId) -> None:
        connection = self._members.get(client)
        if connection is None or connection.outbox.is_behind:  # again; it will say so again
            return
        try:
            self._hub.slow_readers.catch_up(client)
        except Exception:
            logger.exception("letting a client catch up failed", extra={"client": client})
            self._give_up(client)
        self.perform()

    def _not_told(self, effect: AnswerSync | CatchUp, error: Exception) -> None:
        """Hear that what a client asked for cannot be said."""
        if isinstance(error, ViewError):
            self._hub.document_answers.sync_failed(
                effect.client, effect.document, str(error), self._clock()
            )
            return
        told = {"client": effect.client}
        logger.error("telling what a document has failed", extra=told, exc_info=error)
        self._give_up(effect.client)

    def _give_up(self, client: ClientId) -> None:
        """Close the one connection that a bug of ours concerns."""
        if connection := self._members.get(client):
            connection.close(CloseCode.INTERNAL, "internal error")

    def _go_on(self, document: DocumentName) -> None:
        try:
            self._hub.document_answers.go_on(document, self._clock(), self._wall_clock())
        except Exception:
            logger.exception("taking in a large update failed")
        self.perform()

    # Time.

    def _tick(self, now_s: float) -> bool:
        """Let the hub do what is due; tell whether it could."""
        try:
            self._hub.tick(now_s)
        except Exception:
            logger.exception("the hub's tick failed")
            return False
        return True


async def _within(limit_s: float, event: asyncio.Event, what: str) -> None:
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        logger.warning("gave up %s after %s s", what, limit_s)
