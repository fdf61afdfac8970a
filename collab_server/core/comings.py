"""Who comes, goes and how present they are, as the others of a room are told of it.

In a small room at once; in a large one together, twice a second; in a very large one only how many
there are. Else every arrival costs as many frames as there are people, and a class that comes in
at once costs the square of it. Does not know connections beyond whom to tell. Source: PROTOCOL.md
§3 (presence).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collab_server.core.context import DeadlineKind
from collab_server.core.effects import ClientId, Relay
from collab_server.protocol.events import (
    Member,
    MembersListed,
    PresenceCounted,
    UserJoined,
    UserLeft,
    encode_event,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from collab_server.core.context import Context
    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_events import PresenceChanged

    News = UserJoined | UserLeft | PresenceChanged

TOLD_AT_ONCE_UP_TO = 50
"""Users of a room that hear at once who comes and goes."""

TOLD_UP_TO = 200
"""Users of a room that hear who comes and goes at all; more hear how many there are."""

TOLD_AGAIN_AT = 180
"""A very large room is told by name again when so few are left: below the limit, else it flaps."""

TOGETHER_S = 0.5
COUNTED_EVERY_S = 2.0


@dataclass(slots=True)
class _OfUser:
    """What the others have not been told of one user. Invariant: nothing that has been undone."""

    left: UserLeft | None = None  # one of whom they know
    joined: UserJoined | None = None
    changed: PresenceChanged | None = None

    def take(self, news: News) -> None:
        if isinstance(news, UserJoined):
            self.joined, self.changed = news, None
        elif isinstance(news, UserLeft):
            if self.joined is None:
                self.left = news
            self.joined = self.changed = None
        else:
            self.changed = news

    def frames(self) -> Iterator[tuple[ClientId | None, str]]:
        for news in (self.left, self.joined, self.changed):
            if isinstance(news, UserJoined):
                yield ClientId(news.client_id), encode_event(news)
            elif news is not None:
                yield None, encode_event(news)


@dataclass(slots=True)
class Untold:
    """What is to be told to one room, at a moment that is set exactly while there is something."""

    of_users: dict[str, _OfUser] = field(default_factory=dict[str, "_OfUser"])
    is_counted: bool = False  # the room is very large
    is_due: bool = False


class Comings:
    """Tells rooms. Invariant: what everybody knows in the end is who is there, or how many."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def note(
        self,
        room: RoomId,
        untold: Untold,
        about: str,
        news: News,
        users: int,
        others: Callable[[], tuple[ClientId, ...]],
        now_s: float,
    ) -> None:
        """Take in what is new of a user.

        Args:
            room: where.
            untold: what that room has not been told.
            about: the user.
            news: what there is to tell.
            users: how many are there now.
            others: returns the connections of everybody but the user.
            now_s: the hub's clock.
        """
        if users > TOLD_UP_TO and not untold.is_counted:
            untold.is_counted = True
            untold.of_users.clear()
        if untold.is_counted:
            if not isinstance(news, UserJoined | UserLeft):
                return
            self._plan(room, untold, now_s + COUNTED_EVERY_S)
        elif users > TOLD_AT_ONCE_UP_TO or untold.of_users:
            untold.of_users.setdefault(about, _OfUser()).take(news)
            self._plan(room, untold, now_s + TOGETHER_S)
        else:
            self._context.relay(others(), (encode_event(news),))

    def tell(
        self,
        room: RoomId,
        untold: Untold,
        everybody: tuple[ClientId, ...],
        members: Callable[[], tuple[Member, ...]],
        users: int,
    ) -> None:
        """Tell a room what it has not been told."""
        untold.is_due = False
        of_users, untold.of_users = untold.of_users, {}
        if not untold.is_counted:
            frames = tuple(frame for user in of_users.values() for frame in user.frames())
            if frames and everybody:
                self._context.effects.append(Relay(everybody, frames))
        elif users > TOLD_AGAIN_AT:
            self._context.relay(everybody, (encode_event(PresenceCounted(room=room, users=users)),))
        else:
            untold.is_counted = False
            listed = MembersListed(room=room, members=members())
            self._context.relay(everybody, (encode_event(listed),))

    def _plan(self, room: RoomId, untold: Untold, due_s: float) -> None:
        if not untold.is_due:
            untold.is_due = True
            self._context.deadlines.add(due_s, DeadlineKind.COMINGS, room)
