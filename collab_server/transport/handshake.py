"""The WebSocket handshake: who comes in by which door, and who is turned away.

Does not know the socket or what is said after. Source: RFC 6455, section 4.2, PROTOCOL.md §1 and
§10.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from websockets.protocol import OPEN

from collab_server.core.arrivals import arrival_at
from collab_server.core.effects import Caller, Door

if TYPE_CHECKING:
    from websockets.http11 import Request
    from websockets.server import ServerProtocol

    from collab_server.core.arrivals import Arrival
    from collab_server.transport.inputs import Inputs


LONGEST_CALLER_CHARS = 1000
"""Of what a browser says of itself; it is kept as long as its connection."""


def answer_handshake(
    framing: ServerProtocol, request: Request, inputs: Inputs, peer_address: str
) -> Arrival | None:
    """Queue the answer to a handshake in `framing`; return how its client arrives, None for not.

    A stock client of `/yjs` would come back for ever after an HTTP error, so it is let in from
    anywhere, and told.
    """
    entrance, headers = inputs.entrance, request.headers
    address = entrance.proxies.address_of(peer_address, headers.get_all("X-Forwarded-For"))
    arrival = arrival_at(request.path, address, _caller(request))
    is_admitted = entrance.origins.admit(headers.get_all("Origin"))
    if arrival is None:
        response = framing.reject(404, "There is no such door.\n")
    elif not is_admitted and arrival.door is Door.MAIN:
        response = framing.reject(403, "Pages of this origin may not connect.\n")
    elif (reason := inputs.refusal()) is not None:
        response = framing.reject(503, f"{reason}\n")
    else:
        response = framing.accept(request)
    if response.status_code >= 400:
        inputs.tally.turned_away[response.status_code] += 1
    del response.headers["Date"]
    framing.send_response(response)
    if arrival is None or framing.state is not OPEN:
        return None
    return arrival if is_admitted else replace(arrival, is_foreign=True)


def _caller(request: Request) -> Caller:
    origins, agents = (
        "\n".join(request.headers.get_all(name))[:LONGEST_CALLER_CHARS]
        for name in ("Origin", "User-Agent")
    )
    return Caller(origins, agents)
