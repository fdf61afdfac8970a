"""What another program has changed in the database, brought to those who are connected.

Back-ends may write rows of grants, terms and revocations themselves (PROTOCOL.md §2, §3). The
transport notices that somebody did, and reads them anew. Asks nobody and stores nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.permissions import CLOSED, is_bannable
from collab_server.protocol.names import RoomId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from collab_server.core.access import Access
    from collab_server.core.context import Context
    from collab_server.core.operators import Operators
    from collab_server.core.revocations import Revocation
    from collab_server.core.terms import Terms
    from collab_server.protocol.room_facts import RoomTerms


class OutsideChanges:
    """Grants, terms and revocations as they are stored now.

    Invariant: taking in what is known changes nothing.
    """

    def __init__(
        self, context: Context, *, access: Access, operators: Operators, terms: Terms
    ) -> None:
        self._context = context
        self._access = access
        self._operators = operators
        self._terms = terms

    @property
    def concerns_anybody(self) -> bool:
        """Whether somebody is connected; who comes later is looked up then."""
        return bool(self._context.clients)

    def concerned(self) -> frozenset[RoomId]:
        """Return the rooms whose grants decide something for somebody, or are just asked for."""
        rooms: set[RoomId] = set()
        for client in self._context.clients.values():
            rooms.update(room for room in client.perms if is_bannable(room))
            if client.waits_for is not None and "/" not in client.waits_for:  # else a document
                room = RoomId(client.waits_for)
                if is_bannable(room):
                    rooms.add(room)
        return frozenset(rooms)

    def rest(self) -> None:
        """Hear that nobody looks while nobody is connected: what may change is forgotten."""
        self._terms.forget()

    def with_terms(self) -> frozenset[RoomId]:
        """Return the rooms whose terms are known here."""
        return self._terms.known()

    def terms_read(self, terms: Mapping[RoomId, RoomTerms], now_s: float, now_unix_s: float) -> int:
        """Let what holds in rooms count from now on; tell in how many it is something else."""
        changed = [room for room, holds in terms.items() if holds != self._terms.of(room)]
        for room in changed:
            self._terms.learn(room, terms[room], now_s, now_unix_s)
        return len(changed)

    def grants_read(
        self,
        granted: Mapping[RoomId, Mapping[str, str]],
        closed: Collection[RoomId],
        now_s: float,
    ) -> int:
        """Give everybody the rights that follow; tell how many of them changed.

        Args:
            granted: by room all of its grants, user id → letters; nothing of other rooms.
            closed: of these rooms, those that nobody may enter.
            now_s: the hub's clock.
        """
        changed = 0
        for client in tuple(self._context.clients.values()):
            if client.user is None or self._context.live(client.id) is None:
                continue
            for room in granted.keys() & {*client.perms, client.waits_for}:
                letters = CLOSED if room in closed else granted[room].get(client.user.id, "")
                changed += self._access.regrant(client, room, letters, now_s)
        return changed

    def revocations_read(self, revocations: Iterable[Revocation]) -> int:
        """Let those count that are new; return how many connections they closed."""
        return sum(
            self._operators.revoke(revocation)
            for revocation in revocations
            if not self._context.revocations.holds(revocation)
        )
