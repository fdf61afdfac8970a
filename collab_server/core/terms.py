"""What holds in ProShare rooms beside rights: passwords, how many may be in one, and until when.

Terms are asked of the store once a room, and kept. A guess at a password costs the store a fifth of
a second, so only few are under way, and who has guessed wrong waits. Source: PROTOCOL.md §3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.context import DeadlineKind
from collab_server.core.permissions import MODERATE, OWN, RoomClass, class_of
from collab_server.core.rate_limits import Buckets, Rate, whole_seconds
from collab_server.core.room_effects import CheckPassword, FindTerms
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.room_facts import RoomTerms

if TYPE_CHECKING:
    from collab_server.core.context import Context
    from collab_server.core.rooms import Rooms
    from collab_server.core.states import Client
    from collab_server.protocol.events import Join
    from collab_server.protocol.names import RoomId

TIDY_EVERY = 1024
MOST_UNDER_WAY = 16
ROOM_GUESSES_A_MINUTE = 60
"""By all together; much more than an address may, or one could keep others out of a room."""


class Terms:
    """The terms of the rooms that somebody has asked for.

    Invariant: they are as the store's, or were a moment ago: what this server sets is taken in by
    `learn`, and what another program writes as well, while somebody is connected.
    """

    def __init__(self, context: Context, rooms: Rooms) -> None:
        self._context = context
        self._rooms = rooms
        self._known: dict[RoomId, RoomTerms] = {}
        self._ends_s: dict[RoomId, float] = {}  # on the hub's clock
        self._tidy_at = TIDY_EVERY
        self._under_way = 0
        a_minute = context.config.limits.password_guesses_a_minute
        rate = Rate(a_minute / 60, a_minute)
        of_room = max(a_minute, ROOM_GUESSES_A_MINUTE)
        self._of_users = Buckets[str](rate)
        self._of_addresses = Buckets[str](rate)
        self._of_rooms = Buckets[str](Rate(of_room / 60, of_room))

    def of(self, room: RoomId) -> RoomTerms:
        """Return what is known to hold in a room."""
        return self._known.get(room, _NONE)

    def must_wait(self, client: Client, room: RoomId) -> bool:
        """Tell whether the store must say first what holds; what was asked is to be parked."""
        if class_of(room) is not RoomClass.PROSHARE or room in self._known:
            return False
        client.waits_for = room
        self._context.effects.append(FindTerms(client.id, room))
        return True

    def learn(self, room: RoomId, terms: RoomTerms, now_s: float, now_unix_s: float) -> None:
        """Take in what holds in a room from now on."""
        if len(self._known) >= self._tidy_at:
            self._tidy()
        self._known[room] = terms
        self._ends_s.pop(room, None)
        if terms.expires_at_s is not None:
            ends_s = self._ends_s[room] = now_s + max(0.0, terms.expires_at_s - now_unix_s)
            self._context.deadlines.add(ends_s, DeadlineKind.CLOSING, room)

    def found(self, room: RoomId, terms: RoomTerms, now_s: float, now_unix_s: float) -> None:
        """Take in what the store found when it was asked; what was learned since is newer."""
        if room not in self._known:
            self.learn(room, terms, now_s, now_unix_s)

    def known(self) -> frozenset[RoomId]:
        """Return the rooms whose terms are kept."""
        return frozenset(self._known)

    def forget(self) -> None:
        """Forget all terms: nobody is here to whom a change would matter."""
        self._known.clear()
        self._ends_s.clear()

    def has_ended(self, room: RoomId, now_s: float) -> bool:
        """Tell whether a room's time has come, as far as its terms are known."""
        return self._ends_s.get(room, float("inf")) <= now_s

    def is_full(self, client: Client, room: RoomId) -> bool:
        """Tell whether a room has no place for one more; who moderates it comes in always."""
        most = self.of(room).max_users
        assert client.user is not None
        if most is None or {MODERATE, OWN} & set(client.perms[room]):
            return False
        return self._rooms.users_in(room) >= most and not self._rooms.has(room, client.user.id)

    def guess(self, client: Client, join: Join, now_s: float) -> None:
        """Answer somebody who has no right in a room and comes to it, perhaps with a password."""
        assert client.user is not None
        room, code, wait_s = join.room, ErrorCode.PERMISSION_DENIED, 0.0
        if join.password is None:
            code = ErrorCode.PASSWORD_REQUIRED
        elif self._under_way >= MOST_UNDER_WAY:
            code = ErrorCode.UNAVAILABLE
        elif wait_s := self._wait_s(client, room, now_s):
            code = ErrorCode.RATE_LIMITED
        else:
            # Paid in advance, so that many sockets of one user cannot guess at once.
            self._of_users.take(client.user.id, now_s)
            self._under_way += 1
            client.waits_for, client.parked = room, join
            asked = CheckPassword(client.id, join.id, room, client.user.id, join.password)
            self._context.effects.append(asked)
            return
        retry_after = whole_seconds(wait_s) if wait_s else None
        self._context.refuse(
            client, code, room=room, re=join.id, retry_after=retry_after, now_s=now_s
        )

    def hash_waits_s(self, user_id: str, now_s: float) -> float:
        """Count a new password, which costs as much as a guess; return how long to wait first."""
        wait_s = self._of_users.wait_s(user_id, now_s)
        if not wait_s:
            self._of_users.take(user_id, now_s)
        return wait_s

    def guessed(self, asked: CheckPassword, address: str, now_s: float, *, is_right: bool) -> None:
        """Count what became of a guess."""
        self._under_way -= 1
        if is_right:
            self._of_users.take(asked.user_id, now_s, -1.0)
            return
        self._of_rooms.take(asked.room, now_s)
        if address:
            self._of_addresses.take(address, now_s)

    def unanswered(self) -> None:
        """Hear that the store could not say whether a guess was right."""
        self._under_way -= 1

    def _wait_s(self, client: Client, room: RoomId, now_s: float) -> float:
        assert client.user is not None
        return max(
            self._of_users.wait_s(client.user.id, now_s),
            self._of_addresses.wait_s(client.address, now_s),
            self._of_rooms.wait_s(room, now_s),
        )

    def _tidy(self) -> None:
        """Forget the rooms that nobody asks for any more."""
        asked_for = {room for client in self._context.clients.values() for room in client.perms}
        self._known = {room: terms for room, terms in self._known.items() if room in asked_for}
        self._ends_s = {room: at_s for room, at_s in self._ends_s.items() if room in asked_for}
        self._tidy_at = len(self._known) + TIDY_EVERY


_NONE = RoomTerms()
