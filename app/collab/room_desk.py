"""The rooms of a session: who is in them, and what was asked for and not yet answered.

Knows events and no frames. What the server says of people is shown, never trusted beyond that.
Source: PROTOCOL.md §3 (join, room_create, invite, members, error).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.collab.session_effects import (
    InvitationMade,
    ParticipantsChanged,
    RaiseNotice,
    RequestFailed,
    RoomMade,
    SendFrame,
)
from app.model.notices import Notice, NoticeKind
from app.model.participants import Participant
from collab_server.protocol import events
from collab_server.protocol.names import RoomId, clean_name, parse_room, user_id_from_wire

if TYPE_CHECKING:
    from app.collab.session_effects import SessionEffect

CONNECTION_LOST = "connection_lost"

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_NO_COLOR = "#808080"
_MAX_PEOPLE = 10_000


class RoomDesk:
    """Rooms and requests of one session.

    Invariant: every request ends in exactly one of its own effect or `RequestFailed`; a room that
    was joined is joined again on every new connection, until the server or the user says otherwise.
    """

    def __init__(self, effects: list[SessionEffect]) -> None:
        self._effects = effects
        self._last_request = 0
        self._open_requests: set[int] = set()
        self._rooms: dict[RoomId, dict[str, Participant]] = {}  # room → user id → who
        self._is_up = False
        self._self: Participant | None = None

    def link_up(self, me: Participant) -> None:
        """Join all rooms on a new connection."""
        self._self = me
        self._is_up = True
        for room in self._rooms:
            self._send(events.Join(room=room))

    def link_down(self) -> None:
        """Give up what was asked; who was where is shown until the server says it anew."""
        self._is_up = False
        for request in sorted(self._open_requests):
            self._effects.append(RequestFailed(request, CONNECTION_LOST))
        self._open_requests.clear()

    def join(self, room: str) -> None:
        """Enter a room, now and on every later connection.

        Raises:
            InvalidName: it is no room's name.
        """
        name = parse_room(room)
        self._rooms.setdefault(name, {})
        if self._is_up:
            self._send(events.Join(room=name))

    def create_room(self) -> int:
        """Ask for a new room; return the number that its effect will carry."""
        request = self._next_request()
        self._ask(request, events.RoomCreate(id=request))
        return request

    def invite(self, room: str, *, perm: str, ttl_s: int, max_uses: int) -> int:
        """Ask for a link to a room; return the number that its effect will carry."""
        request = self._next_request()
        invite = events.Invite(
            room=parse_room(room), perm=perm, ttl_s=ttl_s, max_uses=max_uses, id=request
        )
        self._ask(request, invite)
        return request

    def receive(self, event: events.ServerEvent) -> None:
        """Take in an event; those that are not about rooms or requests change nothing."""
        match event:
            case events.RoomJoined(room=room, members=members) if room in self._rooms:
                self._rooms[room] = {
                    person.user_id: person for person in map(_participant, members[:_MAX_PEOPLE])
                }
                self._tell(room)
            case events.UserJoined(room=room) if room in self._rooms:
                person = _participant(event)
                if len(self._rooms[room]) < _MAX_PEOPLE:
                    self._rooms[room][person.user_id] = person
                self._tell(room)
            case events.UserLeft(room=room) if room in self._rooms:
                self._rooms[room].pop(user_id_from_wire(event.user_id), None)
                self._tell(room)
            case events.Left(room=room, reason=reason) if room in self._rooms:
                del self._rooms[room]
                self._effects.append(
                    RaiseNotice(Notice(NoticeKind.ACCESS_REVOKED, reason, document=room))
                )
            case events.RoomCreated(re=int(request)) if self._is_answered(request):
                self._effects.append(RoomMade(request, event.room))
            case events.Invited(re=int(request)) if self._is_answered(request):
                self._effects.append(InvitationMade(request, event.url))
            case events.Error(re=int(request)) if self._is_answered(request):
                self._effects.append(RequestFailed(request, event.slug))
            case _:
                pass

    def _is_answered(self, request: int) -> bool:
        """Tell whether this was asked for, and forget it."""
        asked = request in self._open_requests
        self._open_requests.discard(request)
        return asked

    def _next_request(self) -> int:
        self._last_request += 1
        return self._last_request

    def _ask(self, request: int, event: events.ClientEvent) -> None:
        if self._is_up:
            self._open_requests.add(request)
            self._send(event)
        else:
            self._effects.append(RequestFailed(request, CONNECTION_LOST))

    def _send(self, event: events.ClientEvent) -> None:
        self._effects.append(SendFrame(events.encode_event(event)))

    def _tell(self, room: RoomId) -> None:
        others = sorted(self._rooms[room].values(), key=lambda person: person.name.casefold())
        me = [self._self] if self._self is not None else []
        self._effects.append(ParticipantsChanged(room, (*me, *others)))


def _participant(member: events.Member | events.UserJoined) -> Participant:
    return Participant(
        member.client_id,
        user_id_from_wire(member.user_id),
        clean_name(member.name) or "?",
        member.color if _COLOR.fullmatch(member.color) else _NO_COLOR,
    )
