"""The framing library of one connection, made when it is first needed.

Most connections never need it: ordinary handshakes, and frames that are whole and short, are read
without. One that waits so holds no parser, which is a third of its memory. Source: RFC 6455,
`websockets.server.ServerProtocol`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from websockets.protocol import CONNECTING, OPEN
from websockets.server import ServerProtocol

from collab_server.transport.compression import offered, window_bits_of

if TYPE_CHECKING:
    from websockets.protocol import State


class Framing:
    """Invariant: what the library is told first is what came first that was not read without it."""

    def __init__(self, most_bytes: int, *, offers_compression: bool) -> None:
        """Begin before the handshake.

        Args:
            most_bytes: of a message.
            offers_compression: whether to agree to it when it is asked for.
        """
        self._most_bytes = most_bytes
        self._offers_compression = offers_compression
        self._library: ServerProtocol | None = None

    @property
    def most_bytes(self) -> int:
        """How long a message may be."""
        return self._most_bytes

    @property
    def handshake(self) -> ServerProtocol:
        """The library, to read the handshake; without that it is open from the beginning."""
        return self._made(CONNECTING)

    @property
    def library(self) -> ServerProtocol:
        """The library, after the handshake."""
        return self._made(OPEN)

    @property
    def is_open(self) -> bool:
        """Whether no close frame came or went, and nothing that is no frame."""
        return self._library is None or self._library.state is OPEN

    @property
    def error(self) -> Exception | None:
        """What is wrong with the frames that came."""
        return None if self._library is None else self._library.parser_exc

    @property
    def received_code(self) -> int | None:
        """The code that the peer closed with."""
        received = None if self._library is None else self._library.close_rcvd
        return None if received is None else received.code

    @property
    def window_bits(self) -> int | None:
        """How far back a compressed message to the peer may refer; None when there may be none."""
        return None if self._library is None else window_bits_of(self._library)

    def allow(self, most_bytes: int) -> None:
        """Let messages be as long as this from now on."""
        self._most_bytes = most_bytes
        if self._library is not None:
            self._library.max_message_size = most_bytes

    def answers(self) -> list[bytes]:
        """Return what the library has to say to the peer: pongs, a close frame."""
        return [] if self._library is None else self._library.data_to_send()

    def _made(self, state: State) -> ServerProtocol:
        if self._library is None:
            self._library = ServerProtocol(
                state=state,
                max_size=self._most_bytes,
                extensions=offered(self._most_bytes) if self._offers_compression else None,
            )
        return self._library
