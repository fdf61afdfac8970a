"""The WebSocket handshake: who comes in by which door, and who is turned away.

Does not know the socket or what is said after. Source: RFC 6455, section 4.2, PROTOCOL.md §1 and
§10.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from websockets.protocol import OPEN

from collab_server.core.arrivals import arrival_at
from collab_server.core.effects import Door
from collab_server.transport.upgrade import asked_in

if TYPE_CHECKING:
    from websockets.http11 import Request
    from websockets.server import ServerProtocol

    from collab_server.core.arrivals import Arrival
    from collab_server.transport.inputs import Inputs
    from collab_server.transport.upgrade import Asked


def admitted(asked: Asked, inputs: Inputs, peer_address: str) -> Arrival | None:
    """Return how a client arrives that may come in as it asks; None when it needs an answer."""
    entrance = inputs.entrance
    arrival = _arrival(asked, inputs, peer_address)
    if arrival is None or inputs.refusal() is not None:
        return None
    if entrance.origins.admit(asked.origins):
        return arrival
    return replace(arrival, is_foreign=True) if arrival.door is Door.YJS else None


def answer_handshake(
    framing: ServerProtocol, request: Request, inputs: Inputs, peer_address: str
) -> Arrival | None:
    """Queue the answer to a handshake in `framing`; return how its client arrives, None for not.

    A stock client of `/yjs` would come back for ever after an HTTP error, so it is let in from
    anywhere, and told.
    """
    asked = asked_in(request)
    arrival = admitted(asked, inputs, peer_address)
    if arrival is not None:
        response = framing.accept(request)
    elif _arrival(asked, inputs, peer_address) is None:
        response = framing.reject(404, "There is no such door.\n")
    elif (reason := inputs.refusal()) is not None:
        response = framing.reject(503, f"{reason}\n")
    else:
        response = framing.reject(403, "Pages of this origin may not connect.\n")
    if response.status_code >= 400:
        inputs.tally.turned_away[response.status_code] += 1
    del response.headers["Date"]
    framing.send_response(response)
    return arrival if framing.state is OPEN else None


def _arrival(asked: Asked, inputs: Inputs, peer_address: str) -> Arrival | None:
    """Return how a client would arrive; None when no door is where it asks."""
    address = inputs.entrance.proxies.address_of(peer_address, asked.forwarded_for)
    return arrival_at(asked.target, address, asked.caller)
