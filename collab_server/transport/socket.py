"""One WebSocket connection: bytes in, whole messages to the hub; frames out through its outbox.

The handshake and the rules of framing are those of `websockets.server.ServerProtocol`, driven
without I/O; uvicorn has read the HTTP request and hands the upgraded transport over. There is no
task and no queue hop: messages are handled in `data_received`. Does not know what a message says.
Source: RFC 6455, DESIGN.md 4, PROTOCOL.md §1.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, cast

from websockets.exceptions import PayloadTooBig
from websockets.frames import CloseCode as FramingCode
from websockets.http11 import Request

from collab_server.core.effects import ClientId, Door
from collab_server.protocol.close_codes import CloseCode, yjs_code
from collab_server.transport.frames import PING, close_frame
from collab_server.transport.framing import Framing
from collab_server.transport.handshake import admitted, answer_handshake
from collab_server.transport.messages import Messages
from collab_server.transport.outbox import Outbox
from collab_server.transport.turn import MESSAGES_A_TURN
from collab_server.transport.upgrade import read_upgrade

if TYPE_CHECKING:
    from collections.abc import Callable

    from collab_server.core.arrivals import Arrival
    from collab_server.transport.inputs import Inputs

logger = logging.getLogger(__name__)

PONG_WITHIN_S = 20.0
CLOSE_WITHIN_S = 5.0
GIVE_UP_WITHIN_S = 2.0  # of who answers nothing


class _State(Enum):
    """A connection only ever moves forward through these."""

    SHAKING_HANDS = "shaking hands"
    OPEN = "open"
    LEAVING = "leaving"  # the client has left the hub; the closing handshake may be under way
    VANISHED = "vanished"


class WebSocketConnection(asyncio.Protocol):
    """The protocol of one upgraded transport.

    Invariants: messages are handled in order, none while the hub holds the client or its outbox is
    half full; what has been read and not handled is at most one chunk and one message, for reading
    pauses meanwhile. The hub hears of the client's end exactly once, and of nothing after it.
    """

    def __init__(self, inputs: Inputs) -> None:
        self._client = ClientId(secrets.token_hex(8))
        self._inputs = inputs
        self._limits = inputs.limits
        self._tally = inputs.tally
        self._turn = inputs.turn
        self._loop = asyncio.get_running_loop()
        self._state = _State.SHAKING_HANDS
        self._door = Door.MAIN
        self._framing = Framing(
            self._limits.text_frame_bytes, offers_compression=inputs.entrance.offers_compression
        )
        self._transport: asyncio.Transport
        self._outbox: Outbox
        self._messages = Messages(self._framing)
        self._parked: deque[Callable[[], None]] = deque()
        self._is_reading = True
        self._is_in_line = False
        self._is_signed_in = False
        self._is_oversized = False
        self._ping_s = 0.0  # when the last ping was due
        self._is_ping_unanswered = False
        self._close_by_s: float | None = None
        self._close_code: int | None = None  # ours, once there is one

    # What others ask of it.

    @property
    def client(self) -> ClientId:
        """What the hub calls it."""
        return self._client

    @property
    def outbox(self) -> Outbox:
        """The way to this client; there from `Inputs.opened` on."""
        return self._outbox

    @property
    def close_code(self) -> int:
        """What it was closed with, by whichever side began; 1006 when by neither."""
        if self._close_code is not None:
            return self._close_code
        received = self._framing.received_code
        return FramingCode.ABNORMAL_CLOSURE if received is None else received

    @property
    def window_bits(self) -> int | None:
        """How far back a compressed message to it may refer; None when there may be none."""
        return self._framing.window_bits

    def when_there_is_room(self, action: Callable[[], None]) -> None:
        """Act as soon as the outbox is less than half full; until then the client is not read."""
        if self._parked or self._outbox.is_congested:
            self._parked.append(action)
            self._wait_in_line()
        else:
            action()

    def resume_messages(self) -> None:
        """Go on with the messages of a client that was held."""
        self._wait_in_line()

    def close(self, code: int, reason: str, *, at_once: bool = False) -> None:
        """Begin the closing handshake, after what is in the outbox or `at_once` without that."""
        if self._state is not _State.OPEN:
            return
        if self._door is Door.YJS:
            code = yjs_code(code)
        self._close_code = code
        if self._is_oversized:
            self._leave(close_frame(code, reason), at_once=at_once)
            self._outbox.end(half=True)  # the peer is in the middle of sending
        else:
            if self._framing.is_open:
                self._framing.library.send_close(code, reason)
            self._leave(b"".join(self._framing.answers()), at_once=at_once)

    def look_after(self, now_s: float) -> None:
        """See to pings, stalled writes and overdue closes; to be called about once a second."""
        if self._close_by_s is not None:
            if now_s >= self._close_by_s:
                self._transport.abort()
        elif self._outbox.is_stalled(
            now_s, self._limits.write_stall_s, self._limits.least_read_bytes_a_s
        ):
            self._give_up(CloseCode.SLOW_CONSUMER, self._outbox.complaint)
        elif self._is_ping_unanswered:
            # What waits in a paused transport may be the pong.
            if self._is_reading and now_s >= self._ping_s + PONG_WITHIN_S:
                self._give_up(CloseCode.NO_PONG, "no pong")
        elif now_s >= self._ping_s + self._inputs.ping_every_s:
            self._ping_s = now_s
            self._is_ping_unanswered = True
            self._outbox.put(PING)

    # What the transport says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the transport of an upgraded HTTP connection."""
        # Not an isinstance: uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take in a chunk, and handle what is whole in it unless somebody else comes first."""
        self._tally.bytes_in += len(data)
        self._is_ping_unanswered = (
            False  # who sends is alive, even amid a frame too long for a pong
        )
        if self._state is _State.SHAKING_HANDS:
            self._shake_hands(data)
        else:
            self._messages.read(data)
            if self._is_in_line:
                self._pause_reading()
            else:
                self._turn.read(self)

    def eof_received(self) -> None:
        """Handle what had arrived whole, and tell who may still listen; the transport closes."""
        if self._state is _State.OPEN:
            self.read_some(MESSAGES_A_TURN)
            self._leave(close_frame(FramingCode.PROTOCOL_ERROR, "ended without a close frame"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Handle what had arrived whole, and leave."""
        if self._state is _State.SHAKING_HANDS:
            self._state = _State.VANISHED
            return
        if self._state is _State.OPEN:
            self.read_some(MESSAGES_A_TURN)
        self._leave(b"", at_once=True)
        self._state = _State.VANISHED
        self._inputs.vanished(self)

    def pause_writing(self) -> None:
        """Hear that the transport's buffer is full."""
        if self._state is not _State.SHAKING_HANDS:
            self._outbox.pause()

    def resume_writing(self) -> None:
        """Hear that the transport's buffer is empty again."""
        if self._state is not _State.SHAKING_HANDS:
            self._outbox.resume()
            self._wait_in_line()

    # What its outbox says.

    def fell_behind(self) -> None:
        """Hear that much waits to be written."""
        self._inputs.fell_behind(self._client)

    def caught_up(self) -> None:
        """Hear that everything is written again."""
        self._inputs.caught_up(self._client)

    def overflowed(self) -> None:
        """Hear that too much waits."""
        self._give_up(CloseCode.SLOW_CONSUMER, "reads too slowly")

    # What its turn brings.

    def read_some(self, most: int) -> int:
        """Handle at most so many messages, and return how many it were."""
        self._is_in_line = False
        if self._state is _State.LEAVING:
            return self._read_past(most)
        handled = 0
        while self._parked and self._may_go_on():
            self._parked.popleft()()
        messages = self._messages
        while handled < most and messages.has_more and not self._parked and self._may_go_on():
            if not messages.has_whole:
                self._parse_slice()
            if messages.has_whole:
                handled += self._handle_some(most - handled)
        self._see_to_the_rest()
        return handled

    def _handle_some(self, most: int) -> int:
        """Handle edits as long as there are only those, or one other message; tell how many."""
        messages = self._messages
        edits = self._inputs.handle_edits(self._client, messages.whole, most)
        if edits or not messages.has_whole:  # a bug in handling edits closes, and forgets them
            return edits
        self._inputs.handle(self._client, messages.whole.popleft())
        return 1

    def _read_past(self, most: int) -> int:
        """Look for the peer's close frame in what it still sends, a slice a share."""
        if self._parse_slice() and self._messages.has_slices:
            self._pause_reading()
            self._wait_in_line()
            return most
        self._resume_reading()
        return 0

    # The handshake.

    def _shake_hands(self, data: bytes) -> None:
        read = read_upgrade(data, takes_extensions=self._inputs.entrance.offers_compression)
        if read is not None:
            asked, answer = read
            arrival = admitted(asked, self._inputs, self._peer_address())
            if arrival is not None:
                self._open(arrival, answer)
                return
        library = self._framing.handshake
        library.receive_data(data)
        for event in library.events_received():
            if isinstance(event, Request):
                arrival = answer_handshake(library, event, self._inputs, self._peer_address())
                if arrival is not None:
                    self._open(arrival, b"".join(self._framing.answers()))
        if self._state is _State.SHAKING_HANDS:  # refused, or no HTTP
            self._write_refusal()

    def _peer_address(self) -> str:
        peer = self._transport.get_extra_info("peername")
        return peer[0] if peer else ""

    def _write_refusal(self) -> None:
        for wire in self._framing.answers():
            if wire:
                self._transport.write(wire)
        self._transport.close()

    def _open(self, arrival: Arrival, answer: bytes) -> None:
        self._transport.write(answer)
        self._outbox = Outbox(
            self._transport,
            self._turn,
            limit_bytes=self._limits.outbox_bytes,
            listener=self,
        )
        self._ping_s = self._loop.time()
        self._state = _State.OPEN
        self._door = arrival.door
        self._inputs.opened(self, arrival)

    # Frames.

    def _parse_slice(self) -> bool:
        """Parse the next slice of what was read; false when there is none."""
        if not self._messages.has_slices:
            return False
        is_open = self._state is _State.OPEN
        if not self._is_signed_in and is_open:
            self._is_signed_in = self._inputs.is_signed_in(self._client)
            if self._is_signed_in:
                self._framing.allow(
                    max(self._limits.document_frame_bytes, self._limits.text_frame_bytes)
                )
        self._messages.parse_slice(is_wanted=is_open)
        self._write_framing()
        return True

    def _write_framing(self) -> None:
        """Pass on pongs and close frames; after a close frame nothing more is said."""
        wires = self._framing.answers()
        if not wires:
            return
        if isinstance(self._framing.error, PayloadTooBig) and self._state is _State.OPEN:
            self._is_oversized = True  # the hub closes, with an error that the library cannot send
            self._close_soon()
            return
        wire = b"".join(wires)
        if self._framing.is_open:
            self._outbox.put(wire)
            return
        self._outbox.seal(wire)
        if wires[-1] == b"":  # the library's sign for the end of the stream
            self._outbox.end(half=self._framing.received_code is None)
        self._close_soon()

    # Going on and ending.

    def _may_go_on(self) -> bool:
        return self._state is _State.OPEN and not self._is_held() and not self._outbox.is_congested

    def _is_held(self) -> bool:
        return self._inputs.is_held(self._client)

    def _see_to_the_rest(self) -> None:
        """Wait for the next turn, or for what holds the rest up, or go on reading."""
        if self._state is not _State.OPEN:
            return
        if self._parked or self._messages.has_more:
            self._pause_reading()
            if self._may_go_on() or not (self._outbox.is_paused or self._is_held()):
                self._wait_in_line()
        elif self._is_oversized:
            self._inputs.oversized(self._client)
        elif not self._framing.is_open:  # it said goodbye, or nonsense
            self._leave(b"")
        else:
            self._resume_reading()

    def _wait_in_line(self) -> None:
        if not self._is_in_line and self._state is not _State.VANISHED:
            self._is_in_line = True
            self._turn.wait(self)

    def _pause_reading(self) -> None:
        if self._is_reading and not self._transport.is_closing():
            self._is_reading = False
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if not self._is_reading and not self._transport.is_closing():
            self._is_reading = True
            self._transport.resume_reading()

    def _give_up(self, code: CloseCode, reason: str) -> None:
        """Close without writing what waits: who has not read so far would not read it either."""
        logger.info("closing with %d: %s", code, reason, extra={"client": self._client})
        self._close_by_s = self._loop.time() + GIVE_UP_WITHIN_S
        self.close(code, reason, at_once=True)

    def _leave(self, last: bytes, *, at_once: bool = False) -> None:
        """Hand in nothing more, write what is left, and read on only for the peer's close frame."""
        if self._state is not _State.OPEN:
            return
        self._state = _State.LEAVING
        self._messages.forget_whole()
        self._parked.clear()
        self._outbox.seal(last, at_once=at_once)
        self._close_soon()
        self._resume_reading()
        if self._messages.has_slices:  # the peer's close frame may be in them
            self._wait_in_line()
        self._inputs.left(self._client)

    def _close_soon(self) -> None:
        if self._close_by_s is None:
            self._close_by_s = self._loop.time() + CLOSE_WITHIN_S
