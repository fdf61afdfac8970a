"""What a connection needs of the rest of the server: the seam between `socket` and `pump`.

Tests stand in for either side here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections import deque

    from collab_server.admin.figures import Tally
    from collab_server.core.arrivals import Arrival
    from collab_server.core.effects import ClientId
    from collab_server.protocol.limits import Limits
    from collab_server.transport.addresses import Entrance
    from collab_server.transport.socket import WebSocketConnection
    from collab_server.transport.turn import Turn


class Inputs(Protocol):
    """Where a connection's messages go; the pump."""

    turn: Turn
    tally: Tally
    entrance: Entrance
    limits: Limits
    ping_every_s: float

    def refusal(self) -> str | None:
        """Return why nobody can come in now, None when one can."""
        ...

    def opened(self, connection: WebSocketConnection, arrival: Arrival) -> None:
        """Take in a new connection."""
        ...

    def handle(self, client: ClientId, message: str | bytes) -> None:
        """Handle one message. Never raises; may close the connection."""
        ...

    def handle_edits(self, client: ClientId, messages: deque[str | bytes], most: int) -> int:
        """Handle the plain edits that come first, at most so many; take them out, tell how many.

        Never raises; may close the connection.
        """
        ...

    def oversized(self, client: ClientId) -> None:
        """Refuse a message too large to be read: close the connection, with a reason."""
        ...

    def is_held(self, client: ClientId) -> bool:
        """Tell whether the client's next message must wait until `resume_messages`."""
        ...

    def is_signed_in(self, client: ClientId) -> bool:
        """Tell whether the client has said who it is."""
        ...

    def fell_behind(self, client: ClientId) -> None:
        """Hear that the client reads more slowly than it is written to."""
        ...

    def caught_up(self, client: ClientId) -> None:
        """Hear that everything is written to a client that had fallen behind."""
        ...

    def left(self, client: ClientId) -> None:
        """Hear, once, that the client will send nothing more."""
        ...

    def vanished(self, connection: WebSocketConnection) -> None:
        """Hear, once, that the connection of one that was opened is no more."""
        ...
