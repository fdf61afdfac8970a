"""How things stand in the hub at one moment, in numbers.

Read by whoever shows it; decides nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collab_server.core.context import Context
    from collab_server.core.documents import Documents
    from collab_server.core.rooms import Rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Counts, all 0 or more."""

    connections: Mapping[str, int]  # door → connections
    signed_in: int
    users: int
    rooms: int  # somebody is in, or was a moment ago
    live_documents: int
    dirty_documents: int
    refusals: Mapping[int, int]  # code of `error` → how often, since the start


def standing_of(context: Context, rooms: Rooms, documents: Documents) -> Standing:
    """Count."""
    clients = context.clients.values()
    known = [client.user.id for client in clients if client.user is not None]
    return Standing(
        connections=Counter(client.door.value for client in clients),
        signed_in=len(known),
        users=len(set(known)),
        rooms=rooms.count,
        live_documents=documents.live_count,
        dirty_documents=documents.dirty_count,
        refusals=dict(context.refusals),
    )
